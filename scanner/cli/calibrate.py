"""Learn from later truth how likely exposures were, and say how good the odds had been."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import judging, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.model.assessment import Assessment
    from scanner.risk.calibrate import Case, Told
    from scanner.risk.score import Stage


@click.command("calibrate")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@options.engagement
@options.clock
def command(file: Path | None, scope_path: Path | None, db: Path | None, now_text: str | None) -> None:
    """Learn from FILE, a CSV of later truth: device,exposure,present (yes or no), from a patch tool or a second look.

    What was learnt is kept in calibration.toml beside the scope file and used by the runs that follow; each truth is
    appended to calibration.log.jsonl and counts once. Without FILE, show what was learnt so far. Sends nothing.
    """
    from scanner.errors import DataError
    from scanner.report.save import save
    from scanner.risk import calibrate

    root = options.folder(scope_path, db).root
    kept = root / calibrate.FILE
    version, before = calibrate.load(kept.read_text("utf-8"), str(kept)) if kept.is_file() else (0, ())
    if file is not None:
        try:
            told = calibrate.read(file.read_text("utf-8"), str(file))
        except UnicodeDecodeError as error:
            raise DataError(f"{file}: not text in UTF-8") from error
        found, on = judging.rehearsal(scope_path, db, now_text)
        cases = _cases(told, found, on, root / calibrate.LOG, options.now(now_text).isoformat())
        said = calibrate.scores(cases)
        before = calibrate.learn(cases, before)
        save(kept, calibrate.written(before, version + 1))
        click.echo(f"{len(cases)} truths: Brier score {said.brier:.3f}, log score {said.log:.3f}")
        click.echo("predicted     cases  mean  there")
        for one in said.table:
            click.echo(
                f"{one.low:.1f} .. {one.high:.1f}  {one.cases:7}  {one.predicted:.2f}  {one.found:.2f}"
            )
    for row in before:
        click.echo(
            f"{row.exposure} {row.grade}: {row.prior:.2f} -> {row.mean:.2f} ({row.found} of {row.cases})"
        )


def _cases(
    told: "Sequence[Told]", found: "Assessment", on: "Stage", log: Path, now: str
) -> "tuple[Case, ...]":
    """The truths that are new and about something predicted; each is appended to the log."""
    import msgspec

    from scanner.report.pick import pick
    from scanner.risk.calibrate import Case, plain

    known = (
        {msgspec.json.decode(line)["key"] for line in log.read_text("utf-8").splitlines()}
        if log.is_file()
        else set()
    )
    by_device = {actor.device.id: actor for actor in on.cast}
    cases, lines = [], []
    for one in told:
        actor = by_device[pick(found, one.device).device.id]
        finding = next((weak.finding for weak in actor.weaknesses if weak.fact.id == one.exposure), None)
        key = f"{actor.device.id} {one.exposure}"
        if finding is None or key in known:
            why = "counted before" if key in known else f"{one.exposure} was not predicted there"
            click.echo(f"line {one.line}: {one.device}: {why}", err=True)
            continue
        known.add(key)
        predicted = plain(finding.present, one.exposure, finding.grade, on.values)
        cases.append(
            Case(exposure=one.exposure, grade=finding.grade, predicted=predicted, present=one.present)
        )
        row = {"at": now, "key": key, "grade": finding.grade, "predicted": predicted, "present": one.present}
        lines.append(msgspec.json.encode(row).decode() + "\n")
    with log.open("a", encoding="utf-8") as file:
        file.writelines(lines)
    return tuple(cases)
