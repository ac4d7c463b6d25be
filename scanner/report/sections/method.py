"""How the numbers were made, from which data of which age, with which settings."""

from msgspec import Struct

from scanner.model import freshness
from scanner.model.assessment import Assessment
from scanner.model.freshness import Limit
from scanner.model.run import Run
from scanner.report import words
from scanner.report.text import age, day, minute
from scanner.report.texts import phrase


class Data(Struct, frozen=True):
    """One data source."""

    name: str
    rows: str
    dated: str
    age: str
    may: str
    """The age up to which verdicts that lean on it keep their grade, and why."""
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


class Method(Struct, frozen=True):
    """The method page."""

    data: tuple[Data, ...]
    runs: tuple[RunRow, ...]
    versions: tuple[tuple[str, str], ...]
    authority: str
    judged: str
    risk_grades: tuple[tuple[str, str], ...]
    evidence_grades: tuple[tuple[str, str], ...]


def method(found: Assessment) -> Method:
    """List data sources, runs, versions and grades."""
    today = found.now.date()
    return Method(
        data=tuple(
            Data(
                words.source(one.name),
                f"{one.rows:,}",
                day(one.dated),
                age(one.dated, today),
                may(freshness.limit(one.name)),
                freshness.over(one, today),
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
    )


def may(limit: Limit | None) -> str:
    """How old a table may be, for people."""
    return (
        phrase("method.days", days=limit.days, why=limit.why) if limit else phrase("method.does_not_grow_old")
    )


def _run(run: Run) -> RunRow:
    return RunRow(
        run.id,
        run.command,
        minute(run.started),
        minute(run.ended) if run.ended else phrase("method.did_not_end_in_order"),
        run.seed,
        tuple((name, f"{value:g}") for name, value in sorted(run.parameters.items())),
        tuple(sorted(run.versions.items())),
    )
