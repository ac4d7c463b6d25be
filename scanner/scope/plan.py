"""Which addresses to ask for, in an order that is shuffled, stable for a seed, and held in no list."""

import ipaddress
import math
from collections.abc import Iterator

from scanner.errors import ScopeError
from scanner.model.net import Address
from scanner.scope.file import IPNetwork, Network, Scope

LARGEST_IPV6 = 112
"""An IPv6 network wider than this prefix is not enumerated: its hosts are found by listening and neighbours."""


def targets(network: Network, seed: int) -> Iterator[Address]:
    """Every host address of one network, each once, neighbours far apart in time."""
    cidr = network.cidr
    if cidr.version == 6 and cidr.prefixlen < LARGEST_IPV6:
        raise ScopeError(
            f"{cidr} is too wide to ask every address; list /{LARGEST_IPV6} or narrower, or import"
        )
    first, count = _hosts(cidr)
    base = int(cidr.network_address) + first
    for step in _permutation(count, seed):
        yield Address(str(ipaddress.ip_address(base + step)))


def ends(part: IPNetwork, cut: IPNetwork, whole: IPNetwork) -> tuple[Address, ...]:
    """The first and the last address of a part as far as they are hosts: where `cut` ends and its network `whole` does not.

    An IPv4 network's own and broadcast addresses are none (RFC 919); those of a mere piece of it are like any other.
    """
    if part.version == 6 or part.prefixlen > 30:
        return ()
    return tuple(Address(str(part[at])) for at in (0, -1) if part[at] == cut[at] != whole[at])


def size(scope: Scope) -> int:
    """How many host addresses the scope holds, overlaps counted twice."""
    return sum(_hosts(network.cidr)[1] for network in scope.networks)


def _hosts(cidr: IPNetwork) -> tuple[int, int]:
    """Offset of the first host and how many: an IPv4 network's own and broadcast addresses are no hosts (RFC 919)."""
    if cidr.version == 4 and cidr.prefixlen < 31:
        return 1, cidr.num_addresses - 2
    return 0, cidr.num_addresses


def _permutation(count: int, seed: int) -> Iterator[int]:
    """Walk 0..count-1 in steps near the golden section: spreads evenly and needs no memory."""
    if count < 3:
        yield from range(count)
        return
    stride = int(count * 0.6180339887) or 1
    while math.gcd(stride, count) != 1:
        stride += 1
    at = seed % count
    for _ in range(count):
        yield at
        at = (at + stride) % count
