"""What was looked at and what was not: zones, exchanges by how they ended, and the limits in words."""

from collections import Counter

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.kinds import Outcome
from scanner.report import recall, words
from scanner.report.text import capital, plural


class Ending(Struct, frozen=True):
    """How many exchanges ended in one way."""

    probe: str
    outcome: str
    means: str
    count: int


class ZoneCover(Struct, frozen=True):
    """How one zone was looked at."""

    name: str
    inside: bool
    answered: int
    devices: int
    notes: tuple[str, ...]
    recall: str
    """How much of it was found, in words."""
    doubts: tuple[str, ...]
    advice: tuple[str, ...]


class Coverage(Struct, frozen=True):
    """The coverage page."""

    zones: tuple[ZoneCover, ...]
    outside: tuple[str, ...]
    """Zones that were not scanned from inside."""
    exchanges: tuple[Ending, ...]
    total: int
    refused: int
    silent: int
    passive: int
    """Devices known from imports or listening only."""
    limits: tuple[str, ...]
    notes: tuple[str, ...]
    summary: str


def coverage(found: Assessment) -> Coverage:
    """Say what was looked at and what was not."""
    zones = tuple(
        ZoneCover(
            zone.name,
            zone.scanned_from_inside,
            zone.addresses_answered,
            zone.devices,
            zone.notes,
            recall.words(zone.recall),
            zone.recall.doubts if zone.recall else (),
            zone.recall.advice if zone.recall else (),
        )
        for zone in found.zones
    )
    by_outcome = Counter[str]()
    for exchange in found.exchanges:
        by_outcome[exchange.outcome] += exchange.count
    total = by_outcome.total()
    inside = sum(zone.inside for zone in zones)
    return Coverage(
        zones=zones,
        outside=tuple(zone.name for zone in zones if not zone.inside),
        exchanges=tuple(
            Ending(one.probe, one.outcome, _means(one.outcome), one.count)
            for one in sorted(found.exchanges, key=lambda one: (one.probe, -one.count, one.outcome))
        ),
        total=total,
        refused=by_outcome[Outcome.REFUSED.value],
        silent=sum(not judged.device.live for judged in found.devices),
        passive=sum(not any(leg.live for leg in judged.device.legs) for judged in found.devices),
        limits=tuple(capital(limit) for limit in found.limits),
        notes=tuple(f"{run.id}: {note}" for run in found.runs for note in run.notes),
        summary=f"{inside} of {plural(len(zones), 'zone')} scanned from inside; {plural(total, 'exchange')} in all",
    )


def _means(outcome: str) -> str:
    return next((text for code, text in words.OUTCOMES.items() if code == outcome), outcome)
