"""Choose among claims: which value of each attribute to believe, how much, and what speaks against it.

Two measures. A claim's strength is the trust in its kind of source times its own confidence: what Windows says of
its own build in NTLM beats the name it gives in SMB, which beats a web server's header, which beats the maker of the
network card. The strongest claim names the winner. How sure we are of the winner is then the noisy-or over the
independent sources that agree with it (a source is a protocol: two headers of one web server count once).

`Windows` and `Windows 7` do not contradict each other: the fuller name wins when it is about as well supported.
What does contradict is told in words, lowers the confidence, and silences the loser's other words on that subject:
a version that belongs to another product must not end up beside the winner.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.device import Attribute, Claim
from scanner.model.observation import EvidenceId

TRUST: Final[Mapping[str, float]] = {
    "person": 1.0,
    "ntlm": 0.98,
    "smb2": 0.95,
    "snmp": 0.95,
    "dicom": 0.92,
    "smb": 0.9,
    "ssh": 0.88,
    "telnet": 0.85,
    "hp_pjl_id": 0.9,
    "smtp": 0.8,
    "ftp": 0.8,
    "rdp": 0.75,
    "vnc": 0.75,
    "mdns": 0.75,
    "upnp": 0.7,
    "register": 0.8,
    "scanner": 0.6,
    "p0f": 0.4,
    "sip_header": 0.75,
    "http_header": 0.7,
    "html_title": 0.65,
    "x509": 0.6,
    "dhcp": 0.6,
    "dhcp_vendor_class": 0.6,
    "link": 0.5,
}
"""How far the first word of a field's name is trusted; what is not listed has `USUAL`."""

USUAL: Final = 0.7
FULLER: Final = 0.5
"""A fuller name needs this share of the plain name's strength to win over it."""
CONTRADICTED: Final = 0.85
"""Each contradiction multiplies the winner's confidence by this."""
LEADERS: Final = {"os": "os.product", "hw": "hw.product"}
"""The attribute whose losers are silenced on the whole subject."""
_LEADING: Final = tuple(sorted(LEADERS.values()))
SEVERAL: Final = frozenset({"service", "service.component", "host", "setting", "register"})
"""Subjects of which a device has several: two services, names or cards do not contradict each other."""
TOLD: Final = 0.3
"""Weaker rivals than this are not worth a line in the report."""

Scores = dict[str, float]


def strength(claim: Claim) -> float:
    """How strongly one claim speaks, 0..1."""
    return trust(claim) * claim.confidence


def trust(claim: Claim) -> float:
    """How far a claim's kind of source is trusted, 0..1."""
    return TRUST.get(source(claim), USUAL)


def source(claim: Claim) -> str:
    """The independent source behind a claim: its protocol, `person`, or `link` for what a card says."""
    if claim.seen.source.startswith("person:"):
        return "person"
    if claim.attr == "host.mac" or (claim.rule is None and claim.attr in {"hw.vendor", "hw.device"}):
        return "link"
    return claim.seen.field.partition(".")[0]


class _Heard(Struct, frozen=True):
    """A claim with what its weighing asks again and again."""

    claim: Claim
    plain: str
    source: str
    strength: float


def choose(claims: Sequence[Claim]) -> tuple[dict[str, Attribute], tuple[str, ...]]:
    """The winning value of each attribute, and every contradiction in words; order of claims never matters."""
    silenced: dict[str, set[EvidenceId]] = {}
    chosen: dict[str, Attribute] = {}
    conflicts: set[str] = set()
    by_attr: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.attr != "device.kind":
            by_attr[claim.attr].append(claim)
    for attr in (*(one for one in _LEADING if one in by_attr), *sorted(by_attr.keys() - LEADERS.values())):
        subject = attr.rpartition(".")[0]
        said = by_attr[attr]
        if silent := silenced.get(subject):
            said = [one for one in said if one.evidence not in silent]
        if not said:
            continue
        if len({one.value for one in said}) == 1:
            chosen[attr] = _agreed(said)
            continue
        heard = [_heard(one) for one in said]
        winner, rivals = _winner(heard)
        against = [] if subject in SEVERAL else rivals
        chosen[attr] = _attribute(winner, heard, len(against))
        conflicts |= {_conflict(attr, chosen[attr].value, rival, heard) for rival in against}
        if attr in LEADERS.values():
            silenced[subject] = {one.claim.evidence for one in heard if one.plain in rivals}
    return chosen, tuple(sorted(conflicts))


