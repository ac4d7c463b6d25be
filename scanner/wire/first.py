"""Stop on identify: what a known medical, OT or printing device may still be asked; the table is identify_first.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model import net
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Port
from scanner.scope import identity
from scanner.scope.profile import CAREFUL

_SHIPPED: Final = Path(__file__).with_name("identify_first.toml")
_FREE: Final = frozenset({Profile.LAB, Profile.BENCH})


class First(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of device that is left alone once it is known."""

    kind: Kind
    profile: Profile
    """The care that it needs wherever it stands."""
    ports: tuple[Port, ...]
    """What may still be asked."""
    reason: str
    quiet: bool = True
    """Whether what reaches everyone on its link (ARP, all nodes) keeps to its profile too, where it is known before."""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    first: tuple[First, ...]


def why_leave(kind: Kind, port: Port, profile: Profile) -> str | None:
    """Why a device of this kind is not asked on `port` any more; None when it may be."""
    known = shipped().get(kind)
    # a control port's one question is the gate's affair: only the scope's signer permits it
    if known is None or profile in _FREE or port in (*known.ports, *identity.ASKED.get(kind, ())):
        return None
    return f"identified as {kind}: only {', '.join(known.ports)} may still be asked"


def strictest(profile: Profile, kind: Kind) -> Profile:
    """The more careful of a network's profile and of what the kind needs; a lab's devices are its owner's affair."""
    known = shipped().get(kind)
    if known is None or profile in _FREE:
        return profile
    return min(profile, known.profile, key=CAREFUL.index)


@cache
def shipped() -> dict[Kind, First]:
    """The table that comes with the program, by kind."""
    return read(_SHIPPED.read_text("utf-8"), str(_SHIPPED))


def read(text: str, where: str) -> dict[Kind, First]:
    """Read a table; raise DataError, with `where`, for anything that is not one."""
    try:
        lines = msgspec.convert(tomllib.loads(text), _File).first
        spelled = all(net.port(port) == port for line in lines for port in line.ports)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
        raise DataError(f"{where}: {error}") from error
    table = {line.kind: line for line in lines}
    if not spelled or len(table) != len(lines):
        raise DataError(f"{where}: a kind has two entries, or a port is not spelled like tcp/445")
    return table
