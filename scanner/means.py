"""What a run is given to look with: everything that sends, opened together and closed together."""

import asyncio
import enum
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from msgspec import Struct, field

from scanner.discover.congestion import Shares
from scanner.discover.how import Asker
from scanner.discover.methods import methods
from scanner.discover.nodes import Groups, locals_of
from scanner.discover.places import Places
from scanner.discover.ways import Route
from scanner.errors import HostError, ScopeError
from scanner.identify import early, merge
from scanner.knowledge import installed
from scanner.knowledge.base import open_base
from scanner.model.device import Device
from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.observe.capture import beside
from scanner.observe.packets import require_approval
from scanner.scope.authority import unsigned
from scanner.scope.engagement import Folder
from scanner.scope.file import Fragile, Network, Scope
from scanner.scope.fragile import meant
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire import fragile
from scanner.wire.audit import Audit
from scanner.wire.breaker import Breaker
from scanner.wire.care import Care, Judge, Lister, Namer
from scanner.wire.dial import Dialer, Transport, over_net
from scanner.wire.grant import Grant
from scanner.wire.helper import RawHelper
from scanner.wire.ledger import Ledger
from scanner.wire.links import Link, gone, is_near, links, on_link
from scanner.wire.pace import Pacer
from scanner.wire.routes import Hop, Neighbour, hop, neighbours
from scanner.wire.stop import Stop
from scanner.wire.vigil import LATER

Clock = Callable[[], datetime]

MOST: Final = 12
"""Raw helpers at most: each is a process of its own; more networks than that take turns."""

CANARY: Final = "canary"


async def nowhere(_address: Address) -> Hop | None:
    """No routing: for networks that are played, and machines without raw sockets."""
    return None


NMAP_SOURCE: Final = "nmap:scan"
"""Source of what our own run of nmap saw; an imported file of nmap's has `import:nmap-xml`."""


class Engine(enum.StrEnum):
    """Who looks at the hosts."""

    OWN = "own"
    """Our own probes."""
    KNOCK = "knock"
    """Open ports only; nothing is asked."""
    NMAP = "nmap"
    """The nmap that the user installed, for those who want a second opinion."""

    def serves(self, profile: Profile) -> bool:
        """Whether it may be used in a network of this profile: nmap opens several sockets at once, which no ward
        and no plant may see.
        """
        if self is Engine.NMAP:
            return profile in {Profile.OFFICE, Profile.LAB, Profile.BENCH}
        return LIMITS[profile].touch >= Touch.KNOCK


def served(scope: Scope, engine: Engine, now: datetime) -> tuple[tuple[Network, ...], tuple[str, ...]]:
    """The networks to look at, and in words which are spared; raise ScopeError when signatures forbid all of them."""
    lacking = unsigned(scope, now)
    shut = tuple(one for one in lacking if engine.serves(one.profile) and one in scope.looked)
    served = tuple(one for one in scope.looked if engine.serves(one.profile) and one not in shut)
    notes = tuple(
        f"nothing was sent into {', '.join(sorted({one.zone for one in networks}))}: {why}"
        for networks, why in (
            ([one for one in scope.looked if not engine.serves(one.profile)], "the profile forbids it"),
            (shut, "two people must sign the scope file first"),
        )
        if networks
    )
    if shut and not served:
        raise ScopeError(f"{notes[-1]}; run `stalehost scope sign`, and see `stalehost scope verify`")
    require_approval(scope, served)
    return served, notes


TOLD: Final = "this run was told to look at "
"""How such a note begins."""


def told_part(scope: Scope) -> tuple[str, ...]:
    """What a reader of the coverage must know where a run was told to look at a part of a network only."""
    return () if scope.only is None else (f"{TOLD}{scope.only} only",)


class Watcher(Protocol):
    """Who wants to know how far a run has come."""

    def __call__(self, zone: str, step: str, done: int, total: int) -> None:
        """`done` of `total` (0 = not known) of a step (`who is there`, `what it is`) in a zone."""


