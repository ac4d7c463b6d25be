"""A policy of who may open what, zone by zone, as CSV: a matrix (`from / to`, office, ward, ..) or rows (from, to, allow)."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files import ports
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.policy import Rules
from scanner.observe.files.rows import CELL, DIVIDERS, headings, plain
from scanner.observe.files.told import Teller, clean
from scanner.observe.format import Format

SOURCE: Final = "import:policy-matrix"
LIST: Final = "zone matrix"
CORNER: Final = frozenset({"fromto", "zonefromto", "sourcedestination", "fromzonetozone", "vonnach"})
"""The first cell of a matrix: `from / to`, `from/to`."""
SAME: Final = frozenset({"", "-", "n/a", "self", "same"})


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every cell of a matrix, or every row of a list."""
    csv.field_size_limit(CELL)
    lists = Rules(Teller(source=SOURCE, now=now))
    heading: list[str] = []
    divider = ","
    for number, line in source.lines():
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if not heading:
                divider = max(DIVIDERS, key=line.count)
                heading = [clean(cell) for cell in next(csv.reader([line], delimiter=divider))]
                continue
            cells = [clean(cell) for cell in next(csv.reader([line], delimiter=divider))]
        except (csv.Error, StopIteration) as error:
            source.skip(f"line {number}", error)
            continue
        matrix = plain(heading[0]) in CORNER
        yield from (
            _row(source, number, lists, heading, cells)
            if matrix
            else _pair(source, number, lists, heading, cells)
        )


def _row(
    source: Source, number: int, lists: Rules, heading: list[str], cells: list[str]
) -> Iterator[Observation]:
    for target, cell in zip(heading[1:], cells[1:], strict=False):
        if target == cells[0] or not target:
            continue  # within a zone nothing filters
        yield from _told(source, f"line {number}, column {target[:40]!r}", lists, cells[0], target, cell)


def _pair(
    source: Source, number: int, lists: Rules, heading: list[str], cells: list[str]
) -> Iterator[Observation]:
    said = {plain(word): cell for word, cell in zip(heading, cells, strict=False)}
    start, target = (next((said[word] for word in words if said.get(word)), "") for words in (_FROM, _TO))
    if not start or not target:
        source.skip(f"line {number}", "does not say from where to where")
        return
    allowed = next((said[word] for word in ("allow", "allowed", "ports", "services") if word in said), "")
    if said.get("action", "allow").lower() in {"deny", "drop", "block", "reject"}:
        allowed = ""
    yield from _told(source, f"line {number}", lists, start, target, allowed)


_FROM: Final = ("from", "fromzone", "source", "sourcezone")
_TO: Final = ("to", "tozone", "destination", "destinationzone")


def _told(
    source: Source, place: str, lists: Rules, start: str, target: str, text: str
) -> Iterator[Observation]:
    try:
        open_ports = ports.listed(text)
    except ValueError as error:
        source.skip(place, error)
        return
    yield lists.rule(LIST, [start], [target], open_ports or [ports.ANY], allow=bool(open_ports), closed=False)


def fits(head: bytes) -> bool:
    """Whether its first cell is `from / to`, or it has columns from, to and allow."""
    seen = headings(head)
    first = next(
        (line for line in head.decode("utf-8", "replace").splitlines() if line.strip() and line[:1] != "#"),
        "",
    )
    corner = plain(first.split(max(DIVIDERS, key=first.count))[0])
    return corner in CORNER or (
        bool(seen & {*_FROM})
        and bool(seen & {*_TO})
        and bool(seen & {"allow", "allowed", "ports", "services"})
    )


FORMAT: Final = Format(
    name="policy-matrix",
    checked_against="documentation",
    export="A CSV with the heading `from / to,office,ward` and a line a zone (`office,,tcp/443 tcp/104`), or with from,to,allow",
    says="who may open what where",
    fits=fits,
    read=reading(parse),
)
