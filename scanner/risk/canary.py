"""Whom to knock on to learn whether one zone reaches another: one device a zone, on ports that are open there.

A knock is harmless where the profile allows one: a connection opened and closed. Clinical, ot and passive networks get
none: what reaches them is learnt from firewalls, from listening, or is declared. A port that is shut to its own zone
says nothing about the way, so only ports seen open are knocked on.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.device import Device
from scanner.model.kinds import Profile, Role
from scanner.model.knowledge import ExposureFact
from scanner.model.net import Address, Port
from scanner.scope.file import Network, Scope
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS

FREE: Final = frozenset({Profile.OFFICE, Profile.LAB, Profile.BENCH})
"""Profiles whose devices may be knocked on for the way's sake alone."""
EXACT: Final = 3
"""Up to so many ports the cover is the smallest there is; beyond, greedy."""

Gates = Mapping[Port, frozenset[str]]


class Canary(Struct, frozen=True, kw_only=True):
    """One device to knock on, in the name of its zone."""

    network: Network
    address: Address
    ports: tuple[Port, ...]
    gates: tuple[str, ...]
    """Gate classes that these ports open."""


def gates(facts: Iterable[ExposureFact]) -> Gates:
    """Which gate classes each port opens."""
    found: dict[Port, set[str]] = {}
    for fact in facts:
        for port in fact.ports:
            found.setdefault(Port(port), set()).add(fact.gate)
    return {port: frozenset(names) for port, names in found.items()}


def canaries(devices: Sequence[Device], scope: Scope, source: str, known: Gates) -> tuple[Canary, ...]:
    """One device in each other zone that may be knocked on, the one that opens most gate classes; by zone."""
    best: dict[str, Canary] = {}
    for one in every(devices, scope, known):
        zone = one.network.zone
        if zone != source and (zone not in best or _rank(one) < _rank(best[zone])):
            best[zone] = one
    return tuple(best[zone] for zone in sorted(best))


def every(devices: Sequence[Device], scope: Scope, known: Gates) -> tuple[Canary, ...]:
    """Every device that may be knocked on, an entry for each of its addresses with a gate port open."""
    gate, found = Gate(scope), dict[Address, set[Port]]()
    for device in devices:
        if device.role is not Role.VIRTUAL:
            for service in device.services:
                if service.port in known:
                    found.setdefault(service.address, set()).add(service.port)
    made = []
    for address, ports in sorted(found.items()):
        network = gate.network(address)
        if network is None or network.profile not in FREE:
            continue
        may = tuple(sorted(port for port in ports if port in LIMITS[network.profile].ports))
        if may:
            opened = sorted(frozenset[str]().union(*(known[port] for port in may)))
            made.append(Canary(network=network, address=address, ports=may, gates=tuple(opened)))
    return tuple(made)


def cover(
    wanted: frozenset[str], offers: Mapping[tuple[Address, Port], frozenset[str]]
) -> tuple[tuple[Address, Port], ...]:
    """The fewest knocks whose ports open, together, all of the wanted gate classes that any of them opens."""
    useful = {one: opened & wanted for one, opened in sorted(offers.items()) if opened & wanted}
    # of knocks that show the same, one is enough
    distinct = {opened: one for one, opened in reversed(list(useful.items()))}
    whole = frozenset[str]().union(*distinct)
    candidates = sorted(distinct.items(), key=lambda one: (-len(one[0]), one[1]))
    for size in range(EXACT + 1):
        for some in itertools.combinations(candidates, size):
            if frozenset[str]().union(*(opened for opened, _ in some)) == whole:
                return tuple(sorted(one for _, one in some))
    chosen, left = [], set(whole)
    while left:
        opened, one = max(candidates, key=lambda each: len(each[0] & left))
        chosen.append(one)
        left -= opened
    return tuple(sorted(chosen))


def _rank(one: Canary) -> tuple[int, Address]:
    return -len(one.gates), one.address
