"""SMB on 445: dialect, signing, clock, Windows build and names, from negotiations and a challenge nobody answers."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import ntlm
from scanner.observe.another import another
from scanner.observe.probe import Probe
from scanner.observe.smb import smb1, smb2
from scanner.observe.smb.frame import receive
from scanner.wire.conn import Conn

# [MS-SMB2] 3.2.4.2.1: an SMB2 server answers such an offer in SMB2, an older one in SMB1, on the one connection
_EITHER: Final = (smb1.NT_LM, b"SMB 2.002", b"SMB 2.???")
_HUNG_UP: Final = frozenset({Outcome.OK, Outcome.RESET})
"""How a connection stands after nothing came, unless the device fell silent."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask which SMB it speaks and for its challenge; where a second connection is allowed, ask for SMB1 alone."""
    await conn.send(smb1.negotiate(*_EITHER))
    message = await receive(conn)
    match parse(message):
        case smb2.Negotiated() as offer:
            async for fact in _smb2(conn, offer, 1):
                yield fact
            async with another(conn) as second:
                async for fact in _smb1_alone(second):
                    yield fact
        case smb1.Negotiated() as answer:
            yield "smb1.accepted", "yes" if answer.accepted else "no"
            async for fact in smb1.converse(conn, answer):
                yield fact
        # after an answer that is no SMB there is no second guess
        case None if not message and conn.outcome in _HUNG_UP:
            async with another(conn) as second:
                async for fact in _smb2_alone(second):
                    yield fact
        case None:
            return


def parse(message: bytes) -> smb1.Negotiated | smb2.Negotiated | None:
    """Read the answer to a multi-protocol offer in whichever protocol it came, or None if it is neither."""
    return smb2.parse_negotiate(message) or smb1.parse_negotiate(message)


async def _smb2(conn: Conn, answer: smb2.Negotiated, message_id: int) -> AsyncIterator[tuple[str, Value]]:
    """Settle the dialect if need be, then ask for the challenge."""
    if answer.dialect == smb2.WILDCARD:
        await conn.send(smb2.negotiate(message_id))
        settled = smb2.parse_negotiate(await receive(conn))
        if settled is None:
            return
        answer, message_id = settled, message_id + 1
    for fact in smb2.facts(answer):
        yield fact
    await conn.send(smb2.session_setup(ntlm.wrapped(), message_id))
    if challenge := ntlm.parse(smb2.parse_setup(await receive(conn)) or b""):
        for fact in ntlm.facts(challenge):
            yield fact


async def _smb1_alone(second: Conn | None) -> AsyncIterator[tuple[str, Value]]:
    """On a second connection, learn whether SMB1 is still accepted, and what it tells beyond SMB2."""
    if second is None:
        return
    await second.send(smb1.negotiate(smb1.NT_LM))
    message = await receive(second)
    answer = smb1.parse_negotiate(message)
    # A server without SMB1 hangs up or takes no dialect; silence or an answer in another tongue says nothing
    refused = not message and second.outcome in _HUNG_UP
    if answer or refused:
        yield "smb1.accepted", "yes" if answer and answer.accepted else "no"
    if answer:
        async for fact in smb1.converse(second, answer):
            if fact[0].startswith("smb."):  # its challenge repeats what SMB2 said
                yield fact


async def _smb2_alone(second: Conn | None) -> AsyncIterator[tuple[str, Value]]:
    """Where the SMB1 frame of the offer was too much already, offer SMB2 alone if a second connection is allowed."""
    if second is None:
        return
    await second.send(smb2.negotiate(0))
    answer = smb2.parse_negotiate(await receive(second))
    if answer is None:
        return
    yield "smb1.accepted", "no"
    async for fact in _smb2(second, answer, 1):
        yield fact


PROBE: Final = Probe(
    name="smb",
    ports=frozenset({tcp(445)}),
    touch=Touch.ASK,
    connections={
        Profile.CLINICAL: 1,
        Profile.OT: 1,
        Profile.OFFICE: 2,
        Profile.LAB: 2,
        Profile.BENCH: 2,
    },
    talk=talk,
    sends="One SMB negotiation (SMB1 frame that offers SMB1 and SMB2; an SMB2 negotiation where that is the answer) and"
    " one session setup without name or password, left at the server's challenge. Office and lab: a second connection"
    " that offers SMB1 alone.",
)
