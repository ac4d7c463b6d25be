from scanner.observe.passive.edp import PARSER

HEAD = bytes(16)


def tlv(kind, value):
    return bytes([0x99, kind]) + (4 + len(value)).to_bytes(2, "big") + value


def test_a_switch_tells_name_port_and_version(read):
    info = bytes.fromhex("0000 0006 0000 00000000 0000") + bytes([12, 5, 3, 6])

    [fact] = read(PARSER, HEAD + tlv(1, b"core-1\0") + tlv(2, info) + tlv(0, b""))

    assert fact.value == {"name": "core-1", "port": "1:7", "version": "12.5.3.6"}


def test_other_bytes_tell_nothing(read):
    assert [] == read(PARSER, HEAD + b"\x98\x01\x00\x08abcd")
