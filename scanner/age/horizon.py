"""When it was last mended: the days between which the last security update lies."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from scanner.age import evidence
from scanner.age.editions import Reading
from scanner.age.evidence import Dated
from scanner.model.device import Device
from scanner.model.knowledge import Knowledge
from scanner.model.observation import EvidenceId
from scanner.model.verdict import Horizon


def bracket(device: Device, knowledge: Knowledge, readings: Sequence[Reading], now: datetime) -> Horizon:
    """Give the horizon: not before the newest thing it runs came out, not after its last start where that is known.

    A certificate's day is no patch evidence and is left out. Where the bounds contradict each other, the upper one is
    dropped and the contradiction is said.
    """
    found = list(evidence.days(device, knowledge, now.astimezone(UTC).date()))
    if came := _came(readings):
        found.append(came)
    started = evidence.boot(device, now)
    if started is None:
        return _horizon(found, None, [], ())
    # Windows changes files in use only while it starts: what was installed later does not run yet.
    day, shown = started
    system = [one for one in found if one.system]
    because = [f"it last started on {day}, and no update works before the next start"]
    late = [one for one in system if one.day > day]
    if not late:
        return _horizon(system, day, because, (shown,))
    newest = max(late, key=lambda one: one.day)
    because = [f"contradiction: it says that it last started on {day}, but {newest.text}"]
    return _horizon(system, None, because, (shown,))


def median(horizon: Horizon) -> date | None:
    """The middle of a horizon that is closed on both sides; None for an open one, which is never counted as fresh."""
    if horizon.not_before is None or horizon.not_after is None:
        return None
    return horizon.not_before + (horizon.not_after - horizon.not_before) / 2


def _came(readings: Sequence[Reading]) -> Dated | None:
    """The day the oldest possible edition came out; None unless every edition's is known."""
    days = [reading.branch.released for reading in readings if reading.branch.released]
    if not days or len(days) < len(readings):
        return None
    first = min(readings, key=lambda reading: (reading.branch.released or date.max, reading.branch.label))
    return Dated(
        day=min(days),
        system=True,
        text=f"{first.branch.label} came out on {min(days)}",
        evidence=first.evidence,
    )


def _horizon(
    lower: Sequence[Dated], upper: date | None, because: list[str], shown: tuple[EvidenceId, ...]
) -> Horizon:
    told = sorted(lower, key=lambda one: (one.day, one.text))
    return Horizon(
        not_before=told[-1].day if told else None,
        not_after=upper,
        because=(*(one.text for one in told), *because),
        evidence=tuple(sorted({*(e for one in told for e in one.evidence), *shown})),
    )
