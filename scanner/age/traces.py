"""Small traces of a device that nobody looks after: a wrong clock, a dead certificate, an empty desk, rare visits.

Points are log-odds and judgements (see `forgotten`), each shown with what it rests on; nothing about people enters.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from scanner.model.device import Claim, Device
from scanner.model.observation import Observation, evidence_id
from scanner.model.verdict import Signal

AWAY: Final = timedelta(days=30)
"""A longer absence with a return is how a forgotten device behaves, and seldom how a holiday does."""
SKEW: Final = timedelta(minutes=5)
"""A clock that is further off takes no time from the domain: Kerberos would refuse it (RFC 4120, 1.6)."""
ENDED: Final = timedelta(days=365)
IDLE: Final = timedelta(days=90)
"""A directory that has not heard of a computer for so long while its card is there."""

_CLOCKS: Final = frozenset({"smb2.system_time", "ntlm.timestamp", "ntp.clock"})
_EMPTY: Final = re.compile(
    r"\b(?:vacat\w*|unused|spare|disused|former\w*|empty|decom\w*|obsolete|abandon\w*|free|mab|bypass)\b",
    re.IGNORECASE,
)
"""What people write on a switch port that should have nobody, or that lets in what cannot show who it is."""
GONE: Final = (
    *("3com", "compaq", "digital equipment", "xircom", "nortel", "bay networks", "synoptics", "cabletron"),
    *("sun microsystems", "siemens nixdorf", "madge", "proteon", "ungermann-bass", "tandem", "data general"),
    *("wyse", "foundry", "palm", "intergraph", "silicon graphics", "novell", "gateway"),
)
"""Makers of cards that exist no more under that name, some for twenty years (each was bought or closed before 2013)."""


def traces(device: Device, seen: Sequence[Observation], now: datetime) -> Iterator[Signal]:
    """Each trace once; `seen` are the device's observations that no rule reads (`scene.belonging`)."""
    yield from _rare(device)
    yield from _clock(seen)
    yield from _certificate(seen, now)
    yield from _desk(device)
    yield from _idle(device, now)
    yield from _card(device)


def _rare(device: Device) -> Iterator[Signal]:
    if device.presence == "intermittent":
        text = f"met on {len(device.days)} days only, though somebody looked on many more"
        yield Signal(name=text, points=1.0, evidence=())
        return
    gaps = [(later - earlier, earlier, later) for earlier, later in pairwise(device.days)]
    longest = max(gaps, default=None)
    if longest is not None and longest[0] > AWAY:
        yield Signal(
            name=f"away from {longest[1]} to {longest[2]}, then there again", points=1.0, evidence=()
        )


def _clock(seen: Sequence[Observation]) -> Iterator[Signal]:
    """The clock that is furthest off."""
    off = []
    for one in seen:
        said = _moment(one) if one.field in _CLOCKS else None
        if said is not None and abs(said - one.first) > SKEW:
            off.append((abs(said - one.first), evidence_id(one), said))
    if off:
        _, shown, said = max(off)
        text = f"its clock says {said:%Y-%m-%d %H:%M} UTC, which is wrong"
        yield Signal(name=text, points=1.0, evidence=(shown,))


def _certificate(seen: Sequence[Observation], now: datetime) -> Iterator[Signal]:
    ends = [
        (said, evidence_id(one)) for one in seen if one.field == "tls.not_after" and (said := _moment(one))
    ]
    last = max(ends, default=None)
    # the newest counts: an old one beside it is a leftover
    if last is not None and now - last[0] > ENDED:
        text = f"its certificate ended on {last[0].date()}, and nobody replaced it"
        yield Signal(name=text, points=0.5, evidence=(last[1],))


def _desk(device: Device) -> Iterator[Signal]:
    place = device.location
    if place is not None and place.description and _EMPTY.search(place.description):
        yield Signal(name=f"the switch calls its port {place.description!r}", points=0.7, evidence=())


def _idle(device: Device, now: datetime) -> Iterator[Signal]:
    """A directory that has lost sight of a machine which is there all the same."""
    if not device.live:
        return
    active = [
        (said, claim.evidence)
        for claim in device.facts
        if claim.attr == "register.last_active" and (said := _read(claim.value))
    ]
    last = max(active, default=None)
    shut = _disabled(device)
    if shut is not None:
        yield Signal(name="its account is disabled, yet it is there", points=1.8, evidence=(shut.evidence,))
    elif last is not None and now - last[0] > IDLE:
        text = f"the directory last heard of it on {last[0].date()}, yet it is there"
        yield Signal(name=text, points=1.8, evidence=(last[1],))


def _disabled(device: Device) -> Claim | None:
    said = [claim for claim in device.facts if claim.attr == "register.enabled"]
    shut = [claim for claim in said if claim.value.lower() in {"false", "no", "0", "disabled"}]
    return shut[0] if shut and len(shut) == len(said) else None


def _card(device: Device) -> Iterator[Signal]:
    for claim in device.facts:
        if (
            claim.attr == "hw.vendor"
            and claim.seen.mac is not None
            and claim.rule is None
            and claim.value.lower().startswith(GONE)
        ):
            text = f"its network card is by {claim.value}, which makes none any more"
            yield Signal(name=text, points=0.8, evidence=(claim.evidence,))
            return


def _moment(one: Observation) -> datetime | None:
    said = one.value.get("time") if isinstance(one.value, dict) else one.value
    return _read(said) if isinstance(said, str) else None


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
