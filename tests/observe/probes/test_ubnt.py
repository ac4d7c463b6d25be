"""Ubiquiti's discovery is asked once, and its answer read by types and lengths."""

import pytest

from scanner.observe.probes import ubnt


def answer(*parts):
    body = b"".join(bytes([kind]) + len(value).to_bytes(2, "big") + value for kind, value in parts)
    return b"\1\0" + len(body).to_bytes(2, "big") + body


CARD = bytes.fromhex("24a43c112233")


def test_values_stand_under_their_types_the_first_of_each():
    assert {3: b"XM", 11: b"a"} == ubnt.parse(answer((3, b"XM"), (11, b"a"), (11, b"b")))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        ubnt.QUESTION,
        b"\1\0\0\5" + b"\1\0\6abc",
        b"\2" + answer((3, b"x"))[1:],
        answer((3, b"x")) + b"more",
    ],
)
def test_what_is_no_whole_answer_says_nothing(message):
    assert [] == ubnt.facts(message)


def test_a_value_longer_than_the_answer_ends_it():
    assert {11: b"a"} == ubnt.parse(b"\1\0\0\x08" + b"\x0b\0\1a" + b"\3\0\xff1")


@pytest.mark.parametrize(
    ("parts", "want"),
    [
        (
            ((1, CARD), (20, b"NanoStation M5")),
            [("ubnt.discovery", {"model": "NanoStation M5", "mac": "24:a4:3c:11:22:33"})],
        ),
        (((1, CARD[:4]), (3, b"XM.v5")), [("ubnt.firmware", "XM.v5")]),
        (((6, b"ubnt"), (13, b"hospital-guests")), []),
    ],
)
def test_names_of_people_and_networks_are_not_read(parts, want):
    assert want == ubnt.facts(answer(*parts))
