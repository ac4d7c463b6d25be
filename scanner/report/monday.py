"""What to do on Monday: the concrete steps for one device, most valuable first, each said once."""

from msgspec import Struct

from scanner.model.assessment import Judged
from scanner.model.kinds import Role, Support
from scanner.report import words
from scanner.report.text import listing


class Step(Struct, frozen=True):
    """One thing to do, and why it helps."""

    do: str
    why: str


def steps(of: Judged) -> tuple[Step, ...]:
    """Order the steps: points that would go, then cause by cause, then open questions; never an empty list."""
    found = [*_points(of), *_bridge(of), *_exposures(of), *_support(of), *_owner(of), *_question(of)]
    once = {step.do: step for step in reversed(found)}
    ordered = tuple(step for step in dict.fromkeys(found) if once[step.do] is step)
    return ordered or (
        Step("Nothing urgent was found", "look again at the next scan; this is not a finding of safety"),
    )


def _points(of: Judged) -> list[Step]:
    most_first = sorted(of.risk.why, key=lambda why: -why.points)
    return [
        Step(why.removes, f"takes {why.points} points off the score of {of.risk.score}")
        for why in most_first
        if why.points > 0 and why.removes
    ]


def _bridge(of: Judged) -> list[Step]:
    zones = of.device.zones
    if len(zones) < 2 or of.device.role is not Role.NONE:
        return []
    return [
        Step(f"Decide which of {listing(zones)} it belongs to, and unplug the other leg", "it bridges zones")
    ]


def _exposures(of: Judged) -> list[Step]:
    return [Step(exposure.remedy, f"closes: {exposure.name}") for exposure in of.exposures if exposure.remedy]


def _support(of: Judged) -> list[Step]:
    if of.age.support is not Support.UNSUPPORTED:
        return []
    what = of.age.subject or "its software"
    if of.device.kind in words.MAKER_FIRST:
        return [
            Step(
                "Let its switch port pass only the servers that it needs, and ask its maker for the support plan",
                f"{what} gets no more updates, and only its maker may change it",
            )
        ]
    return [Step("Replace it, or remove it from the network", f"{what} gets no more updates")]


def _owner(of: Judged) -> list[Step]:
    if not of.forgotten.unknown:
        return []
    return [Step("Find it and name an owner", "no register, directory or lease names one")]


def _question(of: Judged) -> list[Step]:
    return [Step(of.age.settle, "settles whether it is still supported")] if of.age.settle else []
