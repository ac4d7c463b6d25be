"""One network in one run: who is there, then what each one is, at the pace of the network's profile."""

import asyncio
import enum
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Final, Protocol

from msgspec import Struct

from scanner.discover.arp import Sweeper, arp
from scanner.discover.tcp import tcp
from scanner.means import Clock, Means
from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address, Port
from scanner.model.net import order as rank
from scanner.model.observation import Observation
from scanner.observe import active
from scanner.scope.file import Network, Scope
from scanner.scope.gate import Gate
from scanner.scope.plan import targets
from scanner.scope.profile import LIMITS
from scanner.wire.care import Care
from scanner.wire.links import OnLink
from scanner.wire.stream import TcpConn
from scanner.wire.vigil import Vigil
from scanner.wire.windows import Windows

KNOCKS_WITHOUT_ANSWER: Final = 4
"""Where only connects can tell who is there, an address that lets so many ports pass in silence is left alone."""


SAMPLE: Final[Mapping[Profile, int]] = {Profile.CLINICAL: 1, Profile.OT: 1, Profile.OFFICE: 50}
"""Every so manieth device is looked after by ARP once its connections end; where a profile is not named, none."""

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


class Watcher(Protocol):
    """Who wants to know how far a run has come."""

    def __call__(self, zone: str, step: str, done: int, total: int) -> None:
        """`done` of `total` (0 = not known) of a step (`who is there`, `what it is`) in a zone."""


