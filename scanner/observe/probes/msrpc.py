"""Windows RPC: bind to the endpoint mapper, with an NTLM hello that is left at the challenge ([MS-RPCE], DCE 1.1 RPC).

Binding is as far as it goes: no call is made, not even the ones that need no login and would give a machine's other
addresses (ServerAlive2), because a call is what every hole of this service begins with.
"""

import struct
import uuid
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import ntlm
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

# DCE 1.1 RPC, 12.6.4: types of a packet
_BIND, _BIND_ACK, _BIND_NAK = 11, 12, 13
_LONGEST: Final = 5840
"""The longest fragment that every implementation takes ([MS-RPCE] 2.2.2.6 names it as a common one)."""

_MAPPER: Final = uuid.UUID("e1af8308-5d1f-11c9-91a4-08002b14a0fa")
# [MS-RPCE] 2.2.4.12, 2.2.4.13 and 3.3.1.5.3: the transfer syntaxes we offer, each with its version
_SYNTAXES: Final = (
    ("ndr", uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2),
    ("ndr64", uuid.UUID("71710533-beba-4937-8319-b5dbef9ccc36"), 1),
    ("features", uuid.UUID("6cb71c2c-9812-4540-0300-000000000000"), 1),
)
_NEGOTIATED: Final = 3
"""[MS-RPCE] 2.2.2.4: the answer to the feature bits; what is accepted otherwise has 0."""


class Answer(Struct, frozen=True, kw_only=True):
    """An answer to a bind."""

    accepted: tuple[str, ...] = ()
    """Transfer syntaxes that it takes, in our words: only 64-bit Windows takes `ndr64`."""
    refused: int | None = None
    """Why it would not be bound (DCE 1.1 RPC, 12.6.3.1); None when it was."""
    challenge: ntlm.Challenge | None = None


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Bind once; leave at the challenge."""
    await conn.send(_bind())
    head = await conn.exactly(16)
    length = int.from_bytes(head[8:10], "little")
    if len(head) < 16 or not 16 < length <= _LONGEST:
        return
    answer = parse(head + await conn.exactly(length - 16))
    if answer is None:
        return
    if answer.refused is not None:
        yield "msrpc.bind", {"refused": answer.refused}
        return
    yield "msrpc.bind", {"accepted": list(answer.accepted)}
    if answer.challenge:
        for fact in ntlm.facts(answer.challenge):
            yield fact


def parse(packet: bytes) -> Answer | None:
    """Read the answer to our bind, or None if it is none."""
    # DCE 1.1 RPC, 12.6.3.1: version 5, type at 2, data representation at 4 (0x10: numbers lowest byte first)
    if len(packet) < 18 or packet[0] != 5 or packet[4] != 0x10:
        return None
    if packet[2] == _BIND_NAK:
        return Answer(refused=int.from_bytes(packet[16:18], "little"))
    if packet[2] != _BIND_ACK:
        return None
    # 12.6.4.4: fragment sizes, association group, then the secondary address as a counted string
    length = int.from_bytes(packet[24:26], "little")
    at = (26 + length + 3) // 4 * 4
    results = packet[at + 4 : at + 4 + 24 * len(_SYNTAXES)]
    count = packet[at] if at < len(packet) else 0
    codes = [int.from_bytes(results[here : here + 2], "little") for here in range(0, len(results) - 23, 24)]
    taken = zip(_SYNTAXES, codes[:count], strict=False)
    return Answer(
        accepted=tuple(word for (word, _, _), code in taken if code in {0, _NEGOTIATED}),
        challenge=ntlm.parse(packet),
    )


def _bind() -> bytes:
    contexts = b"".join(
        struct.pack("<HBx16sI16sI", number, 1, _MAPPER.bytes_le, 3, syntax.bytes_le, version)
        for number, (_, syntax, version) in enumerate(_SYNTAXES)
    )
    body = struct.pack("<HHIB3x", _LONGEST, _LONGEST, 0, len(_SYNTAXES)) + contexts
    token = ntlm.hello()
    # [MS-RPCE] 2.2.2.11 (sec_trailer): NTLM (10), level "connect" (2), nothing to pad
    trailer = struct.pack("<BBBBI", 10, 2, 0, 0, 0)
    length = 16 + len(body) + len(trailer) + len(token)
    # whole in one fragment (3); numbers lowest byte first
    head = struct.pack("<BBBB4sHHI", 5, 0, _BIND, 3, b"\x10\0\0\0", length, len(token), 1)
    return head + body + trailer + token


PROBE: Final = Probe(
    name="msrpc",
    ports=frozenset({tcp(135)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One bind to the endpoint mapper with an NTLM hello without name or password, left at the challenge. No call.",
)
