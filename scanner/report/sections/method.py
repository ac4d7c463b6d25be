"""How the numbers were made, from which data of which age, with which settings."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.net import Address
from scanner.model.run import Harm, Run
from scanner.report import words
from scanner.report.sections.headline import OLD_DATA
from scanner.report.text import age, capital, day, minute, plural

MOST_HARM: Final = 100
"""Addresses listed with what they had to bear; `audit show` has them all."""


class Data(Struct, frozen=True):
    """One data source."""

    name: str
    rows: str
    dated: str
    age: str
    old: bool
    source: str
    licence: str


class RunRow(Struct, frozen=True):
    """One run that this report judges."""

    id: str
    command: str
    started: str
    ended: str
    seed: int
    parameters: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]


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


class Method(Struct, frozen=True):
    """The method page."""

    data: tuple[Data, ...]
    runs: tuple[RunRow, ...]
    versions: tuple[tuple[str, str], ...]
    authority: str
    judged: str
    risk_grades: tuple[tuple[str, str], ...]
    evidence_grades: tuple[tuple[str, str], ...]
    borne: Borne | None


def method(found: Assessment) -> Method:
    """List data sources, runs, versions and grades."""
    today = found.now.date()
    return Method(
        data=tuple(
            Data(
                capital(one.name.replace("_", " ")),
                f"{one.rows:,}",
                day(one.dated),
                age(one.dated, today),
                today - one.dated > OLD_DATA,
                one.source,
                one.licence,
            )
            for one in found.sources
        ),
        runs=tuple(_run(run) for run in found.runs),
        versions=tuple(sorted(found.versions.items())),
        authority=found.authority,
        judged=minute(found.now),
        risk_grades=tuple(words.RISK_GRADES.items()),
        evidence_grades=tuple(words.EVIDENCE_GRADES.items()),
        borne=next((_borne(run) for run in reversed(found.runs) if run.head), None),
    )


def _borne(run: Run) -> Borne:
    most = sorted(run.harm, key=lambda one: (-one.initiations, -one.sent, one.address))
    left = len(most) - MOST_HARM
    return Borne(
        run=run.id,
        rows=tuple(_harm(one, one.address) for one in most[:MOST_HARM]),
        more=f"{plural(left, 'address', 'addresses')} with fewer not listed" if left > 0 else "",
        total=_harm(_sum(run.harm), "all together"),
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


def _run(run: Run) -> RunRow:
    return RunRow(
        run.id,
        run.command,
        minute(run.started),
        minute(run.ended) if run.ended else "did not end in order",
        run.seed,
        tuple((name, f"{value:g}") for name, value in sorted(run.parameters.items())),
        tuple(sorted(run.versions.items())),
    )
