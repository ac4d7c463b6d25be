"""Record what a person knows and no scan can see."""

from pathlib import Path

import click

from scanner.cli import judging, options


@click.command("assert")
@click.option(
    "--match",
    "match",
    multiple=True,
    metavar="WORD=VALUE",
    help="Which devices: build, product, version, vendor, kind, zone, device; all must hold; * and ? stand for anything.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="WORD=VALUE",
    help="What holds for them: support (standard, esu, ltsc, lts...), until (a day), edition, product, version, owner, patched,"
    " same (yes or no: whether the devices named are one).",
)
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@click.option("--until", metavar="DATE", help="Last day on which the answer counts.")
@click.option(
    "--evidence",
    "proof",
    default="",
    metavar="TEXT",
    help="What it rests on: a contract, an invoice, a label.",
)
@options.engagement
@options.clock
def command(
    match: tuple[str, ...],
    sets: tuple[str, ...],
    by: str,
    until: str | None,
    proof: str,
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
) -> None:
    """Add a person's answer to the log, with who, until when and on what evidence. Sends nothing."""
    from scanner.age import answers
    from scanner.store.store import open_store

    folder, now = options.folder(scope_path, db), options.now(now_text)
    said = answers.observation(by, match, sets, until, proof, now)
    about = [
        one.device.name
        for one in judging.assessment(scope_path, db, now_text).devices
        for answer in answers.read([said], now)
        if answer.about(one.device)
    ]
    with open_store(folder.database, folder.id) as store:
        store.append([said])
    told = (
        f"; it is about {len(about)} devices now: {', '.join(about[:6])}"
        if said.field == answers.FIELD
        else ""
    )
    click.echo(f"kept{told}", err=True)
