"""What to fix first: causes shared by many devices and single devices, in one list by what mending them saves."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.device import DeviceId
from scanner.report import words
from scanner.report.line import listed
from scanner.report.monday import steps
from scanner.report.text import amount, capital, in_zones, percent, plural, short
from scanner.report.texts import phrase

MOST: Final = 20


class Fix(Struct, frozen=True, kw_only=True):
    """One thing to do, and what it saves."""

    what: str
    target: str
    all: tuple[DeviceId, ...]
    devices: tuple[tuple[DeviceId, str, bool], ...]
    """The first of them, with their names, and whether a link may lead there."""
    more: int
    """Devices that are not named here."""
    score: int
    band: str
    band_word: str
    value: float
    saves: str
    share: str
    cohort: bool


class Fixes(Struct, frozen=True):
    """The list, best first."""

    fixes: tuple[Fix, ...]
    left: int
    now: str
    after: str


def fixes(found: Assessment) -> Fixes:
    """List the fixes by their value; values overlap, and the template says so."""
    ordered = plan(found)
    network = found.network
    return Fixes(
        ordered[:MOST],
        max(len(ordered) - MOST, 0),
        amount(network.expected_loss),
        amount(network.after_top_fixes),
    )


def plan(found: Assessment) -> tuple[Fix, ...]:
    """Every cohort and every device whose fix saves something, best first."""
    both = [*_cohorts(found), *_single(found)]
    return tuple(sorted(both, key=lambda fix: (-fix.value, -fix.score, fix.target, fix.what)))


def _cohorts(found: Assessment) -> list[Fix]:
    names = {judged.device.id: short(judged.device.name, 40) for judged in found.devices}
    places = listed(found)
    return [
        Fix(
            what=cohort.remedy,
            target=phrase(
                "fixes.in",
                cause=cohort.cause,
                devices=plural(len(cohort.devices), "device"),
                zone=cohort.zone,
            ),
            all=cohort.devices,
            devices=tuple((one, names.get(one, one), one in places) for one in cohort.devices[:8]),
            more=max(len(cohort.devices) - 8, 0),
            score=cohort.score,
            band=cohort.band.value,
            band_word=words.BANDS[cohort.band],
            value=cohort.fix_value,
            saves=amount(cohort.fix_value),
            share=_share(cohort.fix_value, found),
            cohort=True,
        )
        for cohort in found.cohorts
    ]


def _single(found: Assessment) -> list[Fix]:
    places = listed(found)
    return [
        Fix(
            what=steps(judged)[0].do,
            target=phrase(
                "fixes.in_2",
                kind=capital(words.kind(judged.device.kind)),
                zones=in_zones(judged.device.zones) if judged.device.zones else phrase("fixes.no_known_zone"),
            ),
            all=(judged.device.id,),
            devices=((judged.device.id, short(judged.device.name, 40), judged.device.id in places),),
            more=0,
            score=judged.risk.score,
            band=judged.risk.band.value,
            band_word=words.BANDS[judged.risk.band],
            value=judged.risk.fix_value,
            saves=amount(judged.risk.fix_value),
            share=_share(judged.risk.fix_value, found),
            cohort=False,
        )
        for judged in found.devices
        if judged.risk.fix_value > 0
    ]


def _share(value: float, found: Assessment) -> str:
    loss = found.network.expected_loss
    return phrase("fixes.of_the_loss", min=percent(min(value / loss, 1.0))) if loss > 0 else words.not_known()
