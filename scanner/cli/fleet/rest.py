"""Say how long the fleet rests after a restore; and end that sooner, by the word of somebody who knows better."""

from typing import TYPE_CHECKING

import click

from scanner.cli import fit, options
from scanner.cli.fleet import opening

if TYPE_CHECKING:
    from scanner.fleet.lifting import Rested


@click.command("rest")
@click.option("--end", "ends", is_flag=True, help="End it now.")
@click.option("--by", metavar="NAME", help="Who answers for it.")
@click.option(
    "--reason", metavar="TEXT", help="How it is known that nothing was sent since the backup: kept on record."
)
@opening.centre
def command(by: str | None, reason: str | None, *, ends: bool) -> None:
    """Show the day of rest after a restore; with `--end` it is over, and sensors send again.

    A restored database does not know what was spent on devices after its backup, so nothing is sent for a day. End it
    only where no sensor has sent anything since: a planned move, a standby that had everything. The audit in the
    centre's folder keeps who said so, and the health page shows it.
    """
    from scanner.fleet import lifting
    from scanner.fleet.trouble import lasting

    if len({ends, bool(by), bool(reason)}) > 1:
        raise click.UsageError(
            "want --end, --by NAME and --reason TEXT together; or nothing, to see how it stands"
        )
    if by and reason:
        with opening.opened() as link, opening.audit(options.now) as audit, link.transaction():
            one = lifting.end_rest(link, by, reason)
            audit.write("fleet.rest", left_s=round(one.left), by=by, reason=reason)
        fit.echo([told(one)])
        return
    with opening.opened() as link:
        left, past = lifting.resting(link), lifting.rests(link)
    click.echo(f"RESTS for {lasting(left)} more: nothing is sent" if left else "the fleet does not rest")
    if past:
        fit.echo(map(told, past))


def told(one: "Rested") -> str:
    """One line about a rest that somebody ended."""
    from scanner.fleet.trouble import lasting
    from scanner.report.text import minute, visible
    from scanner.report.texts import phrase

    return visible(
        phrase("fleet_lifting.ended", at=minute(one.at), left=lasting(one.left), by=one.by, reason=one.reason)
    )
