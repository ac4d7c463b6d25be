"""Frames that a known device is spared although its network's profile allows them: it needs more care than that. Pure.

The main process says who is known (`Hello.learned`), the scope file and the shipped list which cards are fragile; all of
it can only forbid.
"""

import ipaddress
from collections.abc import Iterable, Iterator

import numpy as np

from scanner.model.kinds import Profile, Touch
from scanner.scope.file import Learned, Network, Scope
from scanner.scope.fragile import arp_rate, in_force, needed, number
from scanner.scope.gate import Gate
from scanner.scope.profile import CAREFUL, LIMITS
from scanner.wire.fragile import rows
from scanner.wire.pipe import Method
from scanner.wire.raw.order import I64, Space

ON_LINK = frozenset({Method.ARP, Method.ND})
"""Questions that go to everyone on the link, or to a group of it: the lowest rung."""


def spared(scope: Scope, gate: Gate, among: Space, method: Method) -> I64:
    """Whom, by number in the space, this method may not ask: echo, SYN and datagrams nobody who needs more care than its
    network, ARP and ND those alone to whom nothing at all is sent.
    """
    found = []
    for one, network in _careful(scope, gate):
        if method in ON_LINK and LIMITS[needed(one, network.profile)].touch >= Touch.KNOCK:
            continue
        index = among.index(int(ipaddress.ip_address(one.address or "")))
        if index is not None:
            found.append(index)
    return np.unique(np.array(found, np.int64))


def quiet(scope: Scope, gate: Gate, network: Network) -> float:
    """ARP requests a second that the most careful device known there bears; it hears those to its neighbours too."""
    here = [one for one, its in _careful(scope, gate) if its.cidr == network.cidr]
    return arp_rate(network.profile, here)


def cards(scope: Scope, networks: Iterable[Network]) -> Iterator[tuple[int, int]]:
    """Cards, as numbers with so many bits, that get no echo, SYN or datagram at whatever address in these networks."""
    profiles = {one.profile for one in networks}
    for one in scope.learned:
        if one.mac is not None and any(_less(needed(one, profile), profile) for profile in profiles):
            yield number(one.mac), 48
    for row in rows(scope):
        if row.mac is not None and not row.match and any(in_force((row,), profile) for profile in profiles):
            yield number(row.mac), row.mac_bits


def _careful(scope: Scope, gate: Gate) -> Iterator[tuple[Learned, Network]]:
    """Those who need more care than the network that their address lies in."""
    for one in scope.learned:
        network = gate.network(one.address) if one.address is not None else None
        if network is not None and _less(needed(one, network.profile), network.profile):
            yield one, network


def _less(one: Profile, than: Profile) -> bool:
    return CAREFUL.index(one) < CAREFUL.index(than)
