"""Look at the knowledge bases: how old each source is, whether each is whole, what changed."""

from pathlib import Path

import click

from scanner.cli import options


@click.command("status")
@options.as_json
@options.clock
def status(json_lines: bool, now_text: str | None) -> None:
    """Print the base in use, and each source with its day, its age and the age that it may have."""
    import msgspec

    from scanner.knowledge import installed
    from scanner.knowledge.base import open_base
    from scanner.knowledge.updater import ages

    now = options.now(now_text)
    base, chosen = open_base(), installed.current()
    rows = ages.rows(base.sources(), chosen, now.date())
    if json_lines:
        for row in rows:
            click.echo(msgspec.json.encode({"schema": "stalehost/1", **msgspec.to_builtins(row)}))
        return
    name = chosen.manifest.id if chosen else installed.SHIPPED
    click.echo(f"knowledge {name}, version {base.version}")
    for line in ages.lines(rows):
        click.echo(line)
    for notice in ages.notices(chosen):
        click.echo(notice)
    for fault in ages.broken(installed.home()):
        click.echo(f"stalehost: {fault}; the one before it is in use", err=True)
    if late := [row.table for row in rows if row.old]:
        click.echo(
            f"stalehost: older than it should be: {', '.join(late)}; see `stalehost kb update`", err=True
        )


@click.command("verify")
@click.argument("place", type=click.Path(path_type=Path), required=False)
@click.option("--expect", metavar="SHA256", default="", help="Hash of the list, as `kb fetch` printed it.")
def verify(place: Path | None, expect: str) -> None:
    """Hold every file of the base in use against its hash; with PLACE a folder or bundle of feeds instead."""
    from scanner.knowledge import installed
    from scanner.knowledge.updater import check

    if place is not None:
        count, digest = check.feeds(place, expect)
        click.echo(f"{place}: {count} files as the list says; SHA-256 of the list: {digest}")
        return
    base = installed.current()
    click.echo(
        f"{check.base(base)} files of knowledge {base.manifest.id if base else installed.SHIPPED} are whole"
    )


@click.command("diff")
@click.argument("before", required=False)
@click.argument("after", required=False)
@click.option("--limit", "most", default=20, show_default=True, help="Rows shown for each table.")
@options.as_json
def diff(before: str | None, after: str | None, most: int, json_lines: bool) -> None:
    """Say what changed between two bases (ids, or `shipped`): by default the one before and the one in use."""
    from collections import Counter

    import msgspec

    from scanner.knowledge.updater import check
    from scanner.knowledge.updater import diff as differ

    shown: Counter[str] = Counter()
    for change in differ.changes(*check.pair(before, after)):
        shown[change.table] += 1
        if json_lines:
            click.echo(msgspec.json.encode({"schema": "stalehost/1", **msgspec.to_builtins(change)}))
        elif shown[change.table] <= most:
            sign = "+" if change.before is None else "-" if change.after is None else "~"
            said = f"{change.before} -> {change.after}" if sign == "~" else change.after or change.before
            click.echo(f"{sign} {change.table} {change.key}: {said}")
    if not json_lines:
        for table, count in shown.items():
            click.echo(f"{table}: {count:,} rows differ")
        click.echo("nothing differs" if not shown else f"{shown.total():,} rows differ")
