"""The never-list of bytes: what leaves on no connection, whatever a probe says; reasons are in never_bytes.toml."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.net import Port, port
from scanner.wire import only_bytes

MEMORY: Final = 512
"""Bytes of what was sent before that are looked at together with what is sent next: no pattern can be cut in two."""

_SHIPPED: Final = Path(__file__).with_name("never_bytes.toml")


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the list."""

    id: str
    re: str
    """What is refused, in RE2 syntax; a character stands for the byte of its number (Latin-1)."""
    reason: str
    eg: tuple[str, ...]
    """What it must refuse; a line without an example does not load."""
    ports: tuple[str, ...] = ()
    """Where it holds; none = everywhere."""


class Rule(Struct, frozen=True, kw_only=True):
    """One line, ready to be asked."""

    line: Line
    pattern: re.Pattern[bytes]
    ports: frozenset[Port]


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    never: tuple[Line, ...]


def why_not(to: Port, before: bytes, data: bytes) -> str | None:
    """Why `data` may not follow `before` on a connection to `to`; None when nothing forbids it."""
    whole = before[-MEMORY:] + data
    for rule in on(to):
        if rule.pattern.search(data) or (before and rule.pattern.search(whole)):
            return f"{rule.line.id}: {rule.line.reason}"
    # on a control port what is not forbidden is not allowed for that
    return only_bytes.why_not(to, before, data)


@cache
def on(to: Port) -> tuple[Rule, ...]:
    """The lines of the shipped list that hold on one port."""
    return tuple(rule for rule in shipped() if not rule.ports or to in rule.ports)


@cache
def shipped() -> tuple[Rule, ...]:
    """The list that comes with the program."""
    return read(_SHIPPED.read_text("utf-8"), str(_SHIPPED))


def read(text: str, where: str) -> tuple[Rule, ...]:
    """Read a list; raise DataError, with `where`, for anything that is not one."""
    try:
        rules = tuple(_rule(line) for line in msgspec.convert(tomllib.loads(text), _File).never)
    except (
        ValueError,
        re.error,
    ) as error:  # TOMLDecodeError, ValidationError and UnicodeError are ValueErrors
        raise DataError(f"{where}: {error}") from error
    names = [rule.line.id for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{where}: {', '.join(twice)} stands there twice")
    return rules


def _rule(line: Line) -> Rule:
    rule = Rule(
        line=line,
        pattern=re.compile(line.re.encode("latin-1"), re.DOTALL),
        ports=frozenset(map(port, line.ports)),
    )
    if not line.eg or not all(rule.pattern.search(example.encode("latin-1")) for example in line.eg):
        raise ValueError(f"{line.id}: wants examples in `eg`, all of which `re` refuses")
    return rule
