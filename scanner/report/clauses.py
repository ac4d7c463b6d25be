"""The clauses of frameworks that a kind of finding supports evidence for, from a table that people can read and mend."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError

MEMORY: Final = "from memory"
"""Of clause numbers that nobody has looked up: they are no facts."""
_LOOKED_UP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}, \S.*")


class Framework(Struct, frozen=True, forbid_unknown_fields=True):
    """A set of rules that somebody audits."""

    id: str
    name: str
    sectors: tuple[str, ...]
    note: str = ""


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of finding, and the clauses it speaks to."""

    name: str
    clauses: Mapping[str, str]
    """Framework id -> clauses."""
    checked: str
    """How sure the clause numbers are: `YYYY-MM-DD, source` where somebody looked them up, else `from memory`."""
    causes: tuple[str, ...] = ()
    """Beginnings of the register's causes that belong here."""
    gates: tuple[str, ...] = ()
    """Gates of exposures that belong here."""
    ids: tuple[str, ...] = ()
    """Ids of exposures that belong here."""
    always: bool = False
    """Looked at on every device that was seen, without a packet of its own."""
    needs: str = ""
    """`zones`: looked at only where a zone was scanned from inside."""


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    framework: tuple[Framework, ...]
    topic: tuple[Topic, ...]


@cache
def table(path: Path) -> Table:
    """Read the table; DataError names the file, and a topic that names no framework of it."""
    try:
        read = msgspec.toml.decode(path.read_bytes(), type=Table)
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    known = {one.id for one in read.framework}
    for topic in read.topic:
        if unknown := sorted(set(topic.clauses) - known):
            raise DataError(f"{path}: {topic.name}: no framework {', '.join(unknown)} in the table")
        if topic.checked != MEMORY and not _LOOKED_UP.fullmatch(topic.checked):
            raise DataError(f"{path}: {topic.name}: checked must be {MEMORY!r} or 'YYYY-MM-DD, source'")
    return read
