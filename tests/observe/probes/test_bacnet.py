"""BACnet: four properties of one device object, each where it was told."""

import pytest

from scanner.observe.probes import bacnet

from .ot_talks import answers, by_permit_only  # noqa: TID252 - shared by the tests of control ports


def test_it_asks_by_permit_only_and_nobody_but_one():
    assert by_permit_only("bacnet")
    assert b"\x81\x0a" == bacnet.QUESTION[:2]
    assert len(bacnet.QUESTION) == int.from_bytes(bacnet.QUESTION[2:4], "big")


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said[:8],
        lambda said: b"\x81\x0b" + said[2:],
        lambda said: said + b"x",
        # of a routed network, or of another version of it
        lambda said: said[:5] + b"\x08" + said[6:],
        lambda said: said[:4] + b"\x02" + said[5:],
        # of another request, or of another service
        lambda said: said[:7] + b"\x02" + said[8:],
        lambda said: said[:8] + b"\x0c" + said[9:],
    ],
)
def test_what_is_no_answer_to_the_question_tells_nothing(change):
    (said,) = answers("bacnet", "jci-nae")

    assert [] == bacnet.facts(change(said))


def reply(properties, head="30 01 0e 0c 0200000a 1e"):
    body = bytes.fromhex("01 00" + head) + properties + b"\x1f"
    return b"\x81\x0a" + (4 + len(body)).to_bytes(2, "big") + body


def text(number, data):
    if len(data) < 5:
        size = bytes([0x70 | len(data)])
    elif len(data) < 254:
        size = bytes([0x75, len(data)])
    else:
        size = b"\x75\xfe" + len(data).to_bytes(2, "big")
    return bytes([0x29, number, 0x4E]) + size + data + b"\x4f"


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"\0A", "A"),
        (b"\0Trane", "Trane"),
        (b"\0" + b"x" * 300, "x" * 300),
        (b"\x04\0S\0I", "SI"),
        (b"\x05Stra\xdfe", "Straße"),
        (b"\x01abc", "abc"),
    ],
)
def test_a_text_is_read_in_its_encoding_whatever_its_length(data, want):
    assert ("bacnet.device", f"{want} |  |  | ") == bacnet.parse(reply(text(121, data)))


def test_an_error_stands_in_place_of_a_value():
    error = bytes.fromhex("29 46 5e 91 02 91 20 5f")

    assert ("bacnet.device", "A |  | 2 | ") == bacnet.parse(
        reply(text(121, b"\0A") + error + text(44, b"\x002"))
    )


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        bytes.fromhex("29 46 3e 00"),
        # a value of another sort, one that is longer than what follows, one that is not closed
        bytes.fromhex("29 46 4e 21 05 4f"),
        bytes.fromhex("29 46 4e 75 40 00 41"),
        bytes.fromhex("29 46 4e 72 00 41 5f"),
        bytes.fromhex("29 46 4e 70 4f"),
        bytes.fromhex("29 46 4e"),
    ],
)
def test_what_cannot_be_read_ends_the_row_and_keeps_what_came_before(rest):
    assert ("bacnet.device", "A |  |  | ") == bacnet.parse(reply(text(121, b"\0A") + rest))


def test_an_answer_about_nothing_is_still_a_device_that_speaks_bacnet():
    assert ("bacnet.device", " |  |  | ") == bacnet.parse(reply(b"", "30 01 0e 0d 00"))


@pytest.mark.parametrize(
    ("data", "want"),
    [("50 01 0e 91 02 91 20", "error"), ("60 01 09", "reject"), ("71 01 04", "abort")],
)
def test_a_refusal_is_a_sign_of_life(data, want):
    body = bytes.fromhex("01 00" + data)
    said = b"\x81\x0a" + (4 + len(body)).to_bytes(2, "big") + body

    assert [("bacnet.refusal", want)] == bacnet.facts(said)
