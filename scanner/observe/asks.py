"""What a web server is asked beyond its front page, once its first answer points at a product: http_asks.toml."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model import net
from scanner.model.net import Port
from scanner.model.observation import Value

Facts = Sequence[tuple[str, Value]]

_SHIPPED: Final = Path(__file__).with_name("http_asks.toml")
# what goes into a request line must be able to be nothing but a path
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._/-]{0,60})?")


class Ask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product: what shows it, and the one path that tells its version."""

    id: str
    field: str
    re: str
    """What a value of `field` must show, searched."""
    also: str = ""
    """`FIELD TEXT`: another field whose value must be this text, where one field alone fits too much."""
    ports: tuple[Port, ...] = ()
    """Only there; none = anywhere."""
    path: str = ""
    """Asked by GET; empty asks nothing more."""
    open: bool = False
    """Whether status 200 without a login means that anybody may use it."""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ask: tuple[Ask, ...]


def pointed(facts: Facts, port: Port) -> tuple[Ask, ...]:
    """The lines that an answer on this port points at, each product once, in the table's order."""
    found: dict[str, Ask] = {}
    for one in shipped():
        if _shows(one, facts, port):
            found.setdefault(one.id, one)
    return tuple(found.values())


def _shows(one: Ask, facts: Facts, port: Port) -> bool:
    if one.ports and port not in one.ports:
        return False
    field, _, text = one.also.partition(" ")
    if field and (field, text) not in facts:
        return False
    return any(
        name == one.field and isinstance(value, str) and re.search(one.re, value) for name, value in facts
    )


@cache
def shipped() -> tuple[Ask, ...]:
    """The table that comes with the program."""
    return read(_SHIPPED.read_text("utf-8"), str(_SHIPPED))


def read(text: str, where: str) -> tuple[Ask, ...]:
    """Read a table; raise DataError, with `where`, for anything that is not one."""
    try:
        lines = msgspec.convert(tomllib.loads(text), _File).ask
        wrong = next(filter(None, map(_wrong, lines)), None)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError, re.error) as error:
        raise DataError(f"{where}: {error}") from error
    if wrong:
        raise DataError(f"{where}: {wrong}")
    return lines


def _wrong(one: Ask) -> str | None:
    re.compile(one.re)
    if not _PATH.fullmatch(one.path) or ".." in one.path:
        return f"{one.id}: {one.path!r} is not a plain path"
    if any(net.port(port) != port for port in one.ports):
        return f"{one.id}: a port is not spelled like tcp/80"
    return None
