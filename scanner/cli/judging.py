"""Judge the log of an engagement, for every command that shows results; sends nothing."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.model.assessment import Assessment
    from scanner.model.observation import Observation
    from scanner.model.run import Run
    from scanner.scope.engagement import Folder

_Command = TypeVar("_Command", bound=Callable[..., object])
_LEVELS = ("critical", "high", "medium", "low", "never")


def thresholds(command: _Command) -> _Command:
    """Add `--fail-at` and `--min-coverage`."""
    fail = click.option(
        "--fail-at",
        type=click.Choice(_LEVELS),
        default="never",
        help="Exit 1 when anything is this bad or worse.",
    )
    least = click.option(
        "--min-coverage", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT",
        help="Exit 3 when fewer of the scope's zones were looked at from inside.",
    )  # fmt: skip
    return fail(least(command))


def listing(command: _Command) -> _Command:
    """Add all that a command which lists results takes: engagement, clock, `--json`, thresholds."""
    return options.engagement(options.clock(options.as_json(thresholds(command))))


def assessment(scope_path: Path | None, db: Path | None, now_text: str | None) -> "Assessment":
    """Everything that can be said about the engagement as of now."""
    from scanner.errors import StoreError
    from scanner.knowledge.base import open_base
    from scanner.pipeline import assess
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    if not folder.database.is_file():
        raise StoreError(
            f"{folder.database}: no database yet; run `stalehost scan` or `stalehost import` first"
        )
    with open_store(folder.database, folder.id) as store:
        base = open_base(engagement=folder.root)
        runs = decided(folder, store.runs())
        return assess(store.log(), runs, base, options.now(now_text), store.presence())


def decided(folder: "Folder", runs: "tuple[Run, ...]") -> "tuple[Run, ...]":
    """The runs, the last one with what people have decided since it began."""
    import msgspec

    from scanner.report import decisions

    held = decisions.read(folder.root / decisions.FILE)
    return (*runs[:-1], msgspec.structs.replace(runs[-1], decisions=held)) if runs else runs


def log(scope_path: Path | None, db: Path | None) -> "tuple[Observation, ...]":
    """Every observation of the engagement."""
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    with open_store(folder.database, folder.id) as store:
        return tuple(store.log())


def leave(found: "Assessment", fail_at: str, min_coverage: float) -> None:
    """Exit with what the thresholds ask for."""
    bands = [one.risk.band for one in found.devices] + [one.band for one in found.cohorts]
    if fail_at != "never" and any(_LEVELS.index(band) <= _LEVELS.index(fail_at) for band in bands):
        sys.exit(1)
    inside = sum(zone.scanned_from_inside for zone in found.zones)
    if 100 * inside < min_coverage * len(found.zones):
        click.echo(
            f"stalehost: only {inside} of {len(found.zones)} zones were looked at from inside", err=True
        )
        sys.exit(3)
