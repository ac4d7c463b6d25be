"""MongoDB is asked what every driver asks first, and nothing else."""

import struct
from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import mongodb

MONGODB = Path(__file__).parents[3] / "fixtures" / "mongodb"
MASTER = b"\x08ismaster\0\1"


def document(*elements):
    body = b"".join(elements) + b"\0"
    return (4 + len(body)).to_bytes(4, "little") + body


def text(name, value):
    return b"\x02" + name + b"\0" + (len(value) + 1).to_bytes(4, "little") + value + b"\0"


def reply(document, number=0x5348, kind=1):
    body = bytes(20) + document
    return struct.pack("<IIII", 16 + len(body), 9, number, kind) + body


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (reply(document(MASTER, b"\x10maxWireVersion\0\x15\0\0\0")), [("mongodb.wire", "21")]),
        (reply(document(MASTER)), [("mongodb.wire", "0")]),
        (
            reply(document(MASTER, text(b"msg", b"isdbgrid"))),
            [("mongodb.wire", "0"), ("mongodb.set", {"msg": "isdbgrid"})],
        ),
        # bytes and a document are stepped over; a type that BSON does not have ends it
        (
            reply(document(b"\x05a\0\1\0\0\0\0x", b"\x03b\0" + document(), MASTER)),
            [("mongodb.wire", "0")],
        ),
        (
            reply(document(MASTER, b"\x7fa\0\0\0\0\0", b"\x10maxWireVersion\0\x15\0\0\0")),
            [("mongodb.wire", "0")],
        ),
        (
            reply(document(MASTER, b"\x04hosts\0" + document(text(b"0", b"a"), b"\x08" + b"1\0\1"))),
            [("mongodb.wire", "0"), ("mongodb.set", {"hosts": ["a"]})],
        ),
        (reply(document(MASTER, b"\x02msg\0\xff\xff\xff\xff")), [("mongodb.wire", "0")]),
        (reply(document(b"\x10ok\0\1\0\0\0")), None),
        (reply(document(MASTER), number=1), None),
        (reply(document(MASTER), kind=2013), None),
        (reply(b"\x05\0\0\0\0"), None),
        (b"It looks like you are trying to access MongoDB over HTTP", None),
        (b"", None),
    ],
)
def test_the_answer_is_read(data, want):
    assert want == mongodb.parse(data)


@pytest.mark.parametrize("path", sorted(MONGODB.glob("*.talk")), ids=lambda path: path.stem)
def test_one_ismaster_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(mongodb.talk(conn))

    assert (True, len(conn.sent)) == (b"isMaster" in conn.sent, int.from_bytes(conn.sent[:4], "little"))


@pytest.mark.parametrize("said", ["2800", f"{'00' * 16}", f"ffffffff {'00' * 12}"])
def test_what_is_no_answer_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/27017\n> *\n< {said}\n! close", "x", {}))

    assert [] == gather(mongodb.talk(conn))
