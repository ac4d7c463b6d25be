"""What people answered: facts that no scan can see, matched to devices when they are judged, for as long as they hold.

An answer is an observation (`source = person:NAME`, field `person.answer`) that names no address: which devices it is
about is found anew in each judgement, so an answer given today also holds for a device that is found tomorrow.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.device import Attribute, Claim, Device
from scanner.model.observation import EvidenceId, Observation, Value, evidence_id

FIELD: Final = "person.answer"
CONTRACT: Final = "support.contract"
ENDS: Final = "support.ends"
PATCHED: Final = "patch.last"
SURE: Final = 0.99
"""A person's word, as the rest of the program weighs it."""

MATCHES: Final[Mapping[str, str]] = {
    "build": "os.build",
    "device": "device",
    "kind": "kind",
    "product": "os.product",
    "vendor": "hw.vendor",
    "version": "os.version",
    "zone": "zone",
}
"""Short word -> what it stands for; attributes may also be named in full (`os.build`)."""
SETS: Final[Mapping[str, str]] = {
    "build": "os.build",
    "edition": "os.edition",
    "owner": "owner",
    "patched": PATCHED,
    "product": "os.product",
    "support": CONTRACT,
    "until": ENDS,
    "version": "os.version",
}
"""Short word -> the attribute that the answer sets."""
_FULL: Final = frozenset({"os.", "hw."})
_DAYS: Final = frozenset({ENDS, PATCHED})


class Answer(Struct, frozen=True, kw_only=True):
    """One answer, read back from the log."""

    who: str
    when: datetime
    match: tuple[tuple[str, str], ...]
    """All must hold; the values may have the wildcards * and ?."""
    sets: tuple[tuple[str, str], ...]
    until: date | None
    """Last day on which it counts; None when it has no end."""
    proof: str
    seen: Observation

    @property
    def evidence(self) -> EvidenceId:
        """Its name in the log."""
        return evidence_id(self.seen)

    def holds(self, today: date) -> bool:
        """Whether it still counts."""
        return self.until is None or today <= self.until

    def about(self, device: Device) -> bool:
        """Whether it is about this device."""
        return all(
            any(fnmatchcase(one.lower(), want.lower()) for one in _of(device, what))
            for what, want in self.match
        )


def observation(
    by: str, match: Sequence[str], sets: Sequence[str], until: str | None, proof: str, now: datetime
) -> Observation:
    """Make the observation that an answer is; raise DataError where its words make no sense.

    `same=yes` or `same=no` with two or more `device=` says that they are one device, or are not.
    """
    if not by.strip():
        raise DataError("an answer needs a name: --by 'J. Doe'")
    field, said = (FIELD, value(match, sets, until, proof)) if not _joins(sets) else _same(match, sets)
    return Observation(source=f"person:{by.strip()}", first=now, last=now, field=field, value=said)


def value(match: Sequence[str], sets: Sequence[str], until: str | None, proof: str) -> Value:
    """Make the value of an answer's observation out of `word=text` pairs; raise DataError where one makes no sense."""
    pairs = [_pair(one, MATCHES, "--match") for one in match]
    told = [_pair(one, SETS, "--set") for one in sets]
    if not pairs or not told:
        raise DataError(
            "an answer needs at least one --match and one --set, such as --match build=10.0.19045"
        )
    for what, text in [(attr, text) for attr, text in told if attr in _DAYS] + [
        ("--until", until or "2000-01-01")
    ]:
        _day(text, what)
    return {
        "match": [f"{what}={want}" for what, want in pairs],
        "set": [f"{attr}={text}" for attr, text in told],
        "until": until,
        "evidence": proof,
    }


def read(seen: Iterable[Observation], now: datetime) -> tuple[Answer, ...]:
    """Every answer given up to `now`, the earliest first; what is no answer of a person is passed over."""
    found = (_read(one) for one in seen if one.field == FIELD and one.first <= now)
    return tuple(sorted((one for one in found if one), key=lambda one: (one.when, one.evidence)))


def heed(devices: Sequence[Device], answers: Sequence[Answer], now: datetime) -> tuple[Device, ...]:
    """The devices with what people said of them as claims of their own; contradicting answers are told, none wins."""
    today = now.astimezone(UTC).date()
    valid = [one for one in answers if one.holds(today)]
    return tuple(_heed(device, [one for one in valid if one.about(device)]) for device in devices)


