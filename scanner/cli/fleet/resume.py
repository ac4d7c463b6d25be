"""Let a site go on whose breaker tripped, by the word of somebody at the centre; or list what stands still."""

from typing import TYPE_CHECKING

import click

from scanner.cli import fit, options
from scanner.cli.fleet import opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.fleet.lifting import Trip


@click.command("resume")
@click.argument("site", metavar="[SITE]", required=False)
@click.option("--device", "address", metavar="ADDRESS", help="Only what this device stopped.")
@click.option("--by", metavar="NAME", help="Who answers for going on.")
@click.option(
    "--reason", metavar="TEXT", help="What was found at the device, and why it is safe: kept on record."
)
@opening.centre
def command(site: str | None, address: str | None, by: str | None, reason: str | None) -> None:
    """Let the sensors of a site go on after a breaker tripped there. Without SITE: what stands still, and what did.

    Usually `stalehost resume` is said at the site, where somebody has looked at the device. This is for a sensor that
    will never say so: lost, stolen, or retired. A sensor whose own breaker tripped still waits for `stalehost resume`.
    The audit in the centre's folder keeps who said so, and the health page shows it.
    """
    from scanner.fleet import lifting
    from scanner.report.text import listing

    if site is None:
        if address or by or reason:
            raise click.UsageError("want SITE, --by NAME and --reason TEXT; or nothing, for a list")
        with opening.opened() as link:
            standing, past = lifting.tripped(link), lifting.resumed(link)
        _show((*standing, *past))
        if not standing:
            click.echo("no breaker has tripped", err=True)
        return
    if not by or not reason:
        raise click.UsageError("want SITE, --by NAME and --reason TEXT: both are kept on record")
    with opening.opened() as link, opening.audit(options.now) as audit, link.transaction():
        gone = lifting.go_on(link, site, by, reason, address)
        for one in gone:
            audit.write(
                "fleet.resume", site=site, to=one.address, sensor=one.sensor, level=one.level, why=one.why, by=by, reason=reason
            )  # fmt: skip
    _show(gone)
    held = listing(sorted({one.sensor for one in gone}))
    click.echo(f"{len(gone)} resumed; the sensors at {site} hear of it within a second", err=True)
    click.echo(f"still stopped by their own breaker until `stalehost resume` there: {held}", err=True)


def _show(trips: "Iterable[Trip]") -> None:
    """What a sensor tells of a device may be anything: it cannot act on the terminal."""
    from scanner.report.text import visible

    if lines := [visible(told(one)) for one in trips]:
        fit.echo(lines)


def told(one: "Trip") -> str:
    """One line about a trip that stands or stood."""
    since = f"{one.at:%Y-%m-%d %H:%M:%S %Z}"
    what = f"{one.address} ({one.kind}, {one.cidr}), by {one.sensor}: {one.why}; it stopped the {one.level}"
    if one.resumed is None:
        return f"STOPPED at {one.site} since {since}: {what}"
    return (
        f"{one.site}: from {since} to {one.resumed:%Y-%m-%d %H:%M:%S %Z}: {what}; "
        f"let go on by {one.by}: {one.reason}"
    )
