"""A VNC server is asked which logins it offers, and none is begun."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import vnc

VNC = Path(__file__).parents[3] / "fixtures" / "vnc"


@pytest.mark.parametrize(
    ("greeting", "want"),
    [
        (b"RFB 003.008\n", (3, 8)),
        (b"RFB 003.889\n", (3, 889)),
        (b"RFB 003.008\nx", None),
        (b"RFB 3.8\n", None),
        (b"SSH-2.0-xxxx", None),
        (b"", None),
    ],
)
def test_the_greeting_is_a_version(greeting, want):
    assert want == vnc.parse(greeting)


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        (b"\x01\x02", ["vnc-auth"]),
        (b"\x03\x01\x02\xfa", ["none", "vnc-auth", "type-250"]),
        (b"\x02\x01", []),
        (b"\x00", []),
        (b"", []),
    ],
)
def test_offered_types_are_named(answer, want):
    assert want == vnc.parse_types(answer)


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        (b"\0\0\0\x01", ["none"]),
        (b"\0\0\0\x02", ["vnc-auth"]),
        (b"\0\0\x01\0", ["type-256"]),
        (b"\0\0\0\0", []),
        (b"\0\0", []),
    ],
)
def test_the_chosen_type_is_named(answer, want):
    assert want == vnc.parse_chosen(answer)


@pytest.mark.parametrize("path", sorted(VNC.glob("*.talk")), ids=lambda path: path.stem)
def test_a_version_is_all_that_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(vnc.talk(conn))

    assert conn.sent in {b"RFB 003.003\n", b"RFB 003.007\n", b"RFB 003.008\n"}


@pytest.mark.parametrize("steps", ['> "RFB 003.008\\n"\n! close', '> "RFB 003.008\\n"\n! reset', "! close"])
def test_a_version_stands_when_nothing_follows(steps, talk_conn, gather):
    conn = talk_conn(talk.parse(f'# origin = synthetic\n@ tcp/5900\n< "RFB 003.008\\n"\n{steps}', "x", {}))

    assert [("vnc.version", "RFB 003.008")] == gather(vnc.talk(conn))


def test_what_is_no_vnc_server_is_told_nothing(talk_conn, gather):
    conn = talk_conn(talk.parse('# origin = synthetic\n@ tcp/5900\n< "HTTP/1.0 400 Bad"\n! close', "x", {}))

    assert [] == gather(vnc.talk(conn))
    assert b"" == conn.sent
