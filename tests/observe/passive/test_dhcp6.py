from scanner.observe.passive.dhcp6 import PARSER


def option(number, value):
    return number.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def test_a_client_tells_what_it_asks_its_class_its_name_and_its_card(read):
    data = b"\1abc" + b"".join(
        [
            option(1, bytes.fromhex("0001 0001 2a000000 001b213c4d5e")),
            option(6, bytes.fromhex("0017 0018")),
            option(16, bytes.fromhex("00000137 0008") + b"MSFT 5.0"),
            option(39, b"\0\x05pc-07\x07example\0"),
        ]
    )

    [fact] = read(PARSER, data, sport=546, dport=547)

    assert fact.mac == "00:1b:21:3c:4d:5e"
    assert fact.value == {"asked": "23,24", "class": "\0\x08MSFT 5.0"[2:], "name": "pc-07", "type": "Solicit"}


def test_a_card_is_read_only_where_the_number_holds_one(read):
    [fact] = read(PARSER, b"\3abc" + option(1, bytes.fromhex("0002 00000009 ab")) + option(6, b"\0\x17"))

    assert fact.mac is None


def test_relays_answers_and_empty_questions_tell_nothing(read):
    assert [] == read(PARSER, b"\7abc" + option(6, b"\0\x17"))
    assert [] == read(PARSER, b"\1abc")
    assert [] == read(PARSER, b"")
