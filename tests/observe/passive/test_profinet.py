from scanner.observe.passive.profinet import PARSER


def block(option, value):
    data = option.to_bytes(2, "big") + (2 + len(value)).to_bytes(2, "big") + b"\0\0" + value
    return data + b"\0" * (len(data) % 2)


def frame(number, blocks):
    return number.to_bytes(2, "big") + b"\x05\x01" + bytes(6) + len(blocks).to_bytes(2, "big") + blocks


def test_a_station_tells_name_type_maker_role_and_address(read):
    blocks = b"".join(
        [
            block(0x0201, b"S7-300"),
            block(0x0202, b"plc-boiler"),
            block(0x0203, bytes.fromhex("002a0101")),
            block(0x0204, b"\x02\0"),
            block(0x0102, bytes.fromhex("0a000007 ffffff00 00000000")),
        ]
    )

    [fact] = read(PARSER, frame(0xFEFF, blocks))

    assert fact.value == {
        "type": "S7-300",
        "name": "plc-boiler",
        "vendor": 0x2A,
        "device": 0x0101,
        "roles": ["controller"],
        "address": "10.0.0.7",
    }


def test_cyclic_data_and_requests_tell_nothing(read):
    assert [] == read(PARSER, frame(0xFEFE, block(0x0202, b"who")))
    assert [] == read(PARSER, bytes.fromhex("8001") + bytes(40))
