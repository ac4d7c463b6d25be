"""The port mapper is asked for its list, in one call."""

import struct
from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import rpcbind

RPCBIND = Path(__file__).parents[3] / "fixtures" / "rpcbind"


def reply(*rows, head=(0x5348, 1, 0, 0, 0, 0), verifier=b"", end=b"\0\0\0\0"):
    packed = struct.pack(">6I", *head)
    return packed[:20] + verifier + packed[20:] + b"".join(struct.pack(">5I", 1, *row) for row in rows) + end


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (reply((100003, 3, 6, 2049), (100003, 2, 17, 2049)), {"nfs": [2, 3]}),
        (reply((400000, 1, 6, 900)), {"400000": [1]}),
        (reply(), {}),
        (reply((100003, 3, 6, 2049), end=b""), {"nfs": [3]}),
        (reply((100003, 3, 6, 2049), end=b"\0\0\0\2" + bytes(16)), {"nfs": [3]}),
        (reply((100000, 2, 6, 111), head=(0x5348, 1, 0, 1, 3, 0), verifier=b"abc\0"), {"portmapper": [2]}),
        # another call's answer, a call, a denial, a failure
        (reply(head=(1, 1, 0, 0, 0, 0)), None),
        (reply(head=(0x5348, 0, 0, 0, 0, 0)), None),
        (reply(head=(0x5348, 1, 1, 0, 0, 0)), None),
        (reply(head=(0x5348, 1, 0, 0, 0, 1)), None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)
def test_the_list_is_read(data, want):
    assert want == rpcbind.parse(data)


@pytest.mark.parametrize("path", sorted(RPCBIND.glob("*.talk")), ids=lambda path: path.stem)
def test_one_call_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(rpcbind.talk(conn))

    assert (44, 100000, 4) == (len(conn.sent), *struct.unpack(">I4xI", conn.sent[16:28]))


def test_a_list_in_fragments_is_put_together(talk_conn, gather):
    data = reply((100003, 3, 6, 2049))
    text = f"# origin = synthetic\n@ tcp/111\n> *\n< 0000000a {data[:10].hex()} {0x80000000 | len(data) - 10:08x} {data[10:].hex()}\n! close"

    assert [("rpcbind.programs", {"programs": ["nfs"], "versions": ["nfs 3"]})] == gather(
        rpcbind.talk(talk_conn(talk.parse(text, "x", {})))
    )


@pytest.mark.parametrize("said", ["80", "80000000", "ffffffff 00", "80000004 48545450"])
def test_what_is_no_answer_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/111\n> *\n< {said}\n! close", "x", {}))

    assert [] == gather(rpcbind.talk(conn))
