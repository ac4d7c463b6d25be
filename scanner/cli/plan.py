"""Say what to fix first, or what one change would save."""

from pathlib import Path

import click

from scanner.cli import fit, judging, options


@click.command("plan")
@click.option("--budget", type=float, metavar="N", help="Spend at most N; 1 is one simple rule or setting.")
@click.option(
    "--what-if", "what_ifs", multiple=True, metavar="TEXT",
    help="Answer this instead: 'isolate DEVICE', 'patch DEVICE', 'remove DEVICE', 'unplug DEVICE from ZONE', "
    "'deny ZONE -> ZONE tcp/445'. May be repeated: each, then all together.",
)  # fmt: skip
@options.engagement
@options.clock
@options.as_json
def command(
    budget: float | None,
    what_ifs: tuple[str, ...],
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
    json_lines: bool,
) -> None:
    """Say what to fix first, simulated together, with what each step saves and costs. Sends nothing."""
    from scanner.report import jsonout, planned
    from scanner.report.pick import pick
    from scanner.risk.plan import planner, whatif

    asked = [whatif.read(one) for one in what_ifs]
    limit = planner.checked(budget)
    found, on = judging.rehearsal(scope_path, db, now_text)
    expected = found.network.expected_loss
    if asked:
        meant = [(one, pick(found, one.device).device.id if one.device else None) for one in asked]
        made, answers = None, whatif.answer(on, expected, meant)
    else:
        steps = planner.STEPS if limit is None else planner.MOST
        made, answers = planner.plan(on, expected, budget=limit, steps=steps), ()
    if json_lines:
        click.echo(jsonout.plan_line(made, answers))
    else:
        fit.echo(planned.plan(made) if made else planned.answers(answers))
