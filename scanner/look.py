"""One network in one run: who is there, then what each one is, at the pace of the network's profile."""

import asyncio
import ipaddress
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from msgspec import Struct, field

from scanner.discover import guards, udp
from scanner.discover.alive import alive, vigil
from scanner.discover.before import Before
from scanner.discover.budget import Budget
from scanner.discover.found import Found
from scanner.discover.guards import Faces
from scanner.discover.how import Asker
from scanner.discover.ports import listed, ports
from scanner.discover.search import Search, blocks
from scanner.discover.sift import Sift
from scanner.discover.tcp import tcp
from scanner.discover.ways import Way, card_of, everyone, unreachable, ways
from scanner.means import NMAP_SOURCE, Clock, Engine, Means, Watcher, nowhere
from scanner.model.kinds import Touch
from scanner.model.net import Address, Mac, Port, is_udp, number
from scanner.model.observation import Observation
from scanner.observe import active
from scanner.scope import identity
from scanner.scope.file import IPNetwork, Network, Scope
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire.care import Care
from scanner.wire.links import OnLink, is_near
from scanner.wire.never import why_not
from scanner.wire.stream import TcpConn
from scanner.wire.vigil import Vigil
from scanner.wire.windows import Windows

KNOCKS_WITHOUT_ANSWER: Final = 4
"""Where only connects can tell who is there, an address that lets so many ports pass in silence is left alone."""


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
    ports: tuple[Port, ...] | None = None
    """TCP ports to knock on, as far as the profile allows, and no UDP port beside a list; None = those that it lists."""
    before: Before = field(default_factory=Before)
    """What this run saw before it was killed: it is not asked again."""
    faces: Faces = field(default_factory=Faces)
    """What each address showed in this run."""
    found: Found = field(default_factory=Found)
    """Who is there."""

    @property
    def vantage(self) -> str | None:
        """The zone that we stand in as we look: the network's own, when a card of ours is in it."""
        return self.network.zone if self.here else None

    @property
    def asked(self) -> IPNetwork:
        """The addresses that are looked at: the network's, or the part of it that the run was told."""
        return self.scope.only or self.network.cidr

    async def when_open(self, windows: Windows, shut: list[str]) -> None:
        """Look once a window is open; `shut` learns the zone when none opens before the engagement ends."""
        if await windows.opened(self.network):
            await self.all()
        elif not self.using.dialer.pacer.stopped:
            shut.append(self.network.zone)

    async def all(self) -> None:
        """Find the hosts, then let the engine look at them; what answers without being a device is flagged."""
        asker = self.using.sweepers.get(str(self.network.cidr))
        reached, dark = await self.ways(asker)
        search = self.search(asker) if asker else None
        self.before.remind(self.found, self.faces, self.using.cards)
        self.using.dialer.identified(self.before.identified())
        if search is not None:
            await search.all(reached, ports(self.network, self.ports))
        hosts = [address for address in self.found.hosts if self.may_touch(address)]
        dark = (self.asked,) if self.found.widen else dark
        missed = () if self.found.widen else self.missed(reached)
        unsure = itertools.chain(self.found.doubtful, missed, self.everyone(dark))
        if self.engine is Engine.NMAP:
            await self.nmap(itertools.chain(hosts, unsure))
            return
        vigil = self.vigil(asker, reached[0]) if asker and reached else None
        async with asyncio.TaskGroup() as group:
            if vigil is not None:
                group.create_task(vigil.run())
            if search is not None:
                for way in reached:
                    group.create_task(search.after(way))
            await self.knock(hosts, None, self.sift(reached))
            await self.knock(unsure, KNOCKS_WITHOUT_ANSWER)
            if vigil is not None:
                vigil.finish()
        for seen in guards.observations(self.flags(reached), self.network, self.vantage, self.clock()):
            self.add(seen)

    async def ways(self, asker: Asker | None) -> tuple[Sequence[Way], Sequence[IPNetwork]]:
        """How frames of ours reach this network, and which parts of it they do not."""
        if asker is None:
            return (), (self.asked,)
        using = self.using
        card = partial(card_of, using.neighbours, using.cards)
        reached, dark = await ways(self.network, using.links, using.route, card, using.trunk, self.scope.only)
        # `nowhere` knows of no routes at all
        if using.route is not nowhere:
            using.notes.extend([one async for one in unreachable(dark, using.route)])
        return reached, dark

    def search(self, asker: Asker) -> Search:
        """Who finds the hosts, and puts them into `found`."""
        return Search(
            network=self.network,
            flags=self.scope.flags,
            asker=asker,
            seed=self.seed,
            vantage=self.vantage,
            clock=self.clock,
            take=self.take,
            faces=self.faces,
            cards=self.using.cards,
            places=self.using.places,
            shares=self.using.shares,
            budget=self.budget(),
            note=self.using.notes.append,
            progress=lambda done, total: self.watch(self.network.zone, "who is there", done, total),
            neighbours=tuple(one.address for one in self.using.neighbours),
            found=self.found,
            canary=self.using.canary,
            groups=self.using.groups,
        )

    def budget(self) -> Budget:
        """What its hosts may still be sent in this day."""
        return Budget(
            books=self.using.ledger,
            most=LIMITS[self.network.profile].budget,
            clock=self.clock,
            spared=tuple(ipaddress.ip_network(one) for one in self.careful()),
            grant=self.using.grant,
        )

    def flags(self, reached: Iterable[Way]) -> list[guards.Flag]:
        """What answered here without being a device, and what must be known of those that are."""
        asked = {name: count for way in reached for name, count in blocks(self.faces, way).items()}
        return guards.judge(self.faces.of, asked)

    @property
    def care(self) -> Care | None:
        """What is known of each device; None in a run that minds nothing."""
        return self.using.dialer.care

    def take(self, seen: Observation) -> None:
        """Pass on what was seen: to the log, and to those who decide what may still be asked."""
        for one in active.answered(seen):
            self.add(one)
            self.faces.saw(one)
            if self.care is not None:
                if one.address is not None:
                    self.care.touching(one.address, self.network)
                self.care.saw(one)

    def wanted(self, address: Address, port: Port) -> bool:
        """Whether a device should still be asked on a port."""
        if (address, port) in self.before.done or self.found.shut(address, port) or self.told(address, port):
            return False
        if port in self.permitted and self.using.dialer.spared(address, port, self.network):
            return False
        return self.care is None or self.care.wanted(address, port, self.network)

    @property
    def permitted(self) -> tuple[Port, ...]:
        """Control ports on which the scope's signer permits one question here: who are you?"""
        return identity.ports(self.network, self.scope.flags)

    def told(self, address: Address, port: Port) -> bool:
        """Whether discovery has asked this UDP port, as it does behind routers: one datagram is all that a port gets."""
        searched = str(self.network.cidr) in self.using.sweepers
        question = is_udp(port) and number(port) in udp.PAYLOADS
        return question and searched and not is_near(address, self.using.links)

    def may_touch(self, address: Address) -> bool:
        """Whether it may be touched, now that we know its cards: where two answer for it, both must be allowed."""
        cards: Iterable[Mac | None] = self.faces.of[address].cards or [self.using.cards.get(address)]
        # of this run, not of the file alone: who has shown itself to be excluded would else count as lost
        gate = self.using.dialer.gate
        may = [gate.may(address, port=None, touch=Touch.KNOCK, now=self.clock(), mac=card) for card in cards]
        return all(one.allowed or one.waits for one in may)

    def vigil(self, asker: Asker, way: Way) -> Vigil | None:
        """Who looks after the devices of this network; None where nobody has to, or ARP does not reach them."""
        if self.care is None or not way.near or way.part.version != 4:
            return None
        using = self.using
        ask = partial(self.alive, asker, way)
        return vigil(self.network, self.care, ask, using.dialer.pacer, using.later, using.cards, self.seed)

    async def alive(self, asker: Asker, way: Way, address: Address) -> bool:
        """Whether a device answers one ARP request; True also when none may be sent: silence would say nothing."""
        if self.using.dialer.pacer.stopped or not self.may_touch(address):
            return True
        return await alive(asker, way, address, LIMITS[self.network.profile].arp_rate, self.met)

    def met(self, address: Address, mac: Mac) -> None:
        """An address answered from this card just now: it may have changed hands."""
        self.using.cards[address] = mac
        if self.care is not None:
            self.care.showed(address, mac)

    def careful(self) -> tuple[Address, ...]:
        """Known devices that need more care than this network: no frame of discovery but ARP and ND goes to them."""
        return self.care.careful(self.using.dialer.gate, self.network) if self.care is not None else ()

    def missed(self, reached: Sequence[Way]) -> tuple[Address, ...]:
        """Those of them behind a router, whom no sweep looked for: a connection at their own pace does."""
        far = [way.part for way in reached if not way.near]
        spared = (one for one in self.careful() if any(ipaddress.ip_address(one) in part for part in far))
        return tuple(one for one in spared if one not in self.found.hosts and self.may_touch(one))

    def everyone(self, parts: Sequence[IPNetwork]) -> Iterator[Address]:
        """Every address of these parts that is worth a connect, our own left out."""
        own = {str(address.ip) for link in self.using.links for address in link.addresses}
        for address in everyone(self.network, parts, self.seed, self.using.notes.append, self.scope.only):
            known = address in own or address in self.found.hosts
            if not known and not self.before.given_up(address, KNOCKS_WITHOUT_ANSWER):
                yield address

    def sift(self, reached: Sequence[Way]) -> Sift | None:
        """Who sweeps the ports of those that let knocks pass in silence; None where the profile, or this machine, does not."""
        limits, using = LIMITS[self.network.profile], self.using
        if using.canary is None or not limits.syn:
            return None
        return Sift(
            segment=str(self.network.cidr),
            ways=reached,
            asker=using.canary,
            limits=limits,
            may=self.may_sweep,
            confirm=lambda address: using.dialer.confirm(address, self.network),
            bear=self.budget().bear,
            cards=using.cards,
            pace=using.dialer.pacer,
            sleep=using.dialer.pacer.sleep,
            seed=self.seed,
        )

    def may_sweep(self, address: Address, port: Port) -> bool:
        """Whether a port of a host may get a SYN that nothing follows: never of one that needs more care than its network."""
        if port in self.permitted or self.using.dialer.pacer.stopped or why_not(port, self.network.profile):
            return False
        gate, limits = self.using.dialer.gate, LIMITS[self.network.profile]
        if any(address in group.addresses for group in gate.groups):
            return False
        if self.care is not None and self.care.limits(address, self.network) != limits:
            return False
        card, now = self.using.cards.get(address), self.clock()
        return gate.may(address, port=port, touch=Touch.KNOCK, now=now, mac=card).allowed

    async def knock(self, hosts: Iterable[Address], give_up: int | None, sift: Sift | None = None) -> None:
        """Knock on the ports; an open one is asked what it is over the same connection."""
        asked = ports(self.network, self.ports, self.scope.flags)
        if self.engine is Engine.OWN and give_up is None and not listed(self.ports):
            asked += active.asked(self.network.profile, self.permitted)
        total = len(hosts) * len(asked) if isinstance(hosts, list) else 0
        knocking = tcp(
            self.network,
            hosts,
            asked,
            self.using.dialer,
            vantage=self.vantage,
            clock=self.clock,
            seed=self.seed,
            give_up=give_up,
            wanted=self.wanted,
            sift=sift,
        )
        async with asyncio.TaskGroup() as group, aclosing(knocking) as opened:
            done = 0
            async for found in opened:
                done += 1
                self.watch(self.network.zone, "what it is", done, total)
                if found.seen is not None:
                    self.take(found.seen)
                if found.conn is not None:
                    group.create_task(self.ask(found.conn))

    async def ask(self, conn: TcpConn) -> None:
        """Let the fitting probe talk on an open connection; when only knocking, hang up in order."""
        if self.engine is Engine.KNOCK:
            await conn.close()
            return
        profile = self.care.profile(conn.address, self.network) if self.care else self.network.profile
        kinds = self.using.dialer.gate.kinds(conn.address, self.using.cards.get(conn.address))
        talk = active.exchange(
            conn, profile, zone=self.network.zone, vantage=self.vantage, clock=self.clock, kinds=kinds
        )
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
            care=self.care,
            windows=self.using.dialer.windows,
            stop=self.using.dialer.pacer.stop,
            behind=lambda address: not is_near(address, self.using.links),
        )
        async with aclosing(found) as answers:
            async for host in answers:
                for seen in nmap_seen.observations(host, NMAP_SOURCE, self.network.zone, self.vantage):
                    self.add(seen)
