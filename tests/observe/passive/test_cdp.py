from scanner.observe.passive.cdp import PARSER

TEXT = b"Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 12.2(55)SE5, RELEASE SOFTWARE (fc1)"


def tlv(kind, value):
    return kind.to_bytes(2, "big") + (4 + len(value)).to_bytes(2, "big") + value


def test_a_switch_tells_its_whole_version_and_where_it_is(read):
    addresses = bytes.fromhex("00000001 01 01 cc 0004 0a000002")
    data = b"\x02\xb4\0\0" + b"".join(
        [
            tlv(1, b"sw-basement"),
            tlv(2, addresses),
            tlv(3, b"FastEthernet0/7"),
            tlv(4, bytes.fromhex("00000028")),
            tlv(5, TEXT),
            tlv(6, b"cisco WS-C2960-24TT-L"),
        ]
    )

    version, device = read(PARSER, data)

    assert (version.field, version.value) == ("cdp.version", TEXT.decode())
    assert device.value == {
        "name": "sw-basement",
        "address": "10.0.0.2",
        "port": "FastEthernet0/7",
        "capabilities": ["switch", "igmp"],
        "platform": "cisco WS-C2960-24TT-L",
    }


def test_a_length_that_cannot_be_ends_the_reading(read):
    assert [] == read(PARSER, b"\x02\xb4\0\0" + b"\0\x05\0\x02" + TEXT)
