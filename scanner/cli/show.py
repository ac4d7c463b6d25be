"""Tell all about one device."""

from pathlib import Path

import click

from scanner.cli import fit, judging, options


@click.command("show")
@click.argument("device")
@options.engagement
@options.clock
@options.as_json
def command(
    device: str, scope_path: Path | None, db: Path | None, now_text: str | None, json_lines: bool
) -> None:
    """Tell all about DEVICE (an id, address, MAC or name): what, where, how old, why dangerous, what to do."""
    import msgspec

    from scanner.report import issue, jsonout, terminal
    from scanner.report.pick import pick

    found = judging.assessment(scope_path, db, now_text)
    chosen = pick(found, device)
    if json_lines:
        click.echo(msgspec.json.encode(jsonout.device(chosen), order="deterministic"))
    else:
        fit.echo(terminal.sheet(found, chosen))
        if issue.unrecognised(chosen):
            click.echo(
                "\nNOT RECOGNISED  if you know what it is, tell the project; nothing is sent by itself\n"
            )
            click.echo(issue.of_device(found, chosen))
