"""Gather observations by place: an address and the network card behind it, before anything is joined."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from scanner.identify import keys
from scanner.identify.keys import Key, Trait
from scanner.identify.readings import parts
from scanner.model.net import Address, Mac, order
from scanner.model.observation import Observation
from scanner.model.presence import shows_life
from scanner.scope.file import Scope

RECENT: Final = timedelta(hours=24)
"""What answered within this time before the newest answer of all belongs to the last run."""
LEASED: Final = timedelta(days=14)
"""A lease tells whose an address is that answers without showing its card, if it is no older than this."""


ROW: Final = "register.entry"
"""What a directory or an inventory says in one row, often without card or address."""
BEARERS: Final = 2
"""So many places may bear one name and be one device."""

Spot = tuple[Address | None, Mac | None]
Gathered = dict[Spot, list[Observation]]


class Place(Struct, frozen=True, kw_only=True):
    """One address as one network card holds it; two cards at one address are two places."""

    address: Address | None
    mac: Mac | None
    zone: str | None
    live: bool
    seen: tuple[Observation, ...]
    keys: frozenset[Key]
    traits: frozenset[Trait]
    """Only of a live place: what was true once may have changed since."""
    started: datetime | None

    @property
    def rank(self) -> tuple[int, int, str]:
        """A sort key that is the same in every run."""
        version, number = order(self.address) if self.address else (9, 0)
        return version, number, self.mac or ""


def places(observations: Iterable[Observation], scope: Scope) -> tuple[Place, ...]:
    """Every place, in order of address; the order of the observations does not matter."""
    ordered = [(one, keys.card(one)) for one in sorted(observations, key=_order)]
    newest = max((one.last for one, _ in ordered if shows_life(one)), default=None)
    holders, cards = _holders(ordered)
    gathered: Gathered = defaultdict(list)
    rows = [one for one, mac in ordered if one.field == ROW and mac is None]
    for one, mac in ordered:
        if one.field == ROW and mac is None:
            continue
        if one.address:
            gathered[one.address, mac or _holder(one, holders)].append(one)
        elif mac:
            gathered[cards.get(mac), mac].append(one)
    called = _called(gathered) if rows else {}
    for one in rows:
        place = _meant(one, called) or ((one.address, _holder(one, holders)) if one.address else None)
        if place:
            gathered[place].append(one)
    zone_of = zones(scope)
    made = (_place(key, seen, newest, zone_of) for key, seen in gathered.items())
    return tuple(sorted(made, key=lambda place: place.rank))


def _called(gathered: Gathered) -> Mapping[str, Sequence[Spot]]:
    """Which places bear each name, the one that was met last first."""
    found: dict[str, dict[Spot, datetime]] = defaultdict(dict)
    for spot, seen in gathered.items():
        for one in seen:
            for name in {key.value for key in keys.keys(one) if (key.family, key.word) == ("name", "name")}:
                found[name][spot] = max(one.last, found[name].get(spot, one.last))
    return {
        name: sorted(spots, key=lambda spot: (spots[spot], str(spot)), reverse=True)
        for name, spots in found.items()
    }


def _meant(one: Observation, called: Mapping[str, Sequence[Spot]]) -> Spot | None:
    """Whom a row of a register means that names no card: by its name, since a directory's addresses go stale.

    Two places may be two cards of one device; a name that more bear is nobody's.
    """
    label = parts(one.value).get("name", "").lower()
    spots = called.get(label, ())
    if not label or label in keys.NAMELESS or not 0 < len(spots) <= BEARERS:
        return None
    return next((spot for spot in spots if one.address and spot[0] == one.address), spots[0])


def zones(scope: Scope) -> Callable[[Address], str | None]:
    """A function from address to zone: the narrowest network of the scope that holds it."""
    networks = [
        (one.cidr.version, int(one.cidr.network_address), int(one.cidr.broadcast_address), one.zone)
        for one in sorted(scope.networks, key=lambda network: (-network.cidr.prefixlen, network.zone))
    ]

    def zone(of: Address) -> str | None:
        version, host = order(of)
        return next(
            (name for sort, first, last, name in networks if sort == version and first <= host <= last), None
        )

    return zone


def _order(one: Observation) -> tuple[datetime, datetime, str, str, str, str, str, str]:
    return (
        one.last,
        one.first,
        one.source,
        one.field,
        one.address or "",
        one.mac or "",
        one.port or "",
        repr(one.value if isinstance(one.value, str) else sorted(one.value.items(), key=str)),
    )


Holders = dict[Address, list[tuple[bool, datetime, Mac]]]


def _holders(ordered: Iterable[tuple[Observation, Mac | None]]) -> tuple[Holders, dict[Mac, Address]]:
    """Which cards were seen at each address, and the address at which each card was seen last, live before listed."""
    holders: Holders = defaultdict(list)
    last: dict[Mac, tuple[bool, datetime, Address]] = {}
    for one, mac in ordered:
        if mac and one.address:
            live = shows_life(one)
            holders[one.address].append((live, one.last, mac))
            last[mac] = max(last.get(mac, (False, one.last, one.address)), (live, one.last, one.address))
    return holders, {mac: address for mac, (_, _, address) in last.items()}


def _holder(one: Observation, holders: Holders) -> Mac | None:
    """The card behind an observation that names only an address: seen there live, else leased not long before."""
    known = holders.get(one.address, []) if one.address else []
    if len(known) == 1 and known[0][0]:
        return known[0][2]
    live = [entry for entry in known if entry[0]]
    if live:
        return max(live)[2]
    listed = [entry for entry in known if entry[1] >= one.last - LEASED or not shows_life(one)]
    return max(listed)[2] if listed else None


def _place(
    key: tuple[Address | None, Mac | None],
    seen: Sequence[Observation],
    newest: datetime | None,
    zone_of: Callable[[Address], str | None],
) -> Place:
    address, mac = key
    live = any(shows_life(one) and newest is not None and one.last >= newest - RECENT for one in seen)
    named = [one.zone for one in seen if one.zone]
    return Place(
        address=address,
        mac=mac,
        zone=(zone_of(address) if address else None) or (max(named) if named else None),
        live=live,
        seen=tuple(seen),
        keys=frozenset(key for one in seen if one.field in keys.MARKED for key in keys.keys(one)),
        traits=frozenset(trait for one in _latest(seen) for trait in keys.traits(one))
        if live
        else frozenset(),
        started=max((when for one in seen if (when := keys.started(one))), default=None),
    )


def _latest(seen: Sequence[Observation]) -> Iterable[Observation]:
    """The last of each field and port that tells devices apart: one that was set up anew has old marks in the log."""
    last: dict[tuple[str, str, str], Observation] = {}
    for one in seen:
        if one.field not in keys.TELLING:
            continue
        kind = "" if isinstance(one.value, str) else parts(one.value).get("type", "")
        last[one.field, one.port or "", kind] = one
    return last.values()
