"""Knock from one zone on a device of each other: what the way there lets through, and nothing else."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime

from scanner.discover.tcp import tcp
from scanner.errors import ScopeError
from scanner.model.net import Address, Port
from scanner.model.observation import Observation
from scanner.scope.file import Network, Scope
from scanner.wire.dial import Dial
from scanner.wire.links import Link, on_link

Target = tuple[Network, Address, tuple[Port, ...]]
"""One device, in the name of its zone, and the ports to knock on."""


async def cross(
    scope: Scope,
    source: str,
    targets: Sequence[Target],
    dialer: Dial,
    links: Sequence[Link],
    clock: Callable[[], datetime],
) -> tuple[Observation, ...]:
    """What each port did when it was knocked on from that zone; what the gate refuses is not sent and not seen.

    Raises ScopeError when no network has that zone, or this machine does not stand in it: a measurement from elsewhere
    would be a false one.
    """
    own = [network for network in scope.networks if network.zone == source]
    if not any(on_link(network.cidr, links) for network in own):
        why = "this machine has no address there" if own else "no network of the scope has that zone"
        raise ScopeError(f"reach --from {source}: {why}; plug it in there first")
    seen: list[Observation] = []
    # where we stand ourselves no rule is crossed: the knock would say nothing of the way
    for network, address, ports in (one for one in targets if not on_link(one[0].cidr, links)):
        async with aclosing(tcp(network, [address], ports, dialer, vantage=source, clock=clock)) as knocking:
            async for opened in knocking:
                if opened.conn is not None:
                    await opened.conn.close()
                if opened.seen is not None:
                    seen.append(opened.seen)
    return tuple(seen)
