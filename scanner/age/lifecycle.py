"""Whether the maker still mends it: a verdict over every edition that it may be.

unsupported only if every edition hypothesis has ended, supported only if every one still runs, else unknown with the
question that would settle it. Rows marked unverified never decide alone. From a table over its age limit every verdict
counts one grade less, and "no end was named" no longer counts as supported. An old program alone does not make the
system under it unsupported: it is the subject only where the system is not known.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from scanner.age import editions, horizon
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
    late = freshness.late(knowledge.sources(), today)
    leans = [name for name in editions.tables(readings) if name in late]
    branches = [reading.branch for reading in readings]
    support = Support.UNKNOWN if guessed else verdict(branches, today, late=bool(leans))
    named = editions.subject(readings) if readings else None
    if readings and not system:
        named = f"{named} (a program on it; the operating system is not known)"
    found, programs = horizon.dated(device, knowledge, system, now, seen)
    return Age(
        support=support,
        subject=named,
        ends=longest(branches),
        hypotheses=tuple(_hypothesis(reading, today, late=bool(leans)) for reading in readings[-SHOWN:]),
        horizon=found,
        median=found.median,
        evidence=tuple(sorted({shown for reading in readings for shown in reading.evidence})),
        grade=freshness.lowered(_grade(branches, guessed=guessed, system=bool(system)), leans, late),
        because=tuple(freshness.why(late[name], today) for name in leans),
        programs=programs,
        settle=None
        if support is not Support.UNKNOWN
        else _settle(device, readings, named, today, guessed=guessed, late=bool(leans)),
    )


def verdict(branches: Sequence[Branch], today: date, *, late: bool = False) -> Support:
    """The rule itself, over every edition hypothesis of one product; `late` where their table is over its age limit."""
    if all(branch.confidence is Confidence.UNVERIFIED for branch in branches):
        return Support.UNKNOWN  # also when there is none
    over = {ended(branch, today, late=late) for branch in branches}
    if over == {True}:
        return Support.UNSUPPORTED
    return Support.SUPPORTED if over == {False} else Support.UNKNOWN


def ended(branch: Branch, today: date, *, late: bool = False) -> bool | None:
    """Whether support under this hypothesis is over; its last day still counts as supported, None when unknown.

    A day that a maker named stands, however old the table is: such days are moved seldom, and the lower grade says so.
    That no day was named is another matter: in a table over its age limit (`late`), one may have been named since, and
    have passed unseen.
    """
    if branch.ends is None:
        return False if branch.open_ended and not late else None
    return today > branch.ends


def longest(branches: Sequence[Branch]) -> date | None:
    """End of the longest-lived hypothesis; None unless every end is known."""
    ends = [branch.ends for branch in branches if branch.ends is not None]
    return max(ends) if ends and len(ends) == len(branches) else None


def _worst_program(device: Device, knowledge: Knowledge, today: date) -> tuple[Reading, ...]:
    """The program whose support ended first, of those that nobody mends any more; empty when there is none."""
    over = [
        readings
        for readings in editions.programs(device, knowledge)
        if verdict([reading.branch for reading in readings], today) is Support.UNSUPPORTED
    ]
    return min(
        over, key=lambda readings: (str(readings[-1].branch.ends), readings[0].branch.label), default=()
    )


def _grade(branches: Sequence[Branch], *, guessed: bool, system: bool) -> str:
    """What the verdict rests on, as `Age.grade` says."""
    if guessed or not branches:
        return "E1"
    if not system:
        return "E2"
    return "E4" if all(branch.confidence is Confidence.HIGH for branch in branches) else "E3"


def _hypothesis(reading: Reading, today: date, *, late: bool) -> Hypothesis:
    branch = reading.branch
    return Hypothesis(
        label=branch.label,
        edition=branch.edition,
        ends=branch.ends,
        open_ended=branch.open_ended,
        ended=ended(branch, today, late=late),
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
    running = list(dict.fromkeys(_until(branch) for branch in branches if ended(branch, today) is False))
    if not running:
        return f"Ask its maker when support of {named} ends: no table says so"
    more = f", or {len(running) - 3} others" if len(running) > 3 else ""
    return f"Ask its owner whether it is {', or '.join(running[-3:])}{more}; any other edition is no longer mended"


def _until(branch: Branch) -> str:
    return f"{branch.label} (until {branch.ends})" if branch.ends else f"{branch.label} (still mended)"
