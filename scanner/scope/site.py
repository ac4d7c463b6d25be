"""Other sites in a scope: one read here bears its site's name, and one's own names the networks of others (`[[peer]]`)."""

import ipaddress
import re
from typing import Final

import msgspec

from scanner.model.net import Address
from scanner.scope.file import Network, Peer, Scope, Segment

BETWEEN: Final = "/"
"""Stands between a site and a zone of it: no site's name holds it."""
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""What may stand before a zone."""

_change = msgspec.structs.replace


def named(site: str, zone: str) -> str:
    """A zone's name where several sites stand side by side."""
    return f"{site}{BETWEEN}{zone}"


def within(scope: Scope, site: str) -> Scope:
    """A site's scope with its zones named as they stand beside those of other sites; those of its peers are already."""
    own = {one.zone for one in scope.networks}
    return _change(
        scope,
        networks=tuple(_change(one, zone=named(site, one.zone), site=site) for one in scope.networks),
        critical=tuple(_change(one, site=site) for one in scope.critical),
        segments=tuple(_segment(one, site, own) for one in scope.segments),
    )


def called(of: Peer) -> str:
    """The zone of a peer as it stands beside others."""
    return named(of.site, of.zone) if of.site else of.zone


def at_home(scope: Scope, name: str) -> Scope:
    """Another site's scope as it reads where it is we whom it calls by that name: the peer's zones are ours."""

    def plain(zone: str) -> str:
        return zone.removeprefix(named(name, ""))

    return _change(
        scope,
        peers=tuple(_change(one, site="") if one.site == name else one for one in scope.peers),
        segments=tuple(
            _change(one, source=plain(one.source), target=plain(one.target)) for one in scope.segments
        ),
    )


def beside(scope: Scope) -> Scope:
    """The scope with its peers among its networks: by it one reads whose an address is, hears, and knocks for `reach`.

    No scan may ever be given it: `Scope.networks` alone says what is looked at.
    """
    return _change(scope, networks=(*scope.networks, *map(_network, scope.peers))) if scope.peers else scope


def peer(scope: Scope, address: Address) -> Peer | None:
    """The network of another site that holds an address, as far as the scope says; never where one of ours does."""
    if not scope.peers:
        return None
    parsed = ipaddress.ip_address(address)
    held = [one for one in scope.peers if parsed in one.cidr]
    return max(held, key=lambda one: one.cidr.prefixlen, default=None)


def theirs(of: Peer, address: Address) -> Address:
    """What an address of a peer, as it is seen from here, is called at its own site."""
    start = (of.there or of.cidr).network_address
    return Address(str(start + (int(ipaddress.ip_address(address)) - int(of.cidr.network_address))))


def ours(of: Peer, address: Address) -> Address | None:
    """What an address of that site is called when seen from here; None where the peer does not hold it."""
    parsed, there = ipaddress.ip_address(address.partition("%")[0]), of.there or of.cidr
    if parsed not in there:
        return None
    return Address(str(of.cidr.network_address + (int(parsed) - int(there.network_address))))


def _network(of: Peer) -> Network:
    zone, site = called(of), of.site or None
    return Network(
        cidr=of.cidr, zone=zone, profile=of.profile, criticality=None, windows=(), vlan=None, site=site
    )


def _segment(of: Segment, site: str, own: set[str]) -> Segment:
    source, target = (named(site, one) if one in own else one for one in (of.source, of.target))
    return _change(of, source=source, target=target)
