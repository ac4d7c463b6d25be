"""Windows RPC is bound to, never called."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import msrpc

MSRPC = Path(__file__).parents[3] / "fixtures" / "msrpc"
TAKEN = "0000 0000 045d888aeb1cc9119fe808002b104860 02000000"
NOT = "0200 0200 00000000000000000000000000000000 00000000"


def ack(results, head="05 00 0c 03 10000000", address="0400 31333500 0000"):
    return bytes.fromhex(f"{head} 0000 0000 01000000 d016 d016 3c8a0000 {address} {results}")


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (ack(f"03000000 {TAKEN} {NOT} {NOT}"), msrpc.Answer(accepted=("ndr",))),
        (ack(f"03000000 {TAKEN} {TAKEN} {NOT}"), msrpc.Answer(accepted=("ndr", "ndr64"))),
        (ack(f"01000000 {TAKEN}"), msrpc.Answer(accepted=("ndr",))),
        # as many results as it says, and no more than are there
        (ack(f"01000000 {TAKEN} {TAKEN}"), msrpc.Answer(accepted=("ndr",))),
        (ack(f"ff000000 {TAKEN}"), msrpc.Answer(accepted=("ndr",))),
        (ack(f"01000000 {TAKEN}", address="0000 0000"), msrpc.Answer(accepted=("ndr",))),
        (ack("", address="ffff"), msrpc.Answer()),
        (bytes.fromhex("05000d0310000000 18000000 01000000 0400 00000000"), msrpc.Answer(refused=4)),
        (ack(f"01000000 {TAKEN}", head="05 00 02 03 10000000"), None),
        (ack(f"01000000 {TAKEN}", head="04 00 0c 03 10000000"), None),
        (ack(f"01000000 {TAKEN}", head="05 00 0c 03 00000000"), None),
        (b"\x05\0\x0d\x03\x10", None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)
def test_an_answer_to_a_bind_is_read(data, want):
    assert want == msrpc.parse(data)


@pytest.mark.parametrize("path", sorted(MSRPC.glob("*.talk")), ids=lambda path: path.stem)
def test_one_bind_is_sent_and_no_call(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(msrpc.talk(conn))

    assert (11, len(conn.sent)) == (conn.sent[2], int.from_bytes(conn.sent[8:10], "little"))
    assert b"NTLMSSP\0\x03" not in conn.sent
    assert 1 == len(conn.opened)


@pytest.mark.parametrize("said", ["0500", "05000c0310000000 1000 0000 01000000", "05000c0310000000 ffff 0000 01000000",
                                  "0500020310000000 1200 0000 01000000 0000"])  # fmt: skip
def test_what_is_no_answer_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/135\n> 05 *\n< {said}\n! close", "x", {}))

    assert [] == gather(msrpc.talk(conn))
