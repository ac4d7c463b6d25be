"""Whether the maker still mends it: a verdict over every edition that it may be.

unsupported only if every edition hypothesis has ended, supported only if every one still runs, else unknown with the
question that would settle it. Rows marked unverified never decide alone. From a table over its age limit every verdict
counts one grade less, and "no end was named" no longer counts as supported. An old program alone does not make the
system under it unsupported: it is the subject only where the system is not known.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from scanner.age import editions, horizon, support
from scanner.age.editions import Reading
from scanner.model import freshness
from scanner.model.device import Device
from scanner.model.kinds import Support
from scanner.model.knowledge import Branch, Confidence, Knowledge
from scanner.model.observation import Observation
from scanner.model.verdict import Age, Hypothesis

SHOWN: Final = 12
"""Hypotheses that an Age lists; those that end last, since they decide."""


def judge(device: Device, knowledge: Knowledge, now: datetime, seen: Sequence[Observation] = ()) -> Age:
    """Judge one device's support and patch horizon as of `now`; the same input always gives the same Age.

    `seen` are its observations of fields that no rule reads (`scene.belonging`).
    """
    today = now.astimezone(UTC).date()
    system = editions.system(device, knowledge)
    readings = system or _worst_program(device, knowledge, today)
    guessed = editions.guessed(device, readings)
    late = freshness.late_of(knowledge, today)
    leans = [name for name in editions.tables(readings) if name in late]
    branches = [reading.branch for reading in readings]
    said = Support.UNKNOWN if guessed else support.verdict(branches, today, late=bool(leans))
    named = editions.subject(readings) if readings else None
    if readings and not system:
        named = f"{named} (a program on it; the operating system is not known)"
    found, programs = horizon.dated(device, knowledge, system, now, seen)
    return Age(
        support=said,
        subject=named,
        ends=support.longest(branches),
        hypotheses=tuple(_hypothesis(reading, today, late=bool(leans)) for reading in readings[-SHOWN:]),
        horizon=found,
        median=found.median,
        evidence=tuple(sorted({shown for reading in readings for shown in reading.evidence})),
        grade=freshness.lowered(support.grade(branches, guessed=guessed, system=bool(system)), leans, late),
        because=tuple(freshness.why(late[name], today) for name in leans),
        programs=programs,
        settle=None
        if said is not Support.UNKNOWN
        else _settle(device, readings, named, today, guessed=guessed, late=bool(leans)),
    )


def _worst_program(device: Device, knowledge: Knowledge, today: date) -> tuple[Reading, ...]:
    """The program whose support ended first, of those that nobody mends any more; empty when there is none."""
    over = [
        readings
        for readings in editions.programs(device, knowledge)
        if support.verdict([reading.branch for reading in readings], today) is Support.UNSUPPORTED
    ]
    return min(
        over, key=lambda readings: (str(readings[-1].branch.ends), readings[0].branch.label), default=()
    )


def _hypothesis(reading: Reading, today: date, *, late: bool) -> Hypothesis:
    branch = reading.branch
    return Hypothesis(
        label=branch.label,
        edition=branch.edition,
        ends=branch.ends,
        open_ended=branch.open_ended,
        ended=support.ended(branch, today, late=late),
        source=branch.source
        if branch.confidence is not Confidence.UNVERIFIED
        else f"{branch.source} (unverified)",
        evidence=reading.evidence,
    )


def _settle(
    device: Device, readings: Sequence[Reading], named: str | None, today: date, *, guessed: bool, late: bool
) -> str:
    """The one question that would turn unknown into a verdict."""
    if guessed:
        return f"Ask its owner what it runs: that it is {named} is only guessed from how it behaves on the network"
    if not readings:
        known = device.attributes.get("os.product") or device.attributes.get("hw.product")
        if known is None:
            return "Ask its owner what system and version it runs, or import an inventory that knows it"
        return f"Ask its maker until when it mends {known.value}, and its owner which version runs"
    branches = [reading.branch for reading in readings]
    if all(branch.confidence is Confidence.UNVERIFIED for branch in branches):
        return f"Ask its maker when support of {named} ends: our only dates are unverified"
    if late and any(branch.open_ended and branch.ends is None for branch in branches):
        return f"Renew our tables (stalehost kb update): they are too old to say that support of {named} has no end yet"
    running = list(
        dict.fromkeys(_until(branch) for branch in branches if support.ended(branch, today) is False)
    )
    if not running:
        return f"Ask its maker when support of {named} ends: no table says so"
    rest = len(running) - 3
    more = f", or one of {rest} others" if rest > 1 else ", or another one" if rest == 1 else ""
    return f"Ask its owner whether it is {', or '.join(running[-3:])}{more}; any other edition is no longer mended"


def _until(branch: Branch) -> str:
    return f"{branch.label} (until {branch.ends})" if branch.ends else f"{branch.label} (still mended)"
