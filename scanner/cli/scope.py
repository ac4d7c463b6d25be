"""Look at the scope file, sign it and renew it."""

from datetime import datetime
from pathlib import Path

import click

from scanner.cli import options


@click.group("scope")
def command() -> None:
    """Check, sign and renew what the scope file allows."""


@command.command()
@options.engagement
@options.clock
def check(scope_path: Path | None, db: Path | None, now_text: str | None) -> None:
    """Read the scope file and say in words what may be touched, how carefully and until when."""
    from scanner.scope import authority, describe

    folder, now = options.folder(scope_path, db), options.now(now_text)
    *told, verdict = describe.lines(folder.scope, now)
    for line in (*told, authority.words(folder.scope, now)):
        click.echo(line)
    for network in authority.unsigned(folder.scope, now):
        click.echo(f"NOTHING WILL BE SENT to {network.cidr} ({network.zone}): two people must sign first")
    if soon := describe.expiring(folder.scope, now):
        click.echo(soon)
    click.echo(verdict)


@command.command()
@options.engagement
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    required=True,
    help="Your OpenSSH ed25519 private key; or its .pub file, when your agent holds the key.",
)
def sign(scope_path: Path | None, db: Path | None, key: Path) -> None:
    """Add your signature to the scope file as it stands: clinical and ot networks need two people's."""
    from scanner.scope import describe, signing

    folder = options.folder(scope_path, db)
    for line in describe.lines(folder.scope, options.now()):
        click.echo(line, err=True)
    where = signing.sign(folder.scope_path, key)
    click.echo(f"signed with {key}: {where}; next: stalehost scope verify", err=True)


@command.command()
@options.engagement
@options.clock
def verify(scope_path: Path | None, db: Path | None, now_text: str | None) -> None:
    """Say who signed the scope file, whether their keys count now, and for what that is enough."""
    from scanner.scope import authority

    folder = options.folder(scope_path, db)
    for line in authority.lines(folder.scope, options.now(now_text)):
        click.echo(line)


@command.command()
@options.engagement
@options.clock
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Its new last day.")
def renew(scope_path: Path | None, db: Path | None, now_text: str | None, until: datetime) -> None:
    """Write the scope file anew with new dates; the old one is kept, and everyone signs again."""
    from scanner.scope.renewal import renew as rewrite

    folder = options.folder(scope_path, db)
    kept = rewrite(folder.scope_path, until.date(), options.now(now_text).date())
    click.echo(f"renewed until {until:%Y-%m-%d}; the old one is {kept}; next: stalehost scope sign", err=True)
