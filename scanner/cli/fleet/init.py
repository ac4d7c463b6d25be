"""Found a fleet: its authority, its tables, and what the database server needs."""

from pathlib import Path

import click

from scanner.cli import options


@click.command("init")
@click.option(
    "--database",
    "url",
    metavar="URL",
    required=True,
    help="postgresql://USER@HOST/DATABASE, as a superuser of that server (password: ~/.pgpass).",
)
@click.option("--host", required=True, help="Name or address by which sensors reach the database server.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port (default: the one in use here).")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="here",
    help="Where the fleet is kept: best the engagement folder of the centre.",
)
@click.option(
    "--new-authority",
    is_flag=True,
    help="The database is a fleet's whose authority is lost: make another; every sensor is invited anew.",
)
def command(url: str, host: str, port: int | None, folder: Path, new_authority: bool) -> None:
    """Found a fleet, or bring one up to date. The second time nothing is founded anew and nothing is lost."""
    from scanner.fleet import home as homes
    from scanner.fleet import install
    from scanner.fleet.link import connect

    folder.mkdir(parents=True, exist_ok=True)
    with connect(homes.plain(url)) as link:
        place = homes.prepared(link, folder, anew=new_authority)
        home = homes.Home(
            root=folder / homes.FOLDER,
            database=url,
            host=host,
            port=port or link.info.port,
            name=link.info.dbname,
            engagement=homes.engagement(folder),
        )
        founded = homes.found(home, options.now())
        install.install(link)
    told = "founded now" if founded else "as it was"
    click.echo(f"{home.root}: the fleet, its authority {told}; keep a copy of it in a safe place", err=True)
    click.echo(
        f"{home.server}: for the database server; the first time, and when a file there changes:", err=True
    )
    click.echo(f"  1. copy stalehost* from there into {place}, owned by the server's user", err=True)
    click.echo(
        "  2. put its postgresql.conf at the end of the server's, its pg_hba.conf at the top of the server's",
        err=True,
    )
    click.echo("  3. restart the server", err=True)
    click.echo("next: stalehost fleet site NAME --scope FILE", err=True)
