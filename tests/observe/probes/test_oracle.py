"""Oracle's listener is pinged and refuses, which tells its version."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import oracle

ORACLE = Path(__file__).parents[3] / "fixtures" / "oracle"


def packet(data, kind=4, more=0):
    return (8 + len(data) + more).to_bytes(2, "big") + bytes([0, 0, kind, 0, 0, 0]) + data


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (packet(b"(VSNNUM=186647552)(ERR=0)"), [("oracle.tns", "11.2.0.4.0"), ("oracle.error", "0")]),
        (packet(b"(VSNNUM=135294976)"), [("oracle.tns", "8.1.7.0.0")]),
        (packet(b"(VSNNUM=202375680)"), [("oracle.tns", "12.1.0.2.0")]),
        (packet(b"(VSNNUM=318767104)"), [("oracle.tns", "19")]),
        (packet(b"(ERR=1153)"), [("oracle.error", "1153")]),
        (packet(b"", kind=11), [("oracle.error", "packet 11")]),
        (packet(b"(VSNNUM=186647552)", kind=6), None),
        (packet(b"(VSNNUM=186647552)", more=1), None),
        (b"\0\x08\0\0\4", None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)
def test_a_refusal_tells_the_version(data, want):
    assert want == oracle.parse(data)


@pytest.mark.parametrize("path", sorted(ORACLE.glob("*.talk")), ids=lambda path: path.stem)
def test_one_ping_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(oracle.talk(conn))

    assert conn.sent[58:] == b"(CONNECT_DATA=(COMMAND=ping))"
    assert (len(conn.sent), 58) == tuple(int.from_bytes(conn.sent[at : at + 2], "big") for at in (0, 26))


@pytest.mark.parametrize("said", ["0008", "0007 0000 0400 0000", "ffff 0000 0400 0000"])
def test_what_is_no_listener_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/1521\n> *\n< {said}\n! close", "x", {}))

    assert [] == gather(oracle.talk(conn))
