"""Tell decoys from devices: a greeting that only a honeypot gives, and services that no one device has together.

What a decoy says of itself is not wrong, it is arranged. So nothing is thrown away: the device stays, says in words
why it looks arranged, and everything that was claimed of it counts for less. One address with ports forwarded to
several machines looks alike, and the words say so.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs

from scanner.identify import trust
from scanner.model.device import Attribute, Claim
from scanner.model.net import Port
from scanner.model.observation import EvidenceId, Observation, evidence_id

SURE: Final = 0.5
"""Signs that together weigh this much make a decoy; less is coincidence and is not told."""
LEFT: Final = 0.4
"""What remains of a claim's confidence where a decoy is certain."""
TRADES: Final = 5
"""So many trades with plant control among them are no device's, nor is one more without: a server that somebody has
let grow has files, mail, a database, terminals and printing."""
LOUD: Final = 0.5
"""A weaker word on the system than this is not held against the device."""

_GREETINGS: Final = tuple(
    (name, field, words, re.compile(pattern), weight)
    for name, field, words, pattern, weight in (
        # what each program answers when nobody has changed its configuration: written from memory, so it only
        # lowers trust, and a greeting that a real release gives too weighs too little to decide alone
        ("Dionaea", "x509.", ("dionaea", "nepenthes"), r"(?i)dionaea|nepenthes development", 0.95),
        ("Nepenthes", "ftp.banner", ("freeftpd",), r"freeFTPd 1\.0-+warFTPd 1\.65", 0.95),
        ("Conpot", "", ("technodrome", "mouser"), r"\bTechnodrome\b|\bMouser Factory\b", 0.95),
        ("Cowrie", "ssh.banner", ("openssh_6.0p1",), r"^OpenSSH_6\.0p1 Debian-4\+deb7u2$", 0.3),
        ("Kippo", "ssh.banner", ("openssh_5.1p1",), r"^OpenSSH_5\.1p1 Debian-5$", 0.3),
        ("Dionaea", "ftp.banner", ("welcome",), r"^Welcome to the ftp service$", 0.45),
        ("OpenCanary", "http_header.server", ("opencanary",), r"(?i)opencanary", 0.95),
        ("HoneyPy", "", ("honeypy",), r"(?i)\bhoneypy\b", 0.95),
        ("honeyd", "", ("honeyd",), r"(?i)\bhoneyd\b", 0.9),
    )
)
"""A decoy by name: the field (or how it begins), words of which a text must have one in whatever case, what must stand
in it, and how much that weighs."""
_WORDS: Final = tuple(sorted({word for _, _, words, _, _ in _GREETINGS for word in words}))

_TRADE: Final[Mapping[str, frozenset[str]]] = {
    "plant control": frozenset({"tcp/102", "tcp/502", "tcp/20000", "tcp/44818", "udp/47808", "tcp/10001"}),
    "medical imaging": frozenset({"tcp/104", "tcp/11112", "tcp/2575"}),
    "databases": frozenset({"tcp/1433", "tcp/3306", "tcp/5432", "tcp/6379", "tcp/27017", "tcp/9200"}),
    "mail": frozenset({"tcp/25", "tcp/110", "tcp/143", "tcp/587", "tcp/993"}),
    "Windows files": frozenset({"tcp/135", "tcp/445"}),
    "Unix terminals": frozenset({"tcp/22", "tcp/23"}),
    "telephony": frozenset({"tcp/5060", "udp/5060", "tcp/5061", "tcp/2000"}),
    "printing": frozenset({"tcp/515", "tcp/631", "tcp/9100"}),
    "phones' debugging": frozenset({"tcp/5555"}),
    "VPN by PPTP": frozenset({"tcp/1723"}),
    "messaging of things": frozenset({"tcp/1883", "tcp/5672"}),
}
"""What a device is for, by ports that belong to that alone."""
_EXCLUDE: Final = frozenset(
    {"Windows", "Linux", "VxWorks", "IOS", "Solaris", "AIX", "HP-UX", "FreeBSD", "Mac OS X"}
)
"""Families of which one machine runs one."""


