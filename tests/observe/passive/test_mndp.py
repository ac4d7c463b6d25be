from scanner.observe.passive.mndp import PARSER


def tlv(kind, value):
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def test_a_router_tells_identity_version_and_board(read):
    data = bytes(4) + b"".join(
        [
            tlv(1, bytes.fromhex("4c5e0c000001")),
            tlv(5, b"gw-annex"),
            tlv(7, b"6.42.1 (stable)"),
            tlv(8, b"MikroTik"),
            tlv(10, (86400 * 401 + 5).to_bytes(4, "little")),
            tlv(12, b"RB750Gr3"),
            tlv(17, bytes([10, 0, 0, 1])),
        ]
    )

    [fact] = read(PARSER, data, sport=5678, dport=5678)

    assert fact.value == {
        "name": "gw-annex",
        "version": "6.42.1 (stable)",
        "platform": "MikroTik",
        "uptime_days": 401,
        "board": "RB750Gr3",
        "address": "10.0.0.1",
    }


def test_a_bare_request_and_a_cut_answer_tell_nothing(read):
    assert [] == read(PARSER, bytes(4))
    assert [] == read(PARSER, bytes(4) + b"\0\x07\0\xff6.42")
