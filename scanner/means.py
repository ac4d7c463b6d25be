"""What a run is given to look with: everything that sends, opened together and closed together."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from msgspec import Struct

from scanner.discover.arp import Sweeper
from scanner.errors import HostError
from scanner.identify import early
from scanner.knowledge.base import open_base
from scanner.model.net import Address, Mac
from scanner.scope.engagement import Folder
from scanner.scope.file import Scope
from scanner.scope.gate import Gate
from scanner.wire.audit import Audit
from scanner.wire.breaker import Breaker
from scanner.wire.care import Care, Judge
from scanner.wire.dial import Dialer, Transport, over_tcp
from scanner.wire.helper import RawHelper
from scanner.wire.ledger import Ledger
from scanner.wire.links import Link, is_near, links, on_link
from scanner.wire.pace import Pacer
from scanner.wire.stop import Stop
from scanner.wire.vigil import LATER

Clock = Callable[[], datetime]


class Means(Struct, frozen=True, kw_only=True):
    """What a run is given to look with."""

    dialer: Dialer
    audit: Audit
    ledger: Ledger
    sweepers: Mapping[str, Sweeper]
    """Who asks by ARP, by network; none where we do not stand in it or raw sockets are not to be had."""
    links: tuple[Link, ...]
    cards: dict[Address, Mac]
    """The card that each address was last seen on, filled as the sweeps go: an excluded card is left alone at
    whatever address it takes."""
    lacking: tuple[str, ...]
    """What this machine cannot do, in words for the report."""
    later: float = LATER
    """Seconds after its last connection at which a device is looked at once more."""


class Played(Struct, frozen=True, kw_only=True):
    """A network that is played in this process, in place of the one that this machine stands in."""

    transport: Transport
    sweeper: Sweeper
    links: tuple[Link, ...]


@asynccontextmanager
async def means(
    folder: Folder,
    scope: Scope,
    clock: Clock,
    played: Played | None = None,
    *,
    stop: Stop | None = None,
    later: float = LATER,
) -> AsyncGenerator[Means, None]:
    """Everything that sends, opened for one run and closed after it; `stop` is the flag that ends it early."""
    stop = Stop() if stop is None else stop
    transport = played.transport if played else over_tcp
    async with AsyncExitStack() as stack:
        audit = stack.enter_context(Audit(folder.audit, clock))
        ledger = stack.enter_context(Ledger(folder.ledger))
        sweepers, found, lacking = _memory(scope, played) if played else await _raw(stack, scope, audit)
        cards: dict[Address, Mac] = {}
        breaker = stack.enter_context(Breaker(folder.ledger))
        dialer = Dialer(
            Gate(scope),
            pacer=Pacer(stop=stop),
            audit=audit,
            ledger=ledger,
            clock=clock,
            transport=transport,
            card=cards.get,
            care=Care(breaker, stop, clock, _judge(scope, clock)),
            behind=lambda address: not is_near(address, found),
        )
        yield Means(
            dialer=dialer,
            audit=audit,
            ledger=ledger,
            sweepers=sweepers,
            links=found,
            cards=cards,
            lacking=lacking,
            later=later,
        )


def _judge(scope: Scope, clock: Clock) -> Judge:
    """Who says, while a device is being looked at, what it is."""
    knowledge = open_base()
    return lambda seen: early.kind(seen, knowledge, scope, clock())


_Near = tuple[dict[str, Sweeper], tuple[Link, ...], tuple[str, ...]]
"""Who sweeps each network, the cards that we have, and what cannot be done."""


def _memory(scope: Scope, played: Played) -> _Near:
    sweepers = {str(network.cidr): played.sweeper for network in scope.networks}
    return sweepers, played.links, ("the devices were played in process: no packet was sent",)


async def _raw(stack: AsyncExitStack, scope: Scope, audit: Audit) -> _Near:
    """A raw helper for each network that we stand in, so that a slow ward keeps no office waiting; or why not."""
    try:
        found = await links()
        near = [str(network.cidr) for network in scope.networks if on_link(network.cidr, found)]
        helpers = [await stack.enter_async_context(RawHelper(scope, audit)) for _ in near]
    except HostError as error:
        return {}, (), (f"no ARP sweep ({error}): devices without an open or refusing port are missing",)
    return dict(zip(near, helpers, strict=True)), found, ()