class Decoy(Struct, frozen=True, kw_only=True):
    """Why a device looks arranged."""

    name: str
    """The decoy's name where a greeting gives it away; else `unknown decoy`."""
    weight: float
    """How sure, 0..1."""
    why: tuple[str, ...]
    """In words, sorted."""
    evidence: tuple[EvidenceId, ...]


def find(facts: Sequence[Claim], ports: Iterable[Port], seen: Sequence[Observation] = ()) -> Decoy | None:
    """Weigh all signs that a device is a decoy; None where they do not add up. Order of facts never matters.

    `seen` are its observations, of which some may have made no fact: no rule need know a decoy's greeting.
    """
    signs = [*_greetings(facts, seen), *_systems(facts), *_trades(frozenset(ports))]
    # the same words twice are one sign: a greeting on two ports
    heaviest = {why: part for why, part, _, _ in sorted(signs)}
    weight = trust.noisy_or(heaviest[why] for why in sorted(heaviest))
    if weight < SURE:
        return None
    named = sorted({name for _, _, name, _ in signs if name})
    return Decoy(
        name=" or ".join(named) or "unknown decoy",
        weight=round(weight, 4),
        why=tuple(sorted({why for why, _, _, _ in signs})),
        evidence=tuple(sorted({one for _, _, _, behind in signs for one in behind})),
    )


def doubt(attributes: Mapping[str, Attribute], decoy: Decoy) -> dict[str, Attribute]:
    """The same attributes, each with less confidence, and the decoy's name as a setting among them."""
    share = 1.0 - decoy.weight * (1.0 - LEFT)
    less = {
        attr: structs.replace(one, confidence=round(one.confidence * share, 4))
        for attr, one in attributes.items()
    }
    less["setting.decoy"] = Attribute(value=decoy.name, confidence=decoy.weight, evidence=decoy.evidence)
    return less


_Sign = tuple[str, float, str, tuple[EvidenceId, ...]]
"""Words, weight, the decoy's name or nothing, evidence."""


def _greetings(facts: Sequence[Claim], seen: Sequence[Observation]) -> Iterable[_Sign]:
    texts = {claim.seen.value for claim in facts if isinstance(claim.seen.value, str)}
    texts |= {one.value for one in seen if isinstance(one.value, str)}
    # all texts at once: hardly any device says one of the words
    if not _may_greet("\n".join(texts).lower()):
        return
    loud = {text for text in texts if _may_greet(text.lower())}
    greeted = {
        (claim.seen.field, said, claim.evidence)
        for claim in facts
        if isinstance(said := claim.seen.value, str) and said in loud
    }
    greeted |= {
        (one.field, said, evidence_id(one))
        for one in seen
        if isinstance(said := one.value, str) and said in loud
    }
    for name, field, _, pattern, weight in _GREETINGS:
        for told, value, evidence in sorted(greeted):
            if told.startswith(field) and pattern.search(value):
                yield f"{told} greets as {name} does out of the box", weight, name, (evidence,)


def _may_greet(text: str) -> bool:
    """Whether a text can be any of the greetings: most are none."""
    return any(word in text for word in _WORDS)


def _systems(facts: Iterable[Claim]) -> Iterable[_Sign]:
    """Services that speak for three systems at once: two may be a gateway, or Samba on a Unix machine."""
    by: dict[str, dict[str, EvidenceId]] = defaultdict(dict)
    for claim in facts:
        if claim.attr == "os.family" and claim.value in _EXCLUDE and trust.strength(claim) >= LOUD:
            source = trust.source(claim)
            by[claim.value][source] = min(by[claim.value].get(source, claim.evidence), claim.evidence)
    voices = {source for said in by.values() for source in said}
    if len(by) >= 3 and len(voices) >= 3:
        words = ", ".join(f"{family} ({', '.join(sorted(by[family]))})" for family in sorted(by))
        behind = tuple(sorted({one for said in by.values() for one in said.values()}))
        yield (
            f"its services speak for {words}: a decoy, or ports forwarded to several machines",
            0.7,
            "",
            behind,
        )


def _trades(ports: frozenset[Port]) -> Iterable[_Sign]:
    trades = sorted(trade for trade, held in _TRADE.items() if held & ports)
    if len(trades) >= TRADES + ("plant control" not in trades):
        yield f"it does the work of {len(trades)} trades: {', '.join(trades)}", 0.6, "", ()