class Means(Struct, frozen=True, kw_only=True):
    """What a run is given to look with."""

    dialer: Dialer
    audit: Audit
    ledger: Ledger
    sweepers: Mapping[str, Asker]
    """Who asks by frames of our own, by network; none where that is not allowed or raw sockets are not to be had."""
    links: tuple[Link, ...]
    cards: dict[Address, Mac]
    """The card that each address was last seen on, filled as the sweeps go: an excluded card is left alone at
    whatever address it takes."""
    lacking: tuple[str, ...]
    """What this machine cannot do, in words for the report."""
    later: float = LATER
    """Seconds after its last connection at which a device is looked at once more."""
    canary: Asker | None = None
    """Who asks known hosts while the others sweep."""
    route: Route = nowhere
    """The next hop to an address, as this machine's routing has it."""
    neighbours: tuple[Neighbour, ...] = ()
    """Whose cards this machine knew when the run began."""
    trunk: str | None = None
    """An interface that carries tagged frames of the networks that have a `vlan`."""
    shares: Shares = field(default_factory=Shares)
    """How sweeps through one router share what it bears."""
    listeners: Mapping[str, RawHelper] = field(default_factory=dict)
    """Who listens beside the scan, by interface."""
    groups: Groups = field(default_factory=Groups)
    """What all nodes of each segment said in this run."""
    places: Places = field(default_factory=lambda: Places(time.monotonic))
    """How far each ask has come."""
    grant: Grant | None = None
    """Rights that are shared with other machines."""
    notes: list[str] = field(default_factory=list)
    """What turned out in this run that a reader of its coverage must know."""


class Played(Struct, frozen=True, kw_only=True):
    """A network that is played in this process, in place of the one that this machine stands in."""

    transport: Transport
    sweeper: Asker
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
    trunk: str | None = None,
    listen: bool = False,
    grant: Grant | None = None,
) -> AsyncGenerator[Means, None]:
    """Everything that sends, opened for one run and closed after it; `stop` is the flag that ends it early.

    `trunk` is an interface that carries tagged frames of the networks that have a `vlan`; with `listen`, whoever can
    hear a ward or a plant of the scope is there too. `grant` are rights that are shared with other machines.
    """
    stop = Stop() if stop is None else stop
    transport = played.transport if played else over_net
    async with AsyncExitStack() as stack:
        stack.enter_context(installed.in_use())  # no update swaps the knowledge under a run
        audit = stack.enter_context(Audit(folder.audit, clock))
        ledger = stack.enter_context(Ledger(folder.ledger))
        sweepers, found, lacking = (
            _memory(scope, played) if played else await _raw(stack, scope, audit, trunk, grant)
        )
        heard = beside.interfaces(scope.looked, found, trunk) if listen and not played else ()
        hearing, deaf = await _listeners(stack, scope, audit, heard)
        cards: dict[Address, Mac] = {}
        breaker = stack.enter_context(Breaker(folder.ledger))
        if grant is not None:
            await grant.join(breaker)
        care = Care(breaker, stop, clock, *_judges(folder, scope, clock))
        care.owned = bool(scope.fragile)
        care.on = lambda mac: [address for address, card in cards.items() if card == mac]
        dialer = Dialer(
            Gate(scope),
            pacer=Pacer(stop=stop, grant=grant),
            audit=audit,
            ledger=ledger,
            clock=clock,
            transport=transport,
            card=cards.get,
            care=care,
            behind=lambda address: not is_near(address, found),
            gone=lambda address: None if played else gone(address, found),
        )
        helpers = [one for one in dict.fromkeys(sweepers.values()) if isinstance(one, RawHelper)]
        dialer.avoided += [partial(_avoid, helper) for helper in helpers]
        yield Means(
            dialer=dialer,
            audit=audit,
            ledger=ledger,
            sweepers=sweepers,
            links=found,
            cards=cards,
            lacking=lacking + deaf,
            listeners=hearing,
            later=later,
            canary=sweepers.pop(CANARY, None),
            route=nowhere if played or not sweepers else hop,
            neighbours=() if played or not sweepers else await neighbours(),
            trunk=trunk,
            groups=Groups(locals_of(found)),
            grant=grant,
        )


