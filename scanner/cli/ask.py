"""Print the few questions that decide most devices."""

from pathlib import Path

import click

from scanner.cli import fit, judging, options


@click.command("ask")
@options.engagement
@options.clock
@options.as_json
@click.option(
    "--most", type=click.IntRange(1), default=12, show_default=True, help="How many questions to print."
)
def command(
    scope_path: Path | None, db: Path | None, now_text: str | None, json_lines: bool, most: int
) -> None:
    """Print the questions whose answers decide most devices, and how to record each answer. Sends nothing."""
    import msgspec

    from scanner.age import answers, questions
    from scanner.report import terminal

    found = judging.assessment(scope_path, db, now_text)
    old = answers.expired(
        [one.device for one in found.devices], answers.read(judging.log(scope_path, db), found.now), found.now
    )
    asked = questions.ask([(one.device, one.age, one.risk.score) for one in found.devices], old)
    if json_lines:
        for one in asked[:most]:
            click.echo(msgspec.json.encode({"schema": "stalehost/1", **msgspec.to_builtins(one)}))
        return
    told = questions.families([(one.device, one.age) for one in found.devices])
    fit.echo(terminal.questions(asked[:most], len(asked), told))
