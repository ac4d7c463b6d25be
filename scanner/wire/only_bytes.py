"""What alone may be said on control ports: whole conversations, in only_bytes.toml; every other byte is refused.

The never-list of bytes names what is forbidden, and a protocol that drives a plant has more of that than anybody lists.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.net import Port, port

_SHIPPED: Final = Path(__file__).with_name("only_bytes.toml")

_ANY: Final = {
    "??": b".",
    # OPC 10000-6, 5.2.2.4: a length in 32 bits, then the text
    "url": rb".\x00\x00\x00opc\.tcp://[0-9a-f.:\[\]]{3,60}",
}


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said on one port."""

    id: str
    port: str
    reason: str
    """What it comes to, in words for the audit."""
    conversations: tuple[tuple[str, ...], ...]


class Only(Struct, frozen=True, kw_only=True):
    """One line, ready to be asked."""

    line: Line
    patterns: tuple[re.Pattern[bytes], ...]


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    only: tuple[Line, ...]


def why_not(to: Port, before: bytes, data: bytes) -> str | None:
    """Why `data` may not follow `before` on a connection to `to`; None where it is the next of a conversation's messages.

    A port that the list does not name is no affair of it: None.
    """
    only = shipped().get(to)
    if only is None or any(pattern.fullmatch(before + data) for pattern in only.patterns):
        return None
    return f"{only.line.id}: on {to} nothing may be said but {only.line.reason}"


@cache
def shipped() -> dict[Port, Only]:
    """The list that comes with the program, by port."""
    return read(_SHIPPED.read_text("utf-8"), str(_SHIPPED))


def read(text: str, where: str) -> dict[Port, Only]:
    """Read a list; raise DataError, with `where`, for anything that is not one."""
    try:
        lines = msgspec.convert(tomllib.loads(text), _File).only
        found = {port(line.port): Only(line=line, patterns=tuple(_patterns(line))) for line in lines}
    except ValueError as error:  # TOMLDecodeError and ValidationError are ValueErrors
        raise DataError(f"{where}: {error}") from error
    if len(found) != len(lines):
        raise DataError(f"{where}: a port has two entries")
    return found


def _patterns(line: Line) -> Iterable[re.Pattern[bytes]]:
    """For each conversation, and as far as it may have come, what has been sent on the connection."""
    for messages in line.conversations:
        for length in range(1, len(messages) + 1):
            yield re.compile(b"".join(map(_message, messages[:length])), re.DOTALL)
    if not all(line.conversations) or not line.conversations:
        raise ValueError(f"{line.id}: a conversation without a message")


def _message(text: str) -> bytes:
    tokens: Sequence[str] = text.split()
    if not tokens:
        raise ValueError("an empty message")
    return b"".join(_ANY.get(token) or re.escape(bytes.fromhex(token)) for token in tokens)
