"""Multicast DNS, asked of one device alone: which services it offers, and what it calls itself (RFC 6762, 5.5; RFC 6763, 9)."""

from collections.abc import Iterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import dnsread, question
from scanner.observe.dnsread import Record
from scanner.observe.probe import Probe
from scanner.wire import questions

QUESTION: Final = questions.MDNS

_KINDS: Final = "_services._dns-sd._udp.local"
_INFO: Final = "_device-info._tcp.local"
_MOST: Final = 32


def parse(message: bytes) -> list[tuple[str, Value]] | None:
    """What its records say; None for what is no answer with records."""
    return list(_facts(dnsread.records(message))) or None


def _facts(records: tuple[Record, ...]) -> Iterator[tuple[str, Value]]:
    kinds = [
        one.said[0].removesuffix(".local")
        for one in records
        if one.kind == dnsread.PTR and one.said and one.name.lower() == _KINDS
    ]
    if kinds:
        yield "mdns.services", " ".join(sorted(set(kinds))[:_MOST])
    hosts = [one.name for one in records if one.kind in {dnsread.A, dnsread.AAAA}]
    hosts += [one.said[0] for one in records if one.kind == dnsread.SRV and one.said]
    if hosts:
        yield "mdns.host", hosts[0].removesuffix(".local")
    for one in records:
        if one.kind == dnsread.TXT and one.name.lower().endswith(_INFO) and one.said:
            yield "mdns.device-info.txt", " ".join(one.said)
            return


def facts(message: bytes) -> list[tuple[str, Value]]:
    """What an answer says, field by field."""
    return parse(message) or []


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="mdns",
    ports=frozenset({udp(5353)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram to the device alone, never to the group: which kinds of service do you offer?",
)