class Look(Struct, frozen=True, kw_only=True):
    """One network in one run: who is there, then what each one is."""

    network: Network
    scope: Scope
    using: Means
    seed: int
    clock: Clock
    watch: Watcher
    add: Callable[[Observation], None]
    engine: Engine
    here: tuple[OnLink, ...]

    @property
    def vantage(self) -> str | None:
        """The zone that we stand in as we look: the network's own, when a card of ours is in it."""
        return self.network.zone if self.here else None

    async def when_open(self, windows: Windows, shut: list[str]) -> None:
        """Look once a window is open; `shut` learns the zone when none opens before the engagement ends."""
        if await windows.opened(self.network):
            await self.all()
        elif not self.using.dialer.pacer.stopped:
            shut.append(self.network.zone)

    async def all(self) -> None:
        """Find the hosts, then let the engine look at them."""
        whole = next((at for at in self.here if at.part == self.network.cidr and at.part.version == 4), None)
        sweeper = self.using.sweepers.get(str(self.network.cidr))
        swept = sweeper is not None and whole is not None
        hosts = await self.sweep(sweeper, whole) if sweeper and whole else self.everyone()
        if self.engine is Engine.NMAP:
            await self.nmap(hosts)
        else:
            give_up = None if swept else KNOCKS_WITHOUT_ANSWER
            vigil = self.vigil(sweeper, whole) if sweeper and whole else None
            async with asyncio.TaskGroup() as group:
                if vigil is not None:
                    group.create_task(vigil.run())
                await self.knock(hosts, give_up)
                if vigil is not None:
                    vigil.finish()

    @property
    def care(self) -> Care | None:
        """What is known of each device; None in a run that minds nothing."""
        return self.using.dialer.care

    def take(self, seen: Observation) -> None:
        """Pass on what was seen: to the log, and to those who decide what may still be asked."""
        self.add(seen)
        if self.care is not None:
            self.care.saw(seen)

    def wanted(self, address: Address, port: Port) -> bool:
        """Whether a device should still be asked on a port."""
        return self.care is None or self.care.wanted(address, port, self.network)

    def vigil(self, sweeper: Sweeper, at: OnLink) -> Vigil | None:
        """Who looks after the devices of this network; None where nobody has to."""
        care, every = self.care, SAMPLE.get(self.network.profile)
        if care is None or every is None:
            return None
        pacer = self.using.dialer.pacer
        vigil = Vigil(
            lambda address: self.alive(sweeper, at, address),
            lambda address, asked, answered: care.heard(address, self.network, asked, answered=answered),
            rate=LIMITS[self.network.profile].arp_rate,
            clock=pacer.clock,
            sleep=pacer.sleep,
            later=self.using.later,
        )

        def ended(address: Address) -> None:
            if address in self.using.cards and rank(address)[1] % every == self.seed % every:
                vigil.ended(address)

        care.minders[str(self.network.cidr)] = ended
        return vigil

    async def alive(self, sweeper: Sweeper, at: OnLink, address: Address) -> bool:
        """Whether a device answers one ARP request; True also when none may be sent: silence would say nothing."""
        card = self.using.cards.get(address)
        may = Gate(self.scope).may(address, port=None, touch=Touch.KNOCK, now=self.clock(), mac=card)
        if self.using.dialer.pacer.stopped or not may.allowed:
            return True
        replies = sweeper.arp_sweep(
            at.link.name,
            ipaddress.IPv4Network(address),
            source=str(at.source.ip),
            rate=LIMITS[self.network.profile].arp_rate,
        )
        async with aclosing(replies) as answers:
            async for reply in answers:
                if reply.address == address:
                    return True
        return False

    def everyone(self) -> Iterable[Address]:
        """Every address of the network but our own: where ARP cannot tell, a connect must."""
        own = {str(address.ip) for link in self.using.links for address in link.addresses}
        return (address for address in targets(self.network, self.seed) if address not in own)

    async def sweep(self, sweeper: Sweeper, at: OnLink) -> list[Address]:
        """The addresses that answer by ARP and may be touched, now that we know their cards."""
        gate = Gate(self.scope)
        hosts: dict[Address, bool] = {}
        replies = arp(
            self.network,
            at,
            sweeper,
            vantage=self.vantage,
            clock=self.clock,
            seed=self.seed,
            progress=lambda asked, total: self.watch(self.network.zone, "who is there", asked, total),
        )
        async with aclosing(replies) as answers:
            async for seen in answers:
                self.take(seen)
                if seen.address is None or seen.mac is None:
                    continue
                self.using.cards[seen.address] = seen.mac
                may = gate.may(seen.address, port=None, touch=Touch.KNOCK, now=self.clock(), mac=seen.mac)
                # two cards may answer for one address: it is touched only when both may be
                hosts[seen.address] = (may.allowed or may.waits) and hosts.get(seen.address, True)
        return [address for address, allowed in hosts.items() if allowed]

    async def knock(self, hosts: Iterable[Address], give_up: int | None) -> None:
        """Knock on the profile's ports; an open one is asked what it is over the same connection."""
        ports = LIMITS[self.network.profile].ports
        total = len(hosts) * len(ports) if isinstance(hosts, list) else 0
        knocking = tcp(
            self.network,
            hosts,
            ports,
            self.using.dialer,
            vantage=self.vantage,
            clock=self.clock,
            seed=self.seed,
            give_up=give_up,
            wanted=self.wanted,
        )
        async with asyncio.TaskGroup() as group, aclosing(knocking) as opened:
            done = 0
            async for found in opened:
                done += 1
                self.watch(self.network.zone, "what it is", done, total)
                self.take(found.seen)
                if found.conn is not None:
                    group.create_task(self.ask(found.conn))

    async def ask(self, conn: TcpConn) -> None:
        """Let the fitting probe talk on an open connection; when only knocking, hang up in order."""
        if self.engine is Engine.KNOCK:
            await conn.close()
            return
        profile = self.care.profile(conn.address, self.network) if self.care else self.network.profile
        talk = active.exchange(conn, profile, zone=self.network.zone, vantage=self.vantage, clock=self.clock)
        async with aclosing(talk) as said:
            async for seen in said:
                self.take(seen)

    async def nmap(self, hosts: Iterable[Address]) -> None:
        """Let nmap look at the hosts, at its most harmless; it is refused where a ward or a plant is."""
        from scanner.wire import nmap_run, nmap_seen

        found = nmap_run.scan(
            [ipaddress.ip_address(host) for host in hosts],
            LIMITS[self.network.profile].ports,
            gate=Gate(self.scope),
            audit=self.using.audit,
            ledger=self.using.ledger,
            clock=self.clock,
            card=self.using.cards.get,
        )
        async with aclosing(found) as answers:
            async for host in answers:
                for seen in nmap_seen.observations(host, NMAP_SOURCE, self.network.zone, self.vantage):
                    self.add(seen)
