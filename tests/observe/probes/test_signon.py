"""Hosts with terminals of screens: their options are agreed to, their first screen is read, and nothing is typed."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.active import recognise
from scanner.observe.probes import signon

SIGNON = Path(__file__).parents[3] / "fixtures" / "signon"
TALKS = sorted(SIGNON.glob("*.talk"))


def test_requests_and_a_record_are_parted():
    heard = signon.parse(
        b"\xff\xfd\x18\xff\xfc\x01\xff\xfa\x18\x01\xff\xf0\xff\xfb\x19ab\xff\xffc\xff\xef rest"
    )

    assert ((253, 24), (251, 25)) == heard.options
    assert 1 == heard.wants_type
    assert b"ab\xffc" == heard.record


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xfd", b"\xff\xfa\x18\x01", b"screen without an end"])
def test_what_is_cut_off_is_no_screen(data):
    heard = signon.parse(data)

    assert (0, b"") == (heard.wants_type, heard.record)


@pytest.mark.parametrize(
    ("record", "want"),
    [
        (b"", ""),
        # write: control, a place and an attribute, then text
        (b"\xf5\xc3\x11\x40\x40\x1d\xf0" + "LOGON".encode("cp037"), "LOGON"),
        # a field with one extended attribute
        (b"\xf5\xc3\x29\x01\xc0\xf0" + "TSO".encode("cp037"), "TSO"),
        (b"\xf5\xc3" + "A".encode("cp037") + b"\x11\x40", "A"),
        # 5250: head, clear, write to display, header order of three bytes, place, text
        (
            b"\x00\x20\x12\xa0\0\0\x04\0\0\x03\x04\x40\x04\x11\0\x20\x01\x03\xc1\xc1\xc1\x11\x01\x24"
            + "Sign On".encode("cp037"),
            "Sign On",
        ),
        # a field with a control word does not run into the text behind it
        (b"\x00\x20\x12\xa0\0\0\x04\0\0\x03\x1d\x40\x00\x81\x02\x24\0\x0a" + "X".encode("cp037"), "X"),
        (b"\x00\x20\x12\xa0\0\0\x04\0\0\x03\x1d\x24\0\x0a" + "X".encode("cp037"), "X"),
    ],
)
def test_text_is_read_between_orders(record, want):
    assert want == signon.screen(record)


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
def test_a_host_is_recognised_by_its_first_bytes(path):
    script = talk.load(path)

    assert "signon" == recognise(
        next(step.data for step in script.connections[0] if isinstance(step, talk.Say))
    )


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
def test_nothing_but_negotiation_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(signon.talk(conn))

    heard = signon.parse(conn.sent)
    name = (
        b"\xff\xfa\x18\0IBM-3278-2\xff\xf0" if b"3278" in conn.sent else b"\xff\xfa\x18\0IBM-3179-2\xff\xf0"
    )
    assert 1 == conn.sent.count(name)
    assert b"" == signon.parse(conn.sent.replace(name, b"") + b"\xff\xef").record
    assert heard.options


def test_a_host_that_asks_for_no_terminal_is_none(talk_conn, gather):
    conn = talk_conn(talk.parse("# origin = synthetic\n@ tcp/23\n< fffd28\n> fffc28\n! close", "x", {}))

    assert [] == gather(signon.talk(conn))
