"""A chunk of a network: what one job is about, and the scope of a sensor made as narrow as that."""

from collections.abc import Iterator
from ipaddress import IPv6Network, ip_network
from typing import Final

import msgspec

from scanner.errors import ScopeError
from scanner.scope.file import IPNetwork, Scope

MOST: Final = 256
"""Addresses of a chunk at most: a sensor that dies loses the turn of so many."""


def parts(cidr: IPNetwork) -> Iterator[IPNetwork]:
    """A network in parts of `MOST` addresses at most; one of IPv6 is one part, since nobody goes through all of it."""
    if isinstance(cidr, IPv6Network) or cidr.num_addresses <= MOST:
        yield cidr
    else:
        yield from cidr.subnets(new_prefix=cidr.max_prefixlen - MOST.bit_length() + 1)


def narrow(scope: Scope, chunk: str) -> Scope:
    """The scope with nothing but a chunk to look at: what a queue says can make it smaller and never larger.

    Its networks stay as they are signed and approved: by them pace, profile and the owner's word are found.

    Raise ScopeError for a chunk that does not lie in one network of the scope that this machine holds, signed here.
    """
    try:
        part = ip_network(chunk)
    except ValueError as error:
        raise ScopeError(f"{chunk[:60]!r} is no network; the centre asked for it") from error
    holding = [network for network in scope.networks if _inside(part, network.cidr)]
    if not holding:
        raise ScopeError(
            f"{part} is in no network of this site's scope file; the centre asked for it, nothing was sent"
        )
    # where one network of the file lies within another, the inner one's rules count
    network = max(holding, key=lambda one: one.cidr.prefixlen)
    if any(_inside(other.cidr, part) for other in scope.networks if other is not network):
        raise ScopeError(
            f"{part} holds networks with rules of their own; the centre must ask for smaller parts"
        )
    return msgspec.structs.replace(scope, only=part)


def _inside(one: IPNetwork, whole: IPNetwork) -> bool:
    ends = (int(whole.network_address), int(whole.broadcast_address))
    return one.version == whole.version and all(
        ends[0] <= int(end) <= ends[1] for end in (one.network_address, one.broadcast_address)
    )
