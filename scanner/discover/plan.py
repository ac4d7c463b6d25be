"""What discovery sends at most before the first connect, in words for the dry run."""

from collections.abc import Iterator

from msgspec.structs import replace

from scanner.discover.methods import methods
from scanner.discover.nodes import may_ask_all
from scanner.scope.file import Network, Scope
from scanner.scope.plan import size
from scanner.scope.profile import LIMITS
from scanner.wire.gear import STRANGERS
from scanner.wire.pipe import ALL_NODES


def lines(scope: Scope) -> Iterator[str]:
    """A line for each network in which more than ARP may ask, should it lie behind a router: frames, pace, duration.

    And one for each in which all nodes may be asked at once, should we stand in it.
    """
    for network in scope.networks:
        limits = LIMITS[network.profile]
        if may_ask_all(limits, scope.flags, network.cidr):
            yield (
                f"  {network.cidr}: where we stand in it, an echo a second to all nodes of the link ({ALL_NODES}),"
                f" {2 * limits.arp_tries} in all, if everything on the link allows that"
            )
        if (told := frames(network, scope)) > 0:
            rate = pace(network)
            yield (
                f"  {network.cidr}: behind a router, at most {told:,} frames first ({_names(network, scope)}),"
                f" {rate:g}/s: about {told / rate / 60:,.0f} minutes; only those found there are connected to"
            )


def frames(network: Network, scope: Scope) -> int:
    """Frames of our own to a network behind a router, at most."""
    limits = LIMITS[network.profile]
    addresses = _size(network, scope)
    return sum(
        addresses * max(1, len(how.ports(limits))) * (1 if how.payloads else limits.arp_tries)
        for how in methods(limits, scope.flags, network.cidr.version, near=False)
    )


def pace(network: Network) -> float:
    """Frames per second through a router."""
    most = LIMITS[network.profile].rate_total
    return min(most, STRANGERS.get(network.profile, most))


def _size(network: Network, scope: Scope) -> int:
    """Host addresses of one network."""
    return size(replace(scope, networks=(network,)))


def _names(network: Network, scope: Scope) -> str:
    limits = LIMITS[network.profile]
    ways = methods(limits, scope.flags, network.cidr.version, near=False)
    return ", ".join(f"{how.method}{_ports(len(how.ports(limits)))}" for how in ways)


def _ports(count: int) -> str:
    return f" to {count} ports" if count else ""
