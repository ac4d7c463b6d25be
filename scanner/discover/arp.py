"""Find who answers on an on-link network, by ARP through the raw helper."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from ipaddress import IPv4Network
from typing import Final, Protocol

from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.scope.file import Network
from scanner.scope.profile import LIMITS
from scanner.wire.links import OnLink
from scanner.wire.pipe import Reply

SOURCE: Final = "raw:arp"


class Sweeper(Protocol):
    """What this needs of the raw helper."""

    def arp_sweep(
        self,
        interface: str,
        network: IPv4Network,
        *,
        source: str,
        rate: float,
        tries: int = 1,
        seed: int = 0,
        wait: float = 1.0,
        progress: Callable[[int, int], None] = lambda _asked, _total: None,
    ) -> AsyncGenerator[Reply, None]:
        """Replies as they arrive."""


async def arp(
    network: Network,
    at: OnLink,
    helper: Sweeper,
    *,
    vantage: str | None,
    clock: Callable[[], datetime],
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _asked, _total: None,
) -> AsyncGenerator[Observation, None]:
    """A `link.mac` for every address that answers, at the pace of the network's profile; none for IPv6."""
    if not isinstance(at.part, IPv4Network):
        return
    limits = LIMITS[network.profile]
    sweep = helper.arp_sweep(
        at.link.name,
        at.part,
        source=str(at.source.ip),
        rate=limits.arp_rate,
        tries=limits.arp_tries,
        seed=seed,
        progress=progress,
    )
    async with aclosing(sweep) as replies:
        async for reply in replies:
            now = clock()
            yield Observation(
                source=SOURCE,
                first=now,
                last=now,
                field="link.mac",
                value=reply.mac,
                address=Address(reply.address),
                mac=reply.mac,
                zone=network.zone,
                vantage=vantage,
            )
