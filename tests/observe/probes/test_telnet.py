"""Telnet options are declined once each, nothing is typed, and the prompt is read as text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import talk
from scanner.observe.probes import telnet

TELNET = Path(__file__).parents[3] / "fixtures" / "telnet"


@pytest.mark.parametrize(
    ("data", "text", "options"),
    [
        (b"login: ", "login: ", ()),
        (b"\xff\xfd\x18\xff\xfb\x01login: ", "login: ", (("do", 24), ("will", 1))),
        (b"a\xff\xfd\x18b", "ab", (("do", 24),)),
        (b"\xff\xfd\x18\xff\xfd\x18", "", (("do", 24),)),
        (b"\xff\xfc\x01\xff\xfe\x01x", "x", ()),
        (b"\xff\xfa\x18\x01\xff\xf0x", "x", ()),
        (b"x\xff\xfa\x18\x01no end", "x", ()),
        (b"\xff\xf9x", "x", ()),
        (b"x\xff", "x", ()),
        (b"x\xff\xfd", "x", ()),
        (b"\r\n\r\nUser:\r\n", "User:", ()),
        (b"a\r\0b\0", "a\rb", ()),
        (b"\x1b[2J\x1b[1;1HHi\x1b(B\x1b7!", "Hi!", ()),
        (b"a\x07\x1bb", "a\\x07", ()),
        (b"\xe9t\xe9", "\\xe9t\\xe9", ()),
    ],
)
def test_text_and_options_are_parted(data, text, options):
    assert telnet.Greeting(text=text, options=options) == telnet.parse(data)


@pytest.mark.parametrize("path", sorted(TELNET.glob("*.talk")), ids=lambda path: path.stem)
def test_every_byte_sent_declines_an_option(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(telnet.talk(conn))

    triples = [conn.sent[at : at + 3] for at in range(0, len(conn.sent), 3)]
    assert all(255 == triple[0] and triple[1] in {252, 254} for triple in triples)
    assert len(triples) == len(set(triples))


def test_a_device_that_asks_for_ever_is_answered_a_few_times(talk_conn, gather):
    rounds = "".join(f"< fffd{option:02x}\n> fffc{option:02x}\n" for option in range(20))
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/23\n{rounds}! silence", "x", {}))

    gather(telnet.talk(conn))

    assert 4 * 3 == len(conn.sent)


def test_silence_gives_nothing(talk_conn, gather):
    conn = talk_conn(talk.parse("# origin = synthetic\n@ tcp/23\n! silence", "x", {}))

    assert [] == gather(telnet.talk(conn))
    assert b"" == conn.sent


@given(st.binary(max_size=300))
def test_no_control_character_comes_through(data):
    got = telnet.parse(data).text

    assert all(letter.isprintable() or letter in "\t\r\n" or ord(letter) > 0x7F for letter in got)
