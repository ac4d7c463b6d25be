"""The segments of a site, as its scope file says: what is worked on by one sensor at a time, below one rate."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from scanner.errors import ScopeError
from scanner.fleet.admit import Segment
from scanner.scope.file import IPNetwork, Network, Scope, Window
from scanner.scope.profile import LIMITS

LEAST: Final = 0.001
"""Initiations a second of a network where nothing may be sent: what is heard there is taken in all the same."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def of(site: str, scope: Scope) -> tuple[Segment, ...]:
    """Every network of a scope file as a segment, in the file's order; the ids stay when others are added.

    Where one network lies within another, the wider one is cut around it, since other rules hold inside. Raise
    ScopeError for a file without networks of its own.
    """
    made = tuple(
        Segment(
            id=f"{site}-{part}",
            cidr=str(part),
            zone=network.zone,
            rate=max(LIMITS[network.profile].rate_total / len(parts), LEAST),
        )
        for network, parts in _parts(scope)
        for part in parts
    )
    if not made:
        raise ScopeError("the scope file has no network that a sensor could look at")
    return made


def windows(site: str, scope: Scope) -> dict[str, tuple[str, ...]]:
    """When each segment may be worked on, in the words of a scope file, by its id; empty = at any time."""
    return {
        f"{site}-{part}": tuple(map(_words, network.windows))
        for network, cut in _parts(scope)
        for part in cut
    }


def chosen(known: tuple[tuple[str, str, str], ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of the segments that people name by id, range or zone; all of them when nothing is named.

    `known` are id, range and zone of each. Raise ScopeError for a word that names none.
    """
    found: dict[str, None] = {}
    for word in words:
        those = [one[0] for one in known if word in one]
        if not those:
            named = ", ".join(sorted({f"{zone} ({cidr})" for _, cidr, zone in known}))
            raise ScopeError(f"{word}: no such segment; the site has: {named or 'none'}")
        found |= dict.fromkeys(those)
    return tuple(found) if words else tuple(one[0] for one in known)


def _parts(scope: Scope) -> Iterator[tuple[Network, list[IPNetwork]]]:
    for network in scope.networks:
        if network.site is None:
            inner = [other.cidr for other in scope.networks if other is not network]
            yield network, sorted(_cut(network.cidr, inner), key=lambda one: int(one.network_address))


def _cut(whole: IPNetwork, inner: list[IPNetwork]) -> list[IPNetwork]:
    """A network without those that lie within it."""
    left = [whole]
    for hole in inner:
        left = [part for one in left for part in _without(one, hole)]
    return left


def _without(one: IPNetwork, hole: IPNetwork) -> list[IPNetwork]:
    if isinstance(one, IPv4Network) and isinstance(hole, IPv4Network):
        return list(one.address_exclude(hole)) if one != hole and hole.subnet_of(one) else [one]
    if isinstance(one, IPv6Network) and isinstance(hole, IPv6Network):
        return list(one.address_exclude(hole)) if one != hole and hole.subnet_of(one) else [one]
    return [one]


def _words(one: Window) -> str:
    days = ",".join(name for number, name in enumerate(_DAYS) if number in one.days)
    return f"{days} {_time(one.opens)}-{_time(one.closes)} {one.zone}"


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
