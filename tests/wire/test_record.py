import asyncio
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from scanner.lab.talk import End, Hear, Say, parse
from scanner.model.kinds import Outcome, Touch
from scanner.model.net import Address, tcp
from scanner.wire.record import Said, Taped, talk

NOW = datetime(2026, 12, 2, tzinfo=UTC)
SAID = st.builds(Said, st.sampled_from("<>"), st.binary(min_size=1, max_size=300) | st.just(b'${x} \\ "'))


def alternating(said):
    """As the tape keeps it: two in a row from one side are one."""
    kept = []
    for one in said:
        if kept and kept[-1].who == one.who:
            kept[-1] = Said(one.who, kept[-1].data + one.data)
        else:
            kept.append(one)
    return kept


@given(
    tape=st.lists(st.lists(SAID, min_size=1, max_size=6).map(alternating), min_size=1, max_size=3),
    outcome=st.sampled_from([Outcome.OK, Outcome.RESET, Outcome.SILENT, Outcome.ENDLESS]),
    source=st.text(max_size=40),
)
def test_what_was_said_reads_back_byte_for_byte(tape, outcome, source):
    text = talk(tcp(22), tape, source=source, now=NOW, outcome=outcome, seen=[("ssh.banner", 'a"b')])

    found = parse(text, "x.talk", {})

    assert ("recorded", "tcp/22", (("ssh.banner", 'a"b'),)) == (found.origin, found.port, found.expect)
    assert len(tape) == len(found.connections)
    for steps, connection in zip(found.connections, tape, strict=True):
        sent = [said.data for said in connection if said.who == ">"]
        hears = [step for step in steps if isinstance(step, Hear)]
        assert all(hear.pattern.fullmatch(data) for hear, data in zip(hears, sent, strict=True))
        said = b"".join(step.data for step in steps if isinstance(step, Say))
        assert said == b"".join(one.data for one in connection if one.who == "<")
    assert isinstance(found.connections[-1][-1], End)


def test_a_taped_connection_is_a_connection_that_keeps_what_passes(run, dialer, device):
    async def main():
        one = device(b"SSH-2.0-x\r\n", answers={b"ab": [b"cde"]})
        conn = Taped(await dialer(one, allowance=lambda *_: 2).open(Address("10.2.0.5"), tcp(22), Touch.ASK))
        await conn.until(b"\n")
        await conn.send(b"a")
        await conn.send(b"ab")
        got = [await conn.exactly(2), await conn.some(), await conn.quiet(1)]
        second = await conn.again()
        await second.some()
        assert await second.again() is None
        await second.close()
        assert ("10.2.0.5", "tcp/22", Outcome.OK) == (conn.address, conn.port, conn.outcome)
        return got, conn.tape

    got, tape = run(main())

    assert [b"cd", b"e", b""] == got
    assert [[("<", b"SSH-2.0-x\r\n"), (">", b"aab"), ("<", b"cde")], [("<", b"SSH-2.0-x\r\n")]] == [
        [(said.who, said.data) for said in connection] for connection in tape
    ]


def test_what_was_not_sent_is_not_written_down(run, dialer, device):
    async def main():
        conn = Taped(await dialer(device()).open(Address("10.2.0.5"), tcp(22), Touch.ASK))
        await conn.some()
        await conn.send(b"late")
        await asyncio.sleep(0)
        await conn.close()
        return conn.tape, conn.outcome

    assert ([[]], Outcome.SILENT) == run(main())


def test_random_numbers_that_we_send_are_written_as_a_pattern():
    hello = b"\x16\x03\x01\x00\x60\x01\x00\x00\x5c\x03\x03" + bytes(32) + b"\x20rest"
    kex = b"\x00\x00\x00\x2c\x06\x1e" + bytes(40)
    tape = [
        [Said(">", hello)],
        [Said("<", b"SSH-2.0-x\r\n"), Said(">", b"SSH-2.0-us\r\n" + kex), Said("<", b"k"), Said(">", kex)],
    ]

    text = talk(tcp(22), tape, source="here", now=NOW, outcome=Outcome.OK)

    assert ["> 160301 *2 01 *3 0303 *32 20 *", '> "SSH-2.0-" *', "> *5 1e *"] == [
        line for line in text.splitlines() if line.startswith(">")
    ]


def test_a_long_datagram_stays_one():
    text = talk(tcp(9), [[Said("<", b"x" * 300)]], source="here", now=NOW, outcome=Outcome.SILENT)

    assert [b"x" * 300] == [
        step.data for step in parse(text, "x.talk", {}).connections[0] if isinstance(step, Say)
    ]