def _judges(folder: Folder, scope: Scope, clock: Clock) -> tuple[Judge, Namer, Lister]:
    """Who says, while a device is being looked at, what it is, what it is called where a name is excluded, and which
    rows of the fragile list mean it.
    """
    knowledge = open_base(engagement=folder.root)
    by_name = any(exclusion.hostname for exclusion in scope.exclusions)
    listed = fragile.rows(scope)

    held: dict[Address | None, tuple[int, Sequence[Device]]] = {}

    def devices(seen: Sequence[Observation]) -> Sequence[Device]:
        # kind and rows are asked one after the other, and what is seen of an address only grows: one merge serves both
        many, found = held.get(seen[0].address, (0, ()))
        if many != len(seen):
            found = merge.devices(seen, knowledge, scope, clock())
            held[seen[0].address] = len(seen), found
        return found

    def rows(seen: Sequence[Observation]) -> tuple[Fragile, ...]:
        cards = {one.mac for one in seen if one.mac is not None}
        return meant(listed, fragile.shown(devices(seen), seen), cards)

    return (
        lambda seen: early.told(devices(seen)),
        lambda seen: early.names(seen, knowledge, scope, clock()) if by_name else (),
        rows,
    )


def _avoid(helper: RawHelper, address: Address) -> None:
    helper.avoid((address,))


_Near = tuple[dict[str, Asker], tuple[Link, ...], tuple[str, ...]]
"""Who asks in each network, the cards that we have, and what cannot be done."""


def _memory(scope: Scope, played: Played) -> _Near:
    sweepers = {str(network.cidr): played.sweeper for network in scope.looked}
    return sweepers, played.links, ("the devices were played in process: no packet was sent",)


async def _raw(
    stack: AsyncExitStack, scope: Scope, audit: Audit, trunk: str | None, grant: Grant | None
) -> _Near:
    """A raw helper for each network that frames of ours may ask, so that a slow ward keeps no office waiting.

    One more asks canaries, under `CANARY`. Or why there are none.
    """
    try:
        found = await links()
        asked = [str(network.cidr) for network in scope.looked if _asked(network, scope, found, trunk)]
        helpers = await _helpers(stack, scope, audit, min(len(asked), MOST) + 1, grant) if asked else []
    except HostError as error:
        return {}, (), (f"no ARP sweep ({error}): devices without an open or refusing port are missing",)
    sweepers: dict[str, Asker] = {cidr: helpers[at % (len(helpers) - 1)] for at, cidr in enumerate(asked)}
    if asked:
        sweepers[CANARY] = helpers[-1]
    return sweepers, found, ()


async def _listeners(
    stack: AsyncExitStack, scope: Scope, audit: Audit, interfaces: Sequence[str]
) -> tuple[dict[str, RawHelper], tuple[str, ...]]:
    """A raw helper to listen on each, which can then send nothing; or why there are none."""
    try:
        helpers = await _helpers(stack, scope, audit, len(interfaces))
    except HostError as error:
        return {}, (f"no listening beside the scan ({error}): devices that restart are noticed by us alone",)
    return dict(zip(interfaces, helpers, strict=True)), ()


def _asked(network: Network, scope: Scope, found: Sequence[Link], trunk: str | None) -> bool:
    """Whether frames of ours may ask there: where we stand in it, or where its profile allows more than ARP."""
    near = bool(on_link(network.cidr, found)) or (trunk is not None and network.vlan is not None)
    return bool(methods(LIMITS[network.profile], scope.flags, network.cidr.version, near=near))


async def _helpers(
    stack: AsyncExitStack, scope: Scope, audit: Audit, count: int, grant: Grant | None = None
) -> list[RawHelper]:
    starting = (stack.enter_async_context(RawHelper(scope, audit, grant=grant)) for _ in range(count))
    begun = await asyncio.gather(*starting, return_exceptions=True)
    for one in begun:
        if isinstance(one, BaseException):
            raise one
    return [one for one in begun if isinstance(one, RawHelper)]
