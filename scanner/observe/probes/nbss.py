"""SMB over a NetBIOS session on 139, for what is too old for 445; never in clinical or OT networks."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.observe.smb import smb1
from scanner.observe.smb.frame import receive
from scanner.wire.conn import Conn


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for a session with whatever file server is there, then the SMB1 questions."""
    await conn.send(_request())
    if parse(await conn.exactly(4)) is not True:
        return
    await conn.send(smb1.negotiate(smb1.NT_LM))
    answer = smb1.parse_negotiate(await receive(conn))
    if answer is None:
        return
    yield "smb1.accepted", "yes" if answer.accepted else "no"
    async for fact in smb1.converse(conn, answer):
        yield fact


def parse(answer: bytes) -> bool | None:
    """Whether the session was granted, or None if this is no answer to a session request (RFC 1002, 4.3.3 to 4.3.5)."""
    match answer[:4]:
        case b"\x82\0\0\0":
            return True
        case bytes(refusal) if len(refusal) == 4 and refusal[:1] in {b"\x83", b"\x84"}:
            return False
        case _:
            return None


def _request() -> bytes:
    """RFC 1002, 4.3.2, to the name that every file server goes by ([MS-CIFS] 2.1.1)."""
    names = _encoded(b"*SMBSERVER".ljust(16)) + _encoded(b"STALEHOST".ljust(15) + b"\0")
    return b"\x81\0" + len(names).to_bytes(2, "big") + names


def _encoded(name: bytes) -> bytes:
    """RFC 1001, 14.1: each half of a byte as a letter from A."""
    letters = bytes(0x41 + half for byte in name for half in (byte >> 4, byte & 15))
    return b"\x20" + letters + b"\0"


PROBE: Final = Probe(
    name="nbss",
    ports=frozenset({tcp(139)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One NetBIOS session request to *SMBSERVER, one SMB1 negotiation and one session setup without name or"
    " password, left at the server's challenge.",
)
