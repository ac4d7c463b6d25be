from scanner.observe.passive.lldp import PARSER


def tlv(kind, value):
    return (kind << 9 | len(value)).to_bytes(2, "big") + value


def test_a_switch_tells_its_name_text_port_and_address(read):
    data = (
        tlv(1, b"\x04" + bytes.fromhex("001b213c4d5e"))
        + tlv(2, b"\x05ge-0/0/3")
        + tlv(3, b"\0\x78")
        + tlv(4, b"ward 3, bed 7")
        + tlv(5, b"sw-ward-3")
        + tlv(6, b"Vendor Switch, release 4.1")
        + tlv(7, bytes.fromhex("00140014"))
        + tlv(8, bytes.fromhex("05 01 0a000002 02 00000001 00"))
        + tlv(0, b"")
        + tlv(5, b"behind the end")
    )

    [fact] = read(PARSER, data)

    assert fact.field == "lldp.system"
    assert fact.value == {
        "chassis": "00:1b:21:3c:4d:5e",
        "port": "ge-0/0/3",
        "port_description": "ward 3, bed 7",
        "name": "sw-ward-3",
        "description": "Vendor Switch, release 4.1",
        "enabled": ["bridge", "router"],
        "management": "10.0.0.2",
    }


def test_a_chassis_without_name_or_text_is_no_news(read):
    assert [] == read(PARSER, tlv(1, b"\x04" + bytes(6)) + tlv(2, b"\x07x") + tlv(8, b"\x05"))
