"""ActiveMQ speaks first; what it says is read, and nothing is ever answered."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import openwire

OPENWIRE = Path(__file__).parents[3] / "fixtures" / "openwire"
VERSION = ("openwire.version", "12")


def text(name, value, kind=b"\x09", width=2):
    return len(name).to_bytes(2, "big") + name + kind + len(value).to_bytes(width, "big") + value


def frame(properties=None, magic=b"\x01ActiveMQ"):
    told = (
        b"\0"
        if properties is None
        else b"\1" + (4 + len(properties)).to_bytes(4, "big") + bytes(4) + properties
    )
    body = magic + b"\0\0\0\x0c" + told
    return len(body).to_bytes(4, "big") + body


NAME = text(b"ProviderName", b"ActiveMQ")


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (frame(), [VERSION]),
        (frame(NAME), [VERSION, ("openwire.provider", "ActiveMQ")]),
        (frame(NAME + text(b"ProviderVersion", b"6.0")), [VERSION, ("openwire.provider", "ActiveMQ 6.0")]),
        (frame(text(b"PlatformDetails", b"JVM", b"\x0d", 4)), [VERSION, ("openwire.platform", "JVM")]),
        # a flag and a number are stepped over; a type that the map does not have ends it
        (frame(b"\0\1a\1\1" + b"\0\1b\x06" + bytes(8) + NAME), [VERSION, ("openwire.provider", "ActiveMQ")]),
        (frame(b"\0\1a\x63" + NAME), [VERSION]),
        (frame(b"\0\1a\x09\0"), [VERSION]),
        (frame(magic=b"\x02ActiveMQ"), None),
        (b"\0\0\0\x09\x01ActiveMQ", None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_first_frame_is_read(data, want):
    assert want == openwire.parse(data)


@pytest.mark.parametrize("path", sorted(OPENWIRE.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(openwire.talk(conn))

    assert b"" == conn.sent


@pytest.mark.parametrize("said", ["0000", "00000008", "ffffffff", "00000009 024163746976654d51"])
def test_what_is_no_broker_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/61616\n< {said}\n! close", "x", {}))

    assert [] == gather(openwire.talk(conn))
