"""What looking did to the network: who fared badly, what stopped, what was refused, what each address had to bear."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.kinds import Kind
from scanner.model.net import Address
from scanner.model.run import Cared, Harm, Run, Tripped
from scanner.report import words
from scanner.report.text import capital, minute, plural
from scanner.report.texts import phrase

MOST_HARM: Final = 24
"""Addresses listed with what they had to bear; `audit show` has them all."""

MOST_CARED: Final = 100
"""Devices named that were treated with more care; the JSON output has them all."""


class TripRow(Struct, frozen=True):
    """One device that could not stand being looked at."""

    device: str
    why: str
    at: str
    reach: str
    resumed: str


class StopRow(Struct, frozen=True):
    """One run that ended before its end."""

    run: str
    at: str
    why: str


class NameRow(Struct, frozen=True):
    """One excluded host name, as it stood when a run began."""

    name: str
    addresses: str


class CareRow(Struct, frozen=True):
    """Devices that were treated with more care than their network asks for, for one reason."""

    devices: str
    care: str
    why: str
    source: str
    since: str


class HarmRow(Struct, frozen=True):
    """What one address had to bear."""

    address: str
    initiations: str
    connections: str
    sent: str
    received: str
    refused: str


class Borne(Struct, frozen=True):
    """What the last scan did to the network."""

    run: str
    rows: tuple[HarmRow, ...]
    """The addresses that had to bear most."""
    more: str
    total: HarmRow
    frames: str
    head: str


class Safety(Struct, frozen=True):
    """The page about doing no harm."""

    summary: str
    trips: tuple[TripRow, ...]
    stops: tuple[StopRow, ...]
    names: tuple[NameRow, ...]
    cared: tuple[CareRow, ...]
    cared_more: str
    borne: Borne | None


def safety(found: Assessment) -> Safety:
    """List trips, stops, frozen names and what the last scan cost each address."""
    fell, careful = trips(found.runs), cared(found.runs)
    names = {name: held for run in found.runs for name, held in run.names.items()}
    return Safety(
        summary=_summary(found.runs, fell),
        trips=tuple(_trip(one) for one in fell),
        stops=tuple(
            StopRow(run.id, minute(run.ended or run.started), capital(run.stopped))
            for run in found.runs
            if run.stopped
        ),
        names=tuple(
            NameRow(name, ", ".join(held) or phrase("safety.none_that_was_known_excluded_by_what_is"))
            for name, held in sorted(names.items())
        ),
        cared=tuple(_cared(careful[:MOST_CARED])),
        cared_more=phrase("safety.more_not_listed", devices=plural(len(careful) - MOST_CARED, "device"))
        if len(careful) > MOST_CARED
        else "",
        borne=next((_borne(run) for run in reversed(found.runs) if run.head), None),
    )


def trips(runs: Iterable[Run]) -> tuple[Tripped, ...]:
    """Every trip that these runs know of, once, as the latest of them has it, oldest first."""
    known = {(one.at, one.address): one for run in runs for one in run.trips}
    return tuple(known[key] for key in sorted(known))


def cared(runs: Sequence[Run]) -> tuple[Cared, ...]:
    """Whom the last scan treated with more care than the network asks for, those of the fragile list first."""
    last = next((run for run in reversed(runs) if run.head), None)
    return tuple(sorted(last.cared, key=lambda one: not one.rows)) if last else ()


def _cared(those: Iterable[Cared]) -> Iterator[CareRow]:
    """One row for all devices of a kind that were cared for in the same way and for the same reason."""
    same: dict[tuple[Kind, tuple[str, str, str, str]], list[str]] = {}
    for one in those:
        same.setdefault((one.kind, _care(one)), []).append(str(one.address))
    for (kind, care), addresses in same.items():
        yield CareRow(f"{', '.join(addresses)} ({words.kind(kind, len(addresses))})", *care)


def _care(one: Cared) -> tuple[str, str, str, str]:
    """How, why, by whose word and since when."""
    return (
        phrase("safety.as_in_a_network_that_is", profile=one.profile, network=one.network),
        capital("; ".join(one.why)) if one.rows else phrase("safety.this_kind_of_device_needs_that"),
        "; ".join(one.source) or phrase("safety.kinds_that_are_left_alone_once_they_are"),
        phrase("safety.known_before_the_run") if one.before else phrase("safety.showed_itself_in_the_run"),
    )


def _summary(runs: Sequence[Run], fell: Sequence[Tripped]) -> str:
    begun = sum(one.initiations for run in runs for one in run.harm)
    refused = sum(one.refused for run in runs for one in run.harm)
    ended = sum(run.stopped is not None for run in runs)
    badly = (
        phrase("safety.fared_badly", devices=plural(len(fell), "device"))
        if fell
        else phrase("safety.no_device_fared_badly")
    )
    early = (
        phrase("safety.ended_early", runs=plural(ended, "run"))
        if ended
        else phrase("safety.no_run_ended_early")
    )
    return phrase(
        "safety.connections_were_begun_our_own_gate_refused",
        badly=badly,
        early=early,
        begun=begun,
        refused=phrase("safety.more_were_refused", refused=f"{refused:,}")
        if refused
        else phrase("safety.none_was_refused"),
    )


def _trip(one: Tripped) -> TripRow:
    state = (
        phrase("safety.by", resumed=minute(one.resumed), resumed_by=one.resumed_by, reason=one.reason)
        if one.resumed
        else phrase("safety.not_yet_a_named_person_must_say_so")
    )
    reach = {
        "host": phrase("safety.it_alone"),
        "kind": phrase("safety.every", kind=words.kind(one.kind)),
        "segment": phrase("safety.every_device_of", network=one.network),
        "scan": phrase("safety.the_whole_scan"),
    }
    return TripRow(
        f"{one.address} ({words.kind(one.kind)}, {one.profile})",
        capital(one.why),
        minute(one.at),
        reach.get(one.level, one.level),
        state,
    )


def _borne(run: Run) -> Borne:
    most = sorted(run.harm, key=lambda one: (-one.initiations, -one.sent, one.address))
    left = len(most) - MOST_HARM
    return Borne(
        run=run.id,
        rows=tuple(_harm(one, one.address) for one in most[:MOST_HARM]),
        more=phrase("safety.with_fewer_not_listed", addresses=plural(left, "address")) if left > 0 else "",
        total=_harm(_sum(run.harm), phrase("safety.all_together")),
        frames=f"{run.frames:,}",
        head=run.head or "",
    )


def _sum(harm: Sequence[Harm]) -> Harm:
    counts = ("initiations", "connections", "sent", "received", "refused")
    return Harm(address=Address(""), **{name: sum(getattr(one, name) for one in harm) for name in counts})


def _harm(one: Harm, name: str) -> HarmRow:
    return HarmRow(
        name,
        f"{one.initiations:,}",
        f"{one.connections:,}",
        f"{one.sent:,}",
        f"{one.received:,}",
        f"{one.refused:,}",
    )
