"""Write the report."""

from pathlib import Path

import click

from scanner.cli import judging, options

NETBOX = ("netbox-devices", "netbox-interfaces", "netbox-ip-addresses")


@click.command("report")
@options.engagement
@options.clock
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write (default: stdout).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "json", "csv", "tickets", "netbox", *NETBOX]),
    default="html",
    show_default=True,
    help="netbox is JSON; the others of that name are the CSV files that NetBox imports.",
)
@click.option("--static", is_flag=True, help="HTML without any script, for mail gateways.")
@click.option(
    "--redact",
    type=click.Choice(["full", "internal", "external"]),
    default="full",
    show_default=True,
    help="Mask hosts and names (internal), or every identifier (external).",
)
@click.option(
    "--key",
    "key_path",
    type=click.Path(path_type=Path),
    help="Key of the stand-ins, made when it is not there; beside it FILE.map says what stands for what.",
)
@click.option(
    "--brand", "brand_path", type=click.Path(path_type=Path), help="File with name, colour, footer and logo."
)
@click.option(
    "--no-since", is_flag=True, help="Leave out what changed since last time, which costs a few judgements."
)
@click.option(
    "--pdf",
    "pdf_path",
    type=click.Path(path_type=Path),
    help="Print the executive page to this file too, with an installed Chromium, Chrome or Edge.",
)
@click.option(
    "--paper", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True, help="Size of the PDF."
)
@click.option(
    "--lang",
    "language",
    default="en",
    show_default=True,
    help="Language of the HTML, as far as it has texts.",
)
@judging.thresholds
def command(
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
    output: Path | None,
    form: str,
    static: bool,
    redact: str,
    key_path: Path | None,
    brand_path: Path | None,
    no_since: bool,
    pdf_path: Path | None,
    paper: str,
    language: str,
    fail_at: str,
    min_coverage: float,
) -> None:
    """Write everything that can be said as one HTML file, as JSON or as CSV. Sends nothing.

    The same database, data, key and --now give the same bytes.
    """
    from scanner.cli import printing, redacting
    from scanner.report import brand, csvout, html, jsonout, netbox, texts, tickets
    from scanner.report.assets import templates_dir
    from scanner.report.save import save
    from scanner.risk.plan import planner

    browser = printing.browser() if pdf_path else ""
    look = brand.read(brand_path) if brand_path else None
    with_since = not no_since and form in {"html", "json"}
    steps = planner.STEPS if pdf_path or form in {"html", "json"} else 0
    # coverage, decisions and what changed are put into words while judging, so the language is chosen before
    with texts.spoken(templates_dir(), language if form == "html" else texts.ENGLISH):
        found = judging.assessment(scope_path, db, now_text, since=with_since, steps=steps)
    shown = redacting.twin(found, redact, key_path)
    match form:
        case "json":
            text = jsonout.assessment(shown)
        case "csv":
            text = csvout.devices(shown)
        case "tickets":
            text = tickets.tickets(shown)
        case "netbox":
            text = netbox.netbox(shown)
        case "html":
            text = html.render(shown, static=static, brand=look, language=language)
        case _:
            text = netbox.table(shown, form.removeprefix("netbox-"))
    if pdf_path is not None:
        page = html.render(shown, static=True, brand=look, only=html.PAGE_ONE, paper=paper, language=language)
        printing.pdf(page, pdf_path, browser)
        click.echo(f"wrote {pdf_path}", err=True)
    if output is None:
        if pdf_path is None:
            click.echo(text, nl=False)
    else:
        save(output, text)
        click.echo(f"wrote {output}", err=True)
    judging.leave(found, fail_at, min_coverage)
