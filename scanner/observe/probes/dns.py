"""DNS: the name server's own version, asked as its makers meant it (CHAOS TXT version.bind; RFC 4892 tells of it)."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import dnsread
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_CHAOS: Final = 3
QUESTION: Final = dnsread.question("version.bind", dnsread.TXT, _CHAOS, number=0x5348)


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once; one answer."""
    await conn.send(QUESTION)
    answer = parse(await conn.some(4096))
    if answer is not None:
        yield "dns.versionbind", answer


def parse(message: bytes) -> str | None:
    """The version's text; an empty text where a name server answers but does not say; None for any other bytes."""
    if len(message) < 12 or message[:2] != QUESTION[:2] or not message[2] & 0x80:
        return None
    told = [one.said for one in dnsread.records(message) if one.kind == dnsread.TXT]
    return " ".join(told[0]) if told else ""


PROBE: Final = Probe(
    name="dns",
    ports=frozenset({udp(53)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    sends="One datagram: which version is this name server (CHAOS TXT version.bind). No name is looked up.",
)
