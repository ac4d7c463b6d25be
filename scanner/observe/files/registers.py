"""Registers kept as CSV: a table of headings for each word makes a parser."""

from collections.abc import Callable, Iterator
from datetime import datetime

from scanner.model.observation import Observation
from scanner.observe.files.opened import Source
from scanner.observe.files.rows import Names, Row, rows
from scanner.observe.files.told import Teller

Parser = Callable[[Source, datetime], Iterator[Observation]]


def register(
    source_name: str,
    names: Names,
    amend: Callable[[Row], dict[str, str]] | None = None,
    of: Callable[[Row], str] | None = None,
) -> Parser:
    """A parser of registers: each row becomes what it says of a device; `amend` puts right what this writer spells oddly.

    `of` names the source of a row where not every row is of the register itself. Rows that name neither an address, nor a
    card, nor a name are named as left out.
    """

    def parse(source: Source, now: datetime) -> Iterator[Observation]:
        for line, row in rows(source, names):
            teller = Teller(source=of(row) if of else source_name, now=now)
            told = list(teller.row(amend(row) if amend else row))
            if not told:
                source.skip(f"line {line}", "names no address, card or host")
            yield from told

    return parse
