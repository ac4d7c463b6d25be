"""What an import format is."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from scanner.model.observation import Observation


class Format(Struct, frozen=True, kw_only=True):
    """One file format that somebody else writes."""

    name: str
    """As in `--format` and in `source = import:NAME`."""
    checked_against: str
    """`real file`, `documentation` or `memory`: how sure we are of the format."""
    export: str
    """How to get such a file: a command or menu path to copy and paste."""
    fits: Callable[[bytes], bool]
    """Whether a file that begins with these bytes is in this format."""
    read: Callable[[Path, datetime], Iterator[Observation]]
    """Read a file (`now` stands in for a date that it lacks). What is readable is yielded first; then DataError
    names what was not, with its place."""
