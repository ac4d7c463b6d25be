"""An X server is greeted without authority; whatever it says, no request follows."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import x11

X11 = Path(__file__).parents[3] / "fixtures" / "x11"


def success(vendor, major="0b00", length=None):
    told = len(vendor) if length is None else length
    head = f"01 00 {major} 0000 0800 2a000000 00002000 ffff1f00 00010000"
    return bytes.fromhex(head) + told.to_bytes(2, "little") + bytes(14) + vendor


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (success(b"Acme"), x11.Answer(access="open", vendor="Acme", release=42)),
        (success(b""), x11.Answer(access="open", release=42)),
        (success(b"Acme", length=65535), x11.Answer(access="open", vendor="Acme", release=42)),
        (bytes.fromhex("0002 0b00 0000 0100 6e6f0000"), x11.Answer(access="refused")),
        (bytes.fromhex("0200 0b00 0000 0000"), x11.Answer(access="asks")),
        (success(b"Acme", major="000b"), None),
        (success(b"")[:39], None),
        (bytes.fromhex("0300 0b00 0000 0000"), None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)
def test_the_answer_says_whether_we_are_in_and_whose_it_is(data, want):
    assert want == x11.parse(data)


@pytest.mark.parametrize("path", sorted(X11.glob("*.talk")), ids=lambda path: path.stem)
def test_the_setup_is_all_that_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(x11.talk(conn))

    assert bytes.fromhex("6c00 0b00 0000 0000 0000 0000") == conn.sent


@pytest.mark.parametrize("said", ["00", "0300 0b00 0000 0000"])
def test_what_is_no_answer_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/6000\n> 6c *\n< {said}\n! close", "x", {}))

    assert [] == gather(x11.talk(conn))
