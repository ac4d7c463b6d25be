"""DNS: the name server's own version, asked as its makers meant it (CHAOS TXT version.bind; RFC 4892 tells of it)."""

from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import dnsread, question
from scanner.observe.probe import Probe

_CHAOS: Final = 3
QUESTION: Final = dnsread.question("version.bind", dnsread.TXT, _CHAOS, number=0x5348)


def parse(message: bytes) -> str | None:
    """The version's text; an empty text where a name server answers but does not say; None for any other bytes."""
    if len(message) < 12 or message[:2] != QUESTION[:2] or not message[2] & 0x80:
        return None
    told = [one.said for one in dnsread.records(message) if one.kind == dnsread.TXT]
    return " ".join(told[0]) if told else ""


def facts(message: bytes) -> list[tuple[str, Value]]:
    """`dns.versionbind`, where this is an answer."""
    answer = parse(message)
    return [] if answer is None else [("dns.versionbind", answer)]


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="dns",
    ports=frozenset({udp(53)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram: which version is this name server (CHAOS TXT version.bind). No name is looked up.",
)
