"""The shipped list of fragile devices, `fragile.toml`, and whom it and the log mean as a run begins."""

import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from scanner.errors import DataError
from scanner.model import net
from scanner.model.device import Device, Leg
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Port
from scanner.model.observation import Observation
from scanner.scope.file import Fragile, Learned, Scope
from scanner.scope.fragile import FIELDS, KEYS, PROFILES, meant, most_careful
from scanner.wire import first

_SHIPPED: Final = Path(__file__).with_name("fragile.toml")


class _Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    match: dict[str, str] = {}
    oui: str | None = None
    profile: Profile
    never: tuple[Port, ...] = ()
    at_once: int | None = None
    gap: float | None = None
    budget: int | None = None
    reason: str
    source: str


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fragile: tuple[_Row, ...]


@cache
def shipped() -> tuple[Fragile, ...]:
    """The list that comes with the program."""
    return read(_SHIPPED.read_text("utf-8"), str(_SHIPPED))


def read(text: str, where: str) -> tuple[Fragile, ...]:
    """Read a list; raise DataError, with `where` and the row, for anything that is not one."""
    try:
        rows = msgspec.convert(tomllib.loads(text), _File).fragile
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DataError(f"{where}: {error}") from error
    if len({row.id for row in rows}) != len(rows):
        raise DataError(f"{where}: two rows have one id")
    for row in rows:
        if wrong := _wrong(row):
            raise DataError(f"{where}: {row.id}: {wrong}")
    return tuple(_fragile(row) for row in rows)


def _fragile(row: _Row) -> Fragile:
    said = msgspec.structs.asdict(row)
    maker = said.pop("oui")
    return Fragile(**said, mac=_card(maker) if maker else None, mac_bits=24 if maker else 48)


def _card(maker: str) -> net.Mac:
    """The first card of a maker."""
    return net.mac(f"{maker}:00:00:00")


def _wrong(row: _Row) -> str | None:
    if not (row.match or row.oui) or not all(text.strip() for text in row.match.values()):
        return "names nobody: say what it is known by, a match or an oui"
    if unknown := set(row.match) - set(KEYS):
        return f"nothing is matched by {', '.join(sorted(unknown))}"
    if row.profile not in PROFILES:
        return f"profile is one of {', '.join(PROFILES)}"
    if min(row.at_once or 1, row.gap or 1, row.budget or 1) <= 0:
        return "at_once, gap and budget are above 0"
    try:
        spelled = all(net.port(port) == port for port in row.never)
        if row.oui is not None:
            _card(row.oui)
    except ValueError as error:
        return str(error)
    return None if spelled else "ports are spelled like tcp/80"


def rows(scope: Scope) -> tuple[Fragile, ...]:
    """All that holds under a scope: the owner's rows, then the shipped ones."""
    return (*scope.fragile, *shipped())


def shown(devices: Iterable[Device], seen: Iterable[Observation] = ()) -> dict[str, set[str]]:
    """What devices, and observations of them, say by attribute and by field."""
    found: dict[str, set[str]] = defaultdict(set)
    for device in devices:
        for claim in device.facts:
            found[claim.attr].add(claim.value)
    for one in seen:
        if one.field in FIELDS and isinstance(one.value, str):
            found[one.field].add(one.value)
    return found


def learn(scope: Scope, devices: Sequence[Device], log: Iterable[Observation]) -> Scope:
    """The scope with what the log and the scope file's register know of each device: its kind, and its rows.

    No age limit: an old sighting is no leave to speak to a ward, but it is reason enough to be careful. An address is
    released once another device answers at it; a card stays what it was, at whatever address it is met.
    """
    said: dict[Address, list[Observation]] = defaultdict(list)
    for seen in log:
        if seen.address is not None and seen.field in FIELDS:
            said[seen.address].append(seen)
    among = rows(scope)
    taken = _taken(devices)
    found = [one for device in devices for one in _of(device, among, said, taken)]
    found += [_learned(one.kind, one.address, one.mac, ()) for one in scope.known]
    return replace(scope, learned=tuple(found))


def tell(scope: Scope) -> tuple[Learned, ...]:
    """What the raw helper is told of it: those that need more care, without the words."""
    return tuple(replace(one, rows=()) for one in scope.learned if one.profile is not Profile.BENCH)


def _of(
    device: Device,
    among: Iterable[Fragile],
    said: Mapping[Address, Sequence[Observation]],
    taken: Mapping[Address, Collection[str]],
) -> Iterator[Learned]:
    seen = [one for leg in device.legs for one in said.get(leg.address, ())]
    cards = [leg.mac for leg in device.legs if leg.mac is not None]
    of_list = meant(among, shown([device], seen), cards)
    if device.kind is Kind.UNKNOWN and not of_list:
        return
    for leg in device.legs:
        address = None if _passed_on(leg, device, taken) else leg.address
        if address is not None or leg.mac is not None:
            yield _learned(device.kind, address, leg.mac, of_list)


def _learned(
    kind: Kind, address: Address | None, mac: net.Mac | None, of_list: tuple[Fragile, ...]
) -> Learned:
    known = first.shipped().get(kind)
    owned = most_careful(Profile.BENCH, *(row.profile for row in of_list if row.by_owner))
    needs = [known.profile] if known else []
    return Learned(
        kind=kind,
        address=address,
        mac=mac,
        rows=of_list,
        profile=most_careful(owned, *needs, *(row.profile for row in of_list)),
        owned=owned,
        quiet=bool(of_list) or (known is not None and known.quiet),
    )


def _taken(devices: Iterable[Device]) -> dict[Address, set[str]]:
    """Who answered last at each address."""
    found: dict[Address, set[str]] = defaultdict(set)
    for device in devices:
        for leg in device.legs:
            if leg.live:
                found[leg.address].add(device.id)
    return found


def _passed_on(leg: Leg, device: Device, taken: Mapping[Address, Collection[str]]) -> bool:
    """Whether somebody else answers at its address now."""
    return not leg.live and bool(set(taken.get(leg.address, ())) - {device.id})
