"""What was looked at and what was not: zones, exchanges by how they ended, and the limits in words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from scanner.model.assessment import Assessment, Exchange
from scanner.model.kinds import Outcome
from scanner.report import recall, words
from scanner.report.text import capital, plural
from scanner.report.texts import phrase


class Ending(Struct, frozen=True):
    """How many exchanges ended in one way."""

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
    exchanges: tuple[tuple[str, int, tuple[Ending, ...]], ...]
    """Protocol, how often it was spoken, how that ended, the most frequent first."""
    total: int
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
    refused = _refused(found, by_outcome[Outcome.REFUSED.value])
    silent = sum(not judged.device.live for judged in found.devices)
    passive = sum(not any(leg.live for leg in one.device.legs) for one in found.devices)
    return Coverage(
        zones=zones,
        outside=tuple(zone.name for zone in zones if not zone.inside),
        exchanges=tuple(_spoken(found)),
        total=total,
        limits=tuple(capital(limit) for limit in found.limits),
        notes=tuple(f"{run.id}: {note}" for run in found.runs for note in run.notes),
        summary=" ".join(_summary(zones, total, len(found.devices), silent, passive, refused)),
    )


def _summary(
    zones: Sequence[ZoneCover], total: int, known: int, silent: int, passive: int, refused: int
) -> Iterator[str]:
    yield phrase(
        "coverage.of_scanned_from_inside_in_all",
        inside=sum(zone.inside for zone in zones),
        zones=plural(len(zones), "zone"),
        exchanges=plural(total, "exchange"),
    )
    if silent:
        yield phrase("coverage.stayed_silent", count=silent)
    elif known:
        yield phrase("coverage.all_answered")
    if passive:
        yield phrase("coverage.known_from_others_only", count=passive)
    if refused:
        yield phrase("coverage.refused_by_our_own_gate", count=refused)


def _spoken(found: Assessment) -> Iterator[tuple[str, int, tuple[Ending, ...]]]:
    by_probe: dict[str, list[Exchange]] = defaultdict(list)
    for one in found.exchanges:
        by_probe[one.probe].append(one)
    for probe, those in sorted(by_probe.items()):
        ordered = sorted(those, key=lambda one: (-one.count, one.outcome))
        endings = tuple(Ending(_means(one.outcome), one.count) for one in ordered)
        yield probe, sum(one.count for one in those), endings


def _refused(found: Assessment, exchanges: int) -> int:
    """What our own gate refused: as the audit counts it, which knows more than the exchanges do."""
    return max(exchanges, sum(one.refused for run in found.runs for one in run.harm))


def _means(outcome: str) -> str:
    return next((text for code, text in words.OUTCOMES.items() if code == outcome), outcome)
