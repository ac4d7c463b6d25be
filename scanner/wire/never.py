"""The never-list: ports that get no packet, whatever the scope allows; the reasons are in never_ports.toml."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.kinds import Profile
from scanner.model.net import Port, port

_SHIPPED: Final = Path(__file__).with_name("never_ports.toml")
_RANGE: Final = re.compile(r"(tcp|udp)/(\d+)(?:-(\d+))?")
_OPENABLE: Final = frozenset({Profile.LAB, Profile.BENCH})


class Never(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the list."""

    ports: str
    """`tcp/515` or `tcp/9100-9107`."""
    reason: str
    may: frozenset[Profile] = frozenset()
    """Profiles in which the line does not hold."""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    never: tuple[Never, ...]


def why_not(to: Port, profile: Profile, opened: frozenset[Port] = frozenset()) -> str | None:
    """Why `to` gets no packet under `profile`; None when the list does not name it.

    `opened` are the ports that an operator opened by name; they count in lab and bench only.
    """
    line = shipped().get(to)
    if line is None or profile in line.may:
        return None
    if to in opened and profile in _OPENABLE:
        return None
    return line.reason


@cache
def shipped() -> dict[Port, Never]:
    """The list that comes with the program, by port."""
    return read(_SHIPPED.read_text("utf-8"), str(_SHIPPED))


def read(text: str, where: str) -> dict[Port, Never]:
    """Read a list; raise DataError, with `where`, for anything that is not one."""
    try:
        lines = msgspec.convert(tomllib.loads(text), _File).never
        return {one: line for line in lines for one in _spread(line.ports)}
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
        raise DataError(f"{where}: {error}") from error


def _spread(ports: str) -> list[Port]:
    found = _RANGE.fullmatch(ports)
    if not found:
        raise ValueError(f"{ports!r} is neither tcp/515 nor tcp/9100-9107")
    first, last = int(found[2]), int(found[3] or found[2])
    if last < first:
        raise ValueError(f"{ports!r} runs backwards")
    return [port(f"{found[1]}/{each}") for each in range(first, last + 1)]
