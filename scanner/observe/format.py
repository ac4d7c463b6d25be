"""What an import format is."""

from collections.abc import Callable, Iterator, Mapping
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
    """Whether a file that begins with these bytes is in this format; unpacked, and as UTF-8 without a byte order mark."""
    read: Callable[[Path, datetime], Iterator[Observation]]
    """Read a file (`now` stands in for a date that it lacks). What is readable is yielded first; then DataError
    names what was not, with its place."""
    says: str = "who is there"
    """What such a file tells, in a few words."""
    general: bool = False
    """Asked only where no other format fits: a table of devices whose headings anybody may have chosen."""
    mapped: Callable[[Mapping[str, str]], Callable[[Path, datetime], Iterator[Observation]]] | None = None
    """Make a `read` that takes our words from the headings that somebody names; None where headings are fixed."""