def noisy_or(parts: Iterable[float]) -> float:
    """The chance that at least one of several independent reasons holds."""
    doubt = 1.0
    for part in parts:
        doubt *= 1.0 - part
    return 1.0 - doubt


def plain(value: str) -> str:
    """A value without the spelling that does not matter."""
    return " ".join(value.lower().split())


def _heard(claim: Claim) -> _Heard:
    whose = source(claim)
    return _Heard(claim, plain(claim.value), whose, TRUST.get(whose, USUAL) * claim.confidence)


def _agreed(claims: Sequence[Claim]) -> Attribute:
    """What most attributes are: one value, told once or several times, that nothing contradicts."""
    if len(claims) == 1:
        (alone,) = claims
        # rounded as `noisy_or` would have it
        confidence = round(1.0 - (1.0 - strength(alone)), 4)
        return Attribute(value=alone.value, confidence=confidence, evidence=(alone.evidence,))
    best: dict[str, float] = {}
    for one in claims:
        whose = source(one)
        best[whose] = max(best.get(whose, 0.0), TRUST.get(whose, USUAL) * one.confidence)
    behind = {one.evidence for one in claims}
    return Attribute(value=claims[0].value, confidence=_together(best), evidence=tuple(sorted(behind)))


def _together(best: Mapping[str, float]) -> float:
    """Noisy-or in a fixed order: floating-point products depend on it in the last digit."""
    return round(noisy_or(best[name] for name in sorted(best)), 4)


def _winner(claims: Sequence[_Heard]) -> tuple[str, list[str]]:
    """The winning value in its plain spelling, and the rivals that contradict it and are strong enough to tell."""
    scores: Scores = {}
    for one in claims:
        scores[one.plain] = max(scores.get(one.plain, 0.0), one.strength)
    if len(scores) == 1:
        return claims[0].plain, []
    ranked = sorted(scores, key=lambda value: (-scores[value], -_support(value, claims), value))
    winner = ranked[0]
    fuller = [v for v in ranked if _within(winner, v) and scores[v] >= FULLER * scores[winner]]
    # two fuller names that exclude each other (client or server) leave the plain one standing
    if fuller and all(_within(v, fuller[0]) or v == fuller[0] or _within(fuller[0], v) for v in fuller):
        winner = max(fuller, key=lambda v: (len(v.split()), scores[v], v))
    rivals = [v for v in ranked if v != winner and scores[v] >= TOLD and not _related(v, winner)]
    return winner, rivals


def _support(value: str, claims: Sequence[_Heard]) -> float:
    """Noisy-or over the independent sources that say this, or say the same less fully."""
    best: dict[str, float] = {}
    for one in claims:
        if one.plain == value or _within(one.plain, value):
            best[one.source] = max(best.get(one.source, 0.0), one.strength)
    # in a fixed order: floating-point products depend on it in the last digit
    return noisy_or(best[name] for name in sorted(best))


def _attribute(winner: str, claims: Sequence[_Heard], against: int) -> Attribute:
    agreeing = [one for one in claims if one.plain == winner]
    best = max(agreeing, key=lambda one: (one.strength, one.claim.value))
    behind = {one.claim.evidence for one in agreeing}
    confidence = _support(winner, claims) * CONTRADICTED**against
    return Attribute(value=best.claim.value, confidence=round(confidence, 4), evidence=tuple(sorted(behind)))


def _conflict(attr: str, winner: str, rival: str, claims: Sequence[_Heard]) -> str:
    said = max(
        (one.claim for one in claims if one.plain == rival),
        key=lambda c: (strength(c), c.value, c.seen.field),
    )
    return f"{attr}: {said.seen.field} says {said.value}, against {winner}"


def _within(small: str, large: str) -> bool:
    """Whether one name's words all stand in the other, fuller one; a version is within a longer one of its own."""
    return small != large and (set(small.split()) < set(large.split()) or large.startswith(f"{small}."))


def _related(one: str, other: str) -> bool:
    return _within(one, other) or _within(other, one)
