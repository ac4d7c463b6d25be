"""A comparison of two runs as text for a terminal, as Markdown, as JSON, as HTML, and as a short word to somebody."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from scanner.model.since import DeviceChange, FindingChange, Since, State
from scanner.report import assets, html
from scanner.report.news import CAUSES
from scanner.report.schema import VERSION
from scanner.report.sections.since_last_time import because, course, laid_out, signed
from scanner.report.text import amount, minute, plural, short, visible
from scanner.report.texts import phrase

MOST_SAID: Final = 12
"""Findings that a short word names."""
_TOLD: Final = (State.NEW, State.WORSE, State.REOPENED, State.FIXED)


def lines(since: Since) -> Iterator[str]:
    """The comparison for a terminal; nothing in it can act there."""
    yield from map(visible, _lines(since))


def markdown(since: Since) -> str:
    """The comparison as Markdown, for a ticket or a wiki; nothing that a device chose can act as markup."""
    rows = laid_out(since, frozenset())
    parts = [phrase("difftext.what_changed"), "", f"{_md(rows.compared)}.", ""]
    parts += [f"- {state}: {count}" for state, count in rows.counts]
    parts += [phrase("difftext.note", note=_md(note)) for note in rows.notes]
    parts += _table(
        phrase("labels.findings"),
        (
            phrase("columns.no"),
            phrase("columns.finding"),
            phrase("columns.state"),
            phrase("difftext.mostly_because"),
            phrase("columns.score"),
            phrase("columns.devices"),
        ),
        [
            (one.id, f"{one.title} {one.said}".strip(), one.state, one.because, one.score, one.devices)
            for one in rows.rows
        ],
    )
    parts += _table(
        phrase("columns.devices"),
        (phrase("columns.device"), phrase("columns.what"), phrase("columns.before"), phrase("columns.now")),
        [(one.name, one.what, one.before, one.after) for one in rows.moves],
    )
    parts += _table(
        phrase("difftext.expected_loss_by_cause"),
        (
            phrase("difftext.what_changed_2"),
            phrase("columns.before"),
            phrase("columns.change"),
            phrase("columns.after"),
        ),
        rows.steps,
    )
    parts += _table(
        phrase("difftext.trend"),
        (
            phrase("difftext.as_of"),
            phrase("difftext.expected_loss"),
            phrase("columns.critical"),
            phrase("columns.high"),
            phrase("columns.medium"),
            phrase("columns.low"),
            phrase("difftext.open_findings"),
        ),
        [
            (one.at, one.loss, *map(str, (one.critical, one.high, one.medium, one.low, one.findings)))
            for one in rows.trend
        ],
    )
    return "\n".join(parts) + "\n"


def json(since: Since) -> str:
    """The comparison as one JSON object with its schema's name, ending in a newline."""
    told = {"schema": VERSION, "diff": since}
    return msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=2).decode() + "\n"


def page(since: Since, title: str) -> str:
    """The comparison as an HTML page of its own, under the report's policy: no script, no network."""
    pages = html.environment(assets.templates_dir())
    style = assets.asset("page.css") + assets.asset("print.css")
    view = laid_out(since, frozenset())
    body = pages.get_template("sections/since_last_time.html").render(view=view)
    return pages.get_template("diff.html").render(
        title=title,
        policy=html.policy(style, ""),
        style=Markup(style),  # noqa: S704 - our own files
        body=Markup(body),  # noqa: S704 - rendered with autoescape
    )


def brief(since: Since, title: str) -> tuple[str, str]:
    """A subject and a few lines for a mail or a message: numbers, causes and names of devices, nothing else.

    No address, owner, place or other text of a device is in it.
    """
    wanted = (State.NEW, State.WORSE, State.REOPENED, State.FIXED)
    told = [one for one in since.findings if one.state in wanted]
    counts = [f"{count} {state}" for state in _TOLD if (count := sum(one.state is state for one in told))]
    subject = f"{short(title, 60)}: {', '.join(counts) or phrase('difftext.nothing_new')}"
    names = {one.device: one.name for one in since.devices}
    body = [phrase("difftext.to", at=minute(since.before.at), after_at=minute(since.after.at))]
    for one in told[:MOST_SAID]:
        who = [short(names[device], 40) for device in one.joined if device in names]
        on = f" ({', '.join(who[:4])})" if who else ""
        body.append(f"{one.state}: {one.id}, {plural(one.devices_after or one.devices_before, 'device')}{on}")
    if len(told) > MOST_SAID:
        body.append(phrase("difftext.and_more", told=len(told) - MOST_SAID))
    body.append(phrase("difftext.see_the_report_for_what_to_do"))
    return visible(subject), "\n".join(map(visible, body)) + "\n"


def worth_telling(since: Since) -> bool:
    """Whether anything is new, worse, open again or fixed."""
    return any(one.state in _TOLD for one in since.findings)


def _lines(since: Since) -> Iterator[str]:
    view = laid_out(since, frozenset())
    yield view.compared
    yield "  ".join(f"{state}: {count}" for state, count in view.counts) or phrase("difftext.no_findings")
    for note in since.notes:
        yield phrase("difftext.note_2", note=note)
    changed = [one for one in since.findings if one.state is not State.UNCHANGED]
    # what nobody looked at again may be all there is after a short run: it must not hide what did change
    for one in sorted(changed, key=lambda one: one.state is State.NOT_SEEN):
        yield _finding(one)
    for moved in since.devices:
        yield _device(moved)
    moved_by = [step for step in since.steps if amount(step.before) != amount(step.after)]
    if since.steps and not moved_by:
        yield phrase("difftext.expected_loss_as_before", loss=amount(since.steps[-1].after))
    for step in moved_by:
        change = signed(step.after - step.before)
        yield phrase(
            "difftext.expected_loss_2",
            before=amount(step.before),
            change=change,
            after=amount(step.after),
            causes=CAUSES[step.because],
        )
    for row in view.trend:
        yield (
            phrase(
                "difftext.loss_critical_high_medium_low_open_findings",
                at=row.at,
                loss=row.loss,
                critical=row.critical,
                high=row.high,
                medium=row.medium,
                low=row.low,
                findings=row.findings,
            )
        )


def _finding(one: FindingChange) -> str:
    why = f", {because(one)}" if one.because else ""
    score = course(one.score_before, one.score_after)
    devices = course(one.devices_before, one.devices_after)
    said = f" [{one.said}]" if one.said else ""
    return phrase(
        "difftext.score_devices",
        state=one.state,
        id=one.id,
        title=one.title,
        score=score,
        devices=devices,
        why=why,
        said=said,
    )


def _device(one: DeviceChange) -> str:
    moved = " → ".join(part for part in (one.before, one.after) if part)
    return f"{one.what:<16} {one.name}" + (f": {moved}" if moved else "")


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    body = [f"| {' | '.join(_md(cell) or '-' for cell in row)} |" for row in rows]
    rule = "|" + " --- |" * len(head)
    return ["", f"## {title}", "", f"| {' | '.join(head)} |", rule, *body] if body else []


def _md(text: str) -> str:
    """Escape what CommonMark, or the HTML in it, could read as markup."""
    shown = re.sub(r"([\\`*_{}\[\]()#+!|~<>])", r"\\\1", visible(text).replace("&", "&amp;"))
    return shown.replace("://", ":\u200b//")