def expired(
    devices: Sequence[Device], answers: Sequence[Answer], now: datetime
) -> tuple[tuple[Answer, int], ...]:
    """Answers that no longer count, with how many devices each was about."""
    today = now.astimezone(UTC).date()
    found = [(one, sum(one.about(device) for device in devices)) for one in answers if not one.holds(today)]
    return tuple((one, count) for one, count in found if count)


def _heed(device: Device, answers: Sequence[Answer]) -> Device:
    if not answers:
        return device
    claims = [
        Claim(attr=attr, value=text, confidence=SURE, rule=None, seen=one.seen, evidence=one.evidence)
        for one in answers
        for attr, text in one.sets
        if attr != "owner"
    ]
    attributes = dict(device.attributes)
    for claim in claims:
        if claim.attr not in {CONTRACT, ENDS, PATCHED}:
            attributes.setdefault(
                claim.attr, Attribute(value=claim.value, confidence=SURE, evidence=(claim.evidence,))
            )
    owners = [text for one in answers for attr, text in one.sets if attr == "owner"]
    return msgspec.structs.replace(
        device,
        attributes=dict(sorted(attributes.items())),
        facts=tuple(sorted((*device.facts, *claims), key=lambda one: (one.attr, one.value, one.evidence))),
        owner=owners[-1] if owners else device.owner,
        conflicts=tuple(sorted({*device.conflicts, *_conflicts(device, answers)})),
    )


def _conflicts(device: Device, answers: Sequence[Answer]) -> Iterable[str]:
    """Answers that contradict each other, and answers that contradict what was seen."""
    said: dict[str, dict[str, str]] = {}
    for one in answers:
        for attr, text in one.sets:
            said.setdefault(attr, {}).setdefault(text, one.who)
    for attr, texts in sorted(said.items()):
        if len(texts) > 1:
            yield f"{attr}: " + ", but ".join(f"{who} says {text}" for text, who in sorted(texts.items()))
        seen = device.attributes.get(attr)
        for text, who in sorted(texts.items()):
            if seen is not None and not _alike(seen.value, text):
                yield f"{attr}: {who} says {text}, but {seen.value} was seen"


def _alike(one: str, other: str) -> bool:
    """Whether two words may mean the same: the one may only say it more fully."""
    return one.lower() in other.lower() or other.lower() in one.lower()


def _of(device: Device, what: str) -> tuple[str, ...]:
    """The values of a device that a match is held against."""
    if what == "zone":
        return device.zones
    if what == "kind":
        return (device.kind.value,)
    if what == "device":
        return (device.id, *device.names, *(leg.address for leg in device.legs))
    found = device.attributes.get(what)
    return (found.value,) if found else ()


def _read(one: Observation) -> Answer | None:
    if not isinstance(one.value, dict) or not one.source.startswith("person:"):
        return None
    match, sets, until = one.value.get("match"), one.value.get("set"), one.value.get("until")
    if not isinstance(match, list) or not isinstance(sets, list) or not match:
        return None
    try:
        ends = date.fromisoformat(until) if isinstance(until, str) else None
    except ValueError:
        return None
    return Answer(
        who=one.source.removeprefix("person:"),
        when=one.last,
        match=tuple(_split(text) for text in match),
        sets=tuple(_split(text) for text in sets),
        until=ends,
        proof=str(one.value.get("evidence") or ""),
        seen=one,
    )


def _joins(sets: Sequence[str]) -> bool:
    return any(_split(one)[0] == "same" for one in sets)


def _same(match: Sequence[str], sets: Sequence[str]) -> tuple[str, Value]:
    """The field and value by which `identify` joins what a person calls one device, and keeps apart what is not."""
    words = [_split(one) for one in match]
    verdict = _split(sets[0])[1]
    named = [text for word, text in words if word == "device" and text and not text.startswith("dev-")]
    if len(sets) != 1 or verdict not in {"yes", "no"} or len(named) != len(words) or len(named) < 2:
        raise DataError(
            "say --set same=yes or --set same=no alone, with two or more --match device=ADDRESS, MAC or NAME"
        )
    return ("person.same" if verdict == "yes" else "person.different"), {"devices": named}


def _split(text: str) -> tuple[str, str]:
    word, _, rest = text.partition("=")
    return word.strip(), rest.strip()


def _pair(text: str, words: Mapping[str, str], option: str) -> tuple[str, str]:
    word, rest = _split(text)
    full = words.get(word, word if word in words.values() or word[:3] in _FULL else None)
    if full is None or not rest:
        raise DataError(f"{option} {text!r}: say WORD=VALUE with one of {', '.join(sorted(words))}")
    return full, rest


def _day(text: str, what: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise DataError(f"{what} {text!r}: not a day such as 2027-10-12") from error
