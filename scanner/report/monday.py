"""What to do on Monday: the concrete steps for one device, most valuable first, each said once."""

from msgspec import Struct

from scanner.model.assessment import Judged
from scanner.model.kinds import Role, Support
from scanner.report import words
from scanner.report.text import listing
from scanner.report.texts import phrase


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
        Step(
            phrase("monday.nothing_urgent_was_found"),
            phrase("monday.look_again_at_the_next_scan_this_is_not"),
        ),
    )


def _points(of: Judged) -> list[Step]:
    most_first = sorted(of.risk.why, key=lambda why: -why.points)
    return [
        Step(
            why.removes,
            phrase("monday.takes_points_off_the_score_of", count=why.points, score=of.risk.score),
        )
        for why in most_first
        if why.points > 0 and why.removes
    ]


def _bridge(of: Judged) -> list[Step]:
    zones = of.device.zones
    if len(zones) < 2 or of.device.role is not Role.NONE:
        return []
    return [
        Step(
            phrase("monday.decide_which_of_it_belongs_to_and_unplug", zones=listing(zones)),
            phrase("monday.it_bridges_zones"),
        )
    ]


def _exposures(of: Judged) -> list[Step]:
    return [
        Step(exposure.remedy, phrase("monday.closes", name=exposure.name))
        for exposure in of.exposures
        if exposure.remedy
    ]


def _support(of: Judged) -> list[Step]:
    if of.age.support is not Support.UNSUPPORTED:
        return []
    what = of.age.subject or phrase("monday.its_software")
    if of.device.kind in words.MAKER_FIRST:
        return [
            Step(
                phrase("monday.let_its_switch_port_pass_only_the_servers"),
                phrase("monday.gets_no_more_updates_and_only_its_maker_may", what=what),
            )
        ]
    return [
        Step(
            phrase("monday.replace_it_or_remove_it_from_the_network"),
            phrase("monday.gets_no_more_updates", what=what),
        )
    ]


def _owner(of: Judged) -> list[Step]:
    if not of.forgotten.unknown:
        return []
    return [
        Step(
            phrase("monday.find_it_and_name_an_owner"),
            phrase("monday.no_register_directory_or_lease_names_one"),
        )
    ]


def _question(of: Judged) -> list[Step]:
    return (
        [Step(of.age.settle, phrase("monday.settles_whether_it_is_still_supported"))] if of.age.settle else []
    )
