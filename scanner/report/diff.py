"""Compare two assessments of one engagement: what became of each finding and device, and why.

Between the two stand assessments in which one thing was changed at a time, so that each change has a cause.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.device import Device, DeviceId
from scanner.model.kinds import Band, Kind
from scanner.model.since import (
    Cause,
    DeviceChange,
    FindingChange,
    Moment,
    Moved,
    Point,
    Since,
    SiteVisit,
    State,
    Step,
    Visit,
)
from scanner.report.register import Finding, register
from scanner.report.text import listing
from scanner.report.texts import phrase

HERE: Final = "here"
"""What a site without a name is called."""
NOTICED: Final = 5
"""Points by which a score must move to count as worse or better within its band: less is noise of the draws."""

_ORDER: Final = tuple(State)
"""The states as a reader needs them: what asks for somebody first."""


class _Stage(Struct, frozen=True):
    """One assessment on the way, with its findings by cause."""

    because: Cause | None
    found: Assessment
    findings: Mapping[str, Finding]


def compare(
    old: Assessment,
    steps: Sequence[tuple[Cause, Assessment]],
    earlier: Sequence[Assessment] = (),
    notes: Sequence[str] = (),
    sites: Sequence[SiteVisit] = (),
) -> Since:
    """Say what changed from `old` to the last of `steps`, each of which differs from the one before by its cause.

    `earlier` are assessments of runs before `old`, oldest first: for the trend, and to know what was there before.
    Without steps nothing has changed. Of `sites`, those that were not looked at since lose nothing: neither a finding nor
    a device of theirs is gone, fixed or quiet.
    """
    stages = [_stage(None, old), *(_stage(cause, found) for cause, found in steps)]
    new = stages[-1].found
    twins, away = same(old, new), _unlooked((old, new), sites)
    once = {one.cause for found in earlier for one in register(found)}
    return Since(
        before=_moment(old),
        after=_moment(new),
        findings=tuple(sorted(_findings(stages, twins, once, away, _places(old, new, sites)), key=_rank)),
        devices=tuple(_devices(old, new, twins, away)),
        steps=tuple(
            Step(
                because=after.because or Cause.NETWORK,
                before=before.found.network.expected_loss,
                after=after.found.network.expected_loss,
                findings_before=len(before.findings),
                findings_after=len(after.findings),
            )
            for before, after in pairwise(stages)
        ),
        trend=tuple(point(found) for found in (*earlier, old, *([new] if steps else []))),
        notes=tuple(notes),
        sites=tuple(sites),
    )


def hits(since: Since, states: Iterable[State]) -> tuple[FindingChange, ...]:
    """The findings whose state is among those: what `--fail-on` fails on."""
    wanted = frozenset(states)
    return tuple(one for one in since.findings if one.state in wanted)


def same(old: Assessment, new: Assessment) -> dict[DeviceId, DeviceId]:
    """Old ids to new ones of the same devices: by id, else by card, else by the one device that bears its names.

    An address is never enough: it may be another's by now. Nor is anything of another site.
    """
    there = {judged.device.id for judged in new.devices}
    cards = _by(new, lambda of: {leg.mac for leg in of.device.legs if leg.mac})
    names = _by(new, lambda of: {name.lower() for name in of.device.names})
    twins: dict[DeviceId, DeviceId] = {}
    for judged in old.devices:
        device = judged.device
        macs = {leg.mac for leg in device.legs if leg.mac}
        found = {device.id} & there
        found = found or {one for mac in macs for one in cards.get((device.site, mac), ())}
        # a device whose card is known is not another of the same name
        found = found or (set() if macs else _named(device, names))
        if len(found) == 1:
            twins[device.id] = found.pop()
    return twins


def point(found: Assessment) -> Point:
    """One assessment as one point of the trend."""
    bands = [judged.risk.band for judged in found.devices]
    network, moment = found.network, _moment(found)
    return Point(
        run=moment.run,
        at=moment.at,
        loss=network.expected_loss,
        lo=network.interval.lo,
        hi=network.interval.hi,
        critical=bands.count(Band.CRITICAL),
        high=bands.count(Band.HIGH),
        medium=bands.count(Band.MEDIUM),
        low=bands.count(Band.LOW),
        findings=sum(one.state != "accepted" for one in register(found)),
        sites=max(1, len({run.site for run in found.runs if run.looked})),
    )


_Keyed = Mapping[tuple[str | None, str], set[DeviceId]]
"""Devices by site and key."""


def _by(found: Assessment, keys: Callable[[Judged], Iterable[str]]) -> _Keyed:
    by: dict[tuple[str | None, str], set[DeviceId]] = {}
    for judged in found.devices:
        for key in keys(judged):
            by.setdefault((judged.device.site, key), set()).add(judged.device.id)
    return by


def _named(device: Device, by: _Keyed) -> set[DeviceId]:
    return {one for name in device.names for one in by.get((device.site, name.lower()), ())}


def _unlooked(sides: Iterable[Assessment], sites: Iterable[SiteVisit]) -> frozenset[DeviceId]:
    """The devices of sites that were not looked at."""
    names = {one.site for one in sites if one.state is Visit.NOT_LOOKED}
    return frozenset(
        judged.device.id
        for found in sides
        for judged in (found.devices if names else ())
        if (judged.device.site or HERE) in names
    )


def _places(old: Assessment, new: Assessment, sites: Iterable[SiteVisit]) -> Mapping[DeviceId, str]:
    """The site of every device of either side; nothing where there is one site only."""
    several = bool(tuple(sites))
    return {
        judged.device.id: judged.device.site or HERE
        for found in (old, new)
        for judged in (found.devices if several else ())
    }


def _stage(because: Cause | None, found: Assessment) -> _Stage:
    return _Stage(because, found, {one.cause: one for one in register(found)})


def _moment(found: Assessment) -> Moment:
    run = found.runs[-1] if found.runs else None
    knowledge = run.versions.get(phrase("diff.knowledge_at_the_time"), "") if run else ""
    return Moment(run=run.id if run else "", at=found.now, knowledge=knowledge)


def _rank(one: FindingChange) -> tuple[int, int, str]:
    return _ORDER.index(one.state), -(one.score_after or one.score_before or 0), one.cause


def _findings(
    stages: Sequence[_Stage],
    twins: Mapping[DeviceId, DeviceId],
    once: set[str],
    away: frozenset[DeviceId],
    places: Mapping[DeviceId, str],
) -> Iterator[FindingChange]:
    first, last = stages[0], stages[-1]
    seen = _seen_since(first.found, last.found)
    for cause in sorted({*first.findings, *last.findings}):
        was, now = first.findings.get(cause), last.findings.get(cause)
        shown = last.findings[cause] if now else first.findings[cause]
        before = {twins.get(one, one) for one in was.devices} if was else set()
        after = set(now.devices) if now else set()
        because = _because([stage.findings.get(cause) for stage in stages], stages)
        yield FindingChange(
            id=shown.id,
            cause=cause,
            title=shown.title,
            state=_state(was, now, _Facts(before, after, seen, because, cause in once, away)),
            because=because,
            score_before=was.score if was else None,
            score_after=now.score if now else None,
            band_before=was.band if was else None,
            band_after=now.band if now else None,
            devices_before=len(before),
            devices_after=len(after),
            joined=tuple(sorted(after - before)),
            left=tuple(sorted(before - after)),
            remedy=shown.remedy,
            said=now.decision if now else "",
            sites=tuple(sorted({places[one] for one in (before ^ after) or after if one in places})),
        )


class _Facts(Struct, frozen=True):
    """What the state of a finding depends on beside its two sides."""

    before: set[DeviceId]
    after: set[DeviceId]
    seen: set[DeviceId]
    because: Cause | None
    once: bool
    away: frozenset[DeviceId]


def _state(was: Finding | None, now: Finding | None, facts: _Facts) -> State:
    if now is None:
        # a device that slept is never fixed, nor is one about which only our knowledge changed
        fixed = facts.because is Cause.NETWORK and bool(facts.before) and facts.before <= facts.seen
        unlooked = facts.before & facts.away and facts.because not in {Cause.KNOWLEDGE, Cause.SCOPE}
        lost = State.NOT_SEEN if unlooked else State.GONE
        return State.FIXED if fixed else lost
    if now.state == "accepted":
        return State.SUPPRESSED
    if was is None:
        return State.REOPENED if facts.once or now.state == "reopened" else State.NEW
    if now.state == "reopened" and was.state == "accepted":
        return State.REOPENED
    return _course(was, now, facts)


def _course(was: Finding, now: Finding, facts: _Facts) -> State:
    """What became of a finding that was open before and is open now."""
    rise = now.score - was.score
    banded = now.band is not was.band
    if facts.after - facts.before or rise >= NOTICED or (banded and rise > 0):
        return State.WORSE
    if facts.before - facts.after or rise <= -NOTICED or (banded and rise < 0):
        return State.BETTER
    return State.UNCHANGED if facts.after & facts.seen else State.NOT_SEEN


def _because(course: Sequence[Finding | None], stages: Sequence[_Stage]) -> Cause | None:
    """The cause of the largest step: appearing or going counts most, then devices, then points."""
    largest, because = (0, 0, 0), None
    for before, after, stage in zip(course, course[1:], stages[1:], strict=False):
        step = _step(before, after)
        if step > (0, 0, 0) and step >= largest:
            largest, because = step, stage.because
    return because


def _step(before: Finding | None, after: Finding | None) -> tuple[int, int, int]:
    if before is None or after is None:
        return int(before is not after), 0, 0
    decided = before.state != after.state
    return (
        int(decided),
        len(set(before.devices) ^ set(after.devices)),
        abs(after.score - before.score),
    )


def _seen_since(old: Assessment, new: Assessment) -> set[DeviceId]:
    return {judged.device.id for judged in new.devices if judged.device.last_seen > old.now}


def _devices(
    old: Assessment, new: Assessment, twins: Mapping[DeviceId, DeviceId], away: frozenset[DeviceId]
) -> Iterator[DeviceChange]:
    now = {judged.device.id: judged for judged in new.devices}
    known = set(twins.values())
    for judged in new.devices:
        if judged.device.id not in known:
            yield _change(judged, Moved.NEW, "", _where(judged))
    for judged in old.devices:
        twin = twins.get(judged.device.id)
        if twin is None:
            lost = Moved.NOT_LOOKED if judged.device.id in away else Moved.DROPPED
            yield _change(judged, lost, _where(judged), "")
        else:
            moves = _moves(judged, now[twin])
            # nobody looked: that it is silent says nothing
            yield from (one for one in moves if one.what is not Moved.QUIET or one.device not in away)


def _moves(was: Judged, now: Judged) -> Iterator[DeviceChange]:
    before, after = was.device, now.device
    if before.live != after.live:
        what = Moved.BACK if after.live else Moved.QUIET
        yield _change(now, what, before.presence, after.presence)
    if _addresses(was) != _addresses(now):
        yield _change(now, Moved.ADDRESS, _where(was), _where(now))
    if before.name != after.name:
        yield _change(now, Moved.NAME, before.name, after.name)
    if before.kind is not after.kind and Kind.UNKNOWN is not after.kind:
        yield _change(now, Moved.KIND, before.kind.value, after.kind.value)


def _change(of: Judged, what: Moved, before: str, after: str) -> DeviceChange:
    return DeviceChange(device=of.device.id, name=of.device.name, what=what, before=before, after=after)


def _addresses(of: Judged) -> set[str]:
    return {leg.address for leg in of.device.legs}


def _where(of: Judged) -> str:
    return listing(sorted(_addresses(of)))
