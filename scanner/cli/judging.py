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
    from scanner.model.since import Since, State
    from scanner.risk.score import Stage

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


def assessment(
    scope_path: Path | None, db: Path | None, now_text: str | None, *, since: bool = False, steps: int = 0
) -> "Assessment":
    """Everything that can be said about the engagement as of now.

    With `since` also what changed since the last look, with `steps` a plan of so many.
    """
    from scanner.errors import StoreError
    from scanner.knowledge.base import open_base
    from scanner.pipeline import assess
    from scanner.since import compared
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    if not folder.begun:
        raise StoreError(
            f"{folder.database}: no database yet; run `stalehost scan` or `stalehost import` first"
        )
    with open_store(folder.database, folder.id) as store:
        base = open_base(engagement=folder.root)
        runs, log, kept = (
            decided(folder.root, store.runs(everywhere=True)),
            tuple(store.log(everywhere=True)),
            tuple(store.presence(everywhere=True)),
        )
    found = assess(log, runs, base, options.now(now_text), kept, steps=steps)
    return compared(found, log, kept, base) if since else found


def of_site(found: "Assessment", site: str | None) -> "Assessment":
    """The assessment with the devices of one site only; raise DataError for a site that none is from."""
    import msgspec

    from scanner.errors import DataError

    if site is None:
        return found
    held = tuple(one for one in found.devices if one.device.site == site)
    if not held:
        known = sorted({one.device.site for one in found.devices if one.device.site})
        raise DataError(f"no device is from a site {site!r}; sites taken in: {', '.join(known) or 'none'}")
    return msgspec.structs.replace(found, devices=held)


def decided(root: Path, runs: "tuple[Run, ...]") -> "tuple[Run, ...]":
    """The runs, the last one with what people have decided since it began, in the engagement folder `root`."""
    import msgspec

    from scanner.report import decisions

    held = decisions.read(root / decisions.FILE)
    # those of other sites first: what is decided is decided here
    ordered = sorted(runs, key=lambda run: run.site is None)
    return (*ordered[:-1], msgspec.structs.replace(ordered[-1], decisions=held)) if ordered else ()


def since(scope_path: Path | None, db: Path | None, names: tuple[str, ...] = ()) -> "tuple[Since, str]":
    """What changed between two runs (the last two when none is named), and the engagement's name.

    Raise DataError when there are not two runs yet.
    """
    from scanner.errors import DataError
    from scanner.knowledge.base import open_base
    from scanner.since import Evidence, between, chosen, knowledge_of
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    with open_store(folder.database, folder.id) as store:
        told = Evidence(
            tuple(store.log(everywhere=True)),
            tuple(store.presence(everywhere=True)),
            store.runs(everywhere=True),
        )
    pair = chosen(told.runs, names)
    if pair is None:
        raise DataError("there are not two runs to compare yet; scan once more")
    base = open_base(engagement=folder.root)
    if pair[1] == told.runs[-1] or pair[1] == max(told.runs, key=lambda run: run.ended or run.started):
        # what people decided since then counts now, as in every other command
        told = Evidence(told.log, told.kept, decided(folder.root, told.runs))
    then = knowledge_of(pair[0], base)
    return between(told, *pair, base, then), folder.scope.engagement.name


def states(text: str) -> "tuple[State, ...]":
    """Read `new,worse`; raise click.BadParameter naming the nearest state."""
    import difflib

    from scanner.model.since import State

    known = [state.value for state in State]
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1, 0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.BadParameter(f"{word!r} is not one of {', '.join(known)}{hint}")
    return tuple(State(word) for word in words)


def rehearsal(scope_path: Path | None, db: Path | None, now_text: str | None) -> "tuple[Assessment, Stage]":
    """The assessment as of now, and its network ready to be simulated again."""
    from scanner.knowledge.base import open_base
    from scanner.pipeline import rehearsal as laid_out

    found = assessment(scope_path, db, now_text)
    base = open_base(engagement=options.folder(scope_path, db).root)
    return found, laid_out(found, log(scope_path, db), base)


def log(scope_path: Path | None, db: Path | None) -> "tuple[Observation, ...]":
    """Every observation of the engagement."""
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    with open_store(folder.database, folder.id) as store:
        return tuple(store.log(everywhere=True))


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
