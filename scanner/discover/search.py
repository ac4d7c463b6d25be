"""Find who is there in one network: way by way, method by method, and again only what is still unknown."""

import asyncio
import ipaddress
import random
import zlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from msgspec import Struct, field

from scanner.discover import guards, nd, nodes, sparse, syn
from scanner.discover.budget import Budget
from scanner.discover.congestion import FAST, Shares, Sweep, watch
from scanner.discover.found import Found
from scanner.discover.guards import Faces
from scanner.discover.how import Asker, Fact, How, there
from scanner.discover.methods import methods, settling
from scanner.discover.places import Places
from scanner.discover.ports import SWEPT, swept
from scanner.discover.ways import Way
from scanner.model import net
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation
from scanner.scope.file import Flags, Network
from scanner.scope.profile import LIMITS, Limits
from scanner.wire.gear import STRANGERS
from scanner.wire.never import why_not
from scanner.wire.pipe import Ask, Heard, Method, Progress

WAIT: Final = 1.0
"""Seconds to listen after the last frame of a pass."""

AGAIN: Final = 24
"""Known hosts of a segment that are asked again by ARP, so that loss and sleep can be told apart."""

PORTED: Final = 1024
"""Hosts whose ports are swept in one ask."""

FURTHER: Final = (60, 8)
"""Silent addresses behind a router that are asked on so many further ports: what the first ports may have missed."""

_PORTED: Final = frozenset({Method.SYN, Method.UDP})
"""Methods that need ports."""


class Search(Struct, frozen=True, kw_only=True):
    """One network in one run, and what it takes to search it."""

    network: Network
    flags: Flags
    asker: Asker
    seed: int
    vantage: str | None
    clock: Callable[[], datetime]
    take: Callable[[Observation], None]
    faces: Faces
    cards: dict[Address, Mac]
    places: Places
    shares: Shares
    budget: Budget
    note: Callable[[str], None]
    progress: Callable[[int, int], None]
    neighbours: Sequence[Address]
    """Addresses that this machine's own network stack knows; hearsay, so they are asked like any other."""
    found: Found
    groups: nodes.Groups = field(default_factory=nodes.Groups)
    """Who asks all nodes of a segment at once, each segment once in a run."""
    canary: Asker | None = None
    """Who asks canaries while `asker` sweeps."""

    @property
    def limits(self) -> Limits:
        """What the network's profile allows."""
        return LIMITS[self.network.profile]

    async def all(self, reached: Sequence[Way], ports: Sequence[Port]) -> None:
        """Find everyone, whatever way leads there; where very many ports are wished for, also which are open."""
        for way in reached:
            await self.way(way)
        if swept(len(ports), len(self.found.hosts), self.limits):
            for way in reached:
                await self._ports(way, ports)

    async def way(self, way: Way) -> None:
        """Find everyone who is reached one way; who was found is in `found` as soon as it is."""
        for how in methods(self.limits, self.flags, way.part.version, near=way.near):
            await self._sweep(how, way)
        if way.near:
            await self._settle(way)
        else:
            await self._further(way)
            self._alike(way)

    async def after(self, way: Way) -> None:
        """Ask a few known ones again, and leave in the log what recall is judged by; nobody has to wait for it."""
        hows = methods(self.limits, self.flags, way.part.version, near=way.near)
        if way.near:
            await self._again(hows, way)
        await self._bait(way)
        self._tell(hows, way)

    async def _sweep(self, how: How, way: Way) -> None:
        """Ask everyone by one method; networks too wide for that are sampled first."""
        ports = how.ports(self.limits)
        if isinstance(way.part, IPv6Network):
            heard = await self.groups.heard(way, self.asker, self.limits, self.flags, self.budget, self.note)
            told = [*self.neighbours, *nodes.suggested(way.part, heard)]
            targets = nd.candidates(way.part, told, [*self.cards.values(), *heard.values()])
            if targets:
                await self._ask(how, way, targets, ports, "all")
        elif way.part.num_addresses <= sparse.WIDE:
            await self._ask(how, way, (str(way.part), *way.ends), ports, "all")
        else:
            for at, portion in enumerate(sparse.sample(way.part, self.seed)):
                await self._ask(how, way, portion, ports, f"sample {at}")
            blocks = sparse.inhabited(self.found.hosts, way.part)
            for at in range(0, len(blocks), 256):
                await self._ask(how, way, blocks[at : at + 256], ports, f"blocks {at}")
            self.note(f"{how.method}: {sparse.words(way.part, len(blocks))}")

    async def _again(self, ways: Sequence[How], way: Way) -> None:
        """Ask a few of those found once more, as often as the silent ones were: what they do not answer was lost."""
        for how in ways:
            told = self.found.tries[how.source]
            known = [one for one in told if one in self.found.hosts and _in(one, way)][:AGAIN]
            for turn in range(1, self.limits.arp_tries if known else 1):
                for address in known:
                    told[address] = told[address].ljust(turn + 1, "-")
                asked = tuple(one for one in known if told[one][turn] == "-")
                if not asked:
                    continue
                heard = {one.address async for one in self._heard(how, way, asked, (), tries=1)}
                for address in asked:
                    told[address] = (
                        told[address][:turn] + str(int(address in heard)) + told[address][turn + 1 :]
                    )

    async def _ports(self, way: Way, ports: Sequence[Port]) -> None:
        """Sweep very many ports of every host by SYN; only what is open is worth a word in the log."""
        hosts = [one for one in self.found.hosts if _in(one, way)]
        numbers = tuple(net.number(port) for port in ports if why_not(port, self.network.profile) is None)
        # so few hosts at a time that the order of places stays small
        for at in range(0, len(hosts), PORTED):
            some = hosts[at : at + PORTED]
            for host in some:
                self.found.opened[host] = set()
            asking = self._heard(syn.HOW, way, tuple(some), numbers, tries=self.limits.arp_tries)
            async for heard in asking:
                if heard.port is not None and heard.state == "open":
                    self.found.opened[heard.address].add(net.tcp(heard.port))
                elif heard.port is not None and len(ports) <= SWEPT:
                    # open everywhere, or many services: what is closed tells
                    self.faces.of[heard.address].states[net.tcp(heard.port)] = heard.state

    async def _bait(self, way: Way) -> None:
        """Where any port may be asked, ask everyone on high ports that nobody uses: see `guards`."""
        here = tuple(one for one in self.found.hosts if _in(one, way))
        if here and self.limits.syn and self.limits.budget is None:
            await self._ask(syn.HOW, way, here, guards.canaries(self.seed), "canaries")

    async def _settle(self, way: Way) -> None:
        """Ask those for whom a card of many answers by anything but ARP: who answers that is somebody."""
        doubted = {
            one: None for one in guards.suspects(self.faces.of) if _in(one, way) and one in self.found.hosts
        }
        if not doubted:
            return
        for how in settling(self.limits, self.flags, way.part.version):
            await self._ask(how, way, tuple(doubted), how.ports(self.limits), "suspects")
        for address in doubted:
            if not self.faces.of[address].answers:
                del self.found.hosts[address]
                self.found.doubtful[address] = None

    async def _further(self, way: Way) -> None:
        """Ask a sample of the silent ones on further ports; say what may be missing, or that all must be asked."""
        if not self.limits.syn or not isinstance(way.part, IPv4Network):
            return
        many, more = FURTHER
        silent = way.part.num_addresses - len(self.found.hosts)
        drawn = list(_drawn(way.part, self.found.hosts, self.seed, many))
        ports = tuple(net.number(port) for port in self.limits.ports[syn.PORTS : syn.PORTS + more])
        before = len(self.found.hosts)
        if drawn and ports:
            await self._ask(syn.HOW, way, tuple(drawn), ports, "further")
        if len(self.found.hosts) > before:
            self.found.widen = True
            self.note(
                f"{way.part}: hosts answered on further ports only, so every silent address was knocked on"
            )
        elif drawn:
            hosts = sparse.unseen(len(drawn), silent)
            self.note(
                f"{way.part}, behind a router: {silent:,} addresses answered neither echo nor {syn.PORTS} TCP ports and"
                f" were not knocked on; of {len(drawn)} of them by lot none answered {len(ports)} further ports: with"
                f" 95 % confidence fewer than {hosts + 1:,} hosts are missing for that"
            )

    def _alike(self, way: Way) -> None:
        """Leave out those that one firewall answers for: nobody would be met behind them."""
        flags = [
            one
            for one in guards.judge(self.faces.of, blocks(self.faces, way))
            if one.name == "answers_for_all"
        ]
        for flag in flags:
            if _in(flag.address, way):
                self.found.hosts.pop(flag.address, None)
        if flags:
            self.note(f"{len(flags)} addresses were not knocked on: {flags[0].why}")

    async def _ask(
        self, how: How, way: Way, targets: tuple[str, ...], ports: tuple[int, ...], stage: str
    ) -> None:
        """Ask in passes, at the pace of the profile and of the way; every answer becomes observations."""
        # a place means something only in the order of these very targets and ports
        order = zlib.crc32(repr((targets, ports)).encode())
        key = f"{self.network.cidr} {way.part} {how.method} {stage} {order:08x}"
        begin = self.places.begin(key)
        if begin is None or (not ports and how.method in _PORTED):
            return
        tries = 1 if how.payloads else self.limits.arp_tries
        if not how.whole:
            targets = await self.budget.bear(targets, tries * max(1, len(ports)))
        if not targets:
            return
        size = max(1, sum(_size(one) for one in targets) * max(1, len(ports)))
        reached = begin

        def progress(said: Progress) -> None:
            nonlocal reached
            reached = said.place
            self.places.reached(key, said.place)
            if said.total:
                self.progress(said.asked, said.total)

        told = self.found.tries[how.source]
        async for heard in self._heard(how, way, targets, ports, tries=tries, begin=begin, progress=progress):
            turn = min(tries - 1, reached // size)
            if self._seen(how, heard) and "1" not in told.get(heard.address, ""):
                told[heard.address] = "0" * turn + "1"
        self.places.done(key)

    async def _heard(
        self,
        how: How,
        way: Way,
        targets: tuple[str, ...],
        ports: tuple[int, ...],
        *,
        tries: int,
        begin: int = 0,
        progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> AsyncGenerator[Heard, None]:
        """Answers to one ask, whose rate follows what the way bears."""
        key = f"{way.interface} {way.gateway or way.part} {how.whole}"
        sweep = Sweep(asker=self.asker, most=self._rate(how, way))
        rate = await self.shares.enter(key, sweep)
        minding = asyncio.create_task(self._mind(how, way, key, sweep)) if self._minded(how, rate) else None
        wish = Ask(
            method=how.method,
            interface=way.interface,
            source=way.source,
            targets=targets,
            ports=ports,
            payloads={port: how.payloads[port] for port in ports if port in how.payloads},
            via=way.gateway,
            cards={} if how.whole or way.gateway else self._cards(targets),
            vlan=way.vlan,
            rate=rate,
            tries=tries,
            seed=self.seed,
            wait=WAIT,
            begin=begin,
        )
        try:
            async with aclosing(self.asker.ask(wish, progress)) as answers:
                async for heard in answers:
                    yield heard
        finally:
            if minding is not None:
                minding.cancel()
            await self.shares.leave(key, sweep)
            if sweep.congestion.lowered:
                self.note(
                    f"{way.part}: answers thinned out, so the rate was lowered {sweep.congestion.lowered} times"
                )

    def _minded(self, how: How, rate: float) -> bool:
        """Whether canaries are worth their frames: where we are fast, and where one question has one answer."""
        return self.canary is not None and rate >= FAST and not how.payloads

    async def _mind(self, how: How, way: Way, key: str, sweep: Sweep) -> None:
        def alive() -> list[Address]:
            told = self.found.tries[how.source]
            return [one for one in told if "1" in told[one] and _in(one, way)]

        async def answered(picked: Sequence[Address]) -> int:
            ports = how.ports(self.limits)[:1]
            wish = Ask(
                method=how.method, interface=way.interface, source=way.source, targets=tuple(picked), ports=ports,
                via=way.gateway, cards={} if how.whole or way.gateway else self._cards(picked), vlan=way.vlan,
                rate=self._rate(how, way), tries=1, seed=self.seed, wait=WAIT / 2,
            )  # fmt: skip
            assert self.canary is not None  # noqa: S101  # asked before this was started
            async with aclosing(self.canary.ask(wish)) as answers:
                return len({heard.address async for heard in answers})

        await watch(self.shares, key, sweep, alive, answered)

    def _rate(self, how: How, way: Way) -> float:
        """Frames per second when nobody else asks this way."""
        if how.whole:
            return self.limits.arp_rate
        if way.near:
            return self.limits.rate_total
        return min(self.limits.rate_total, STRANGERS.get(self.network.profile, self.limits.rate_total))

    def _cards(self, targets: Sequence[str]) -> dict[Address, Mac]:
        return {Address(one): self.cards[Address(one)] for one in targets if Address(one) in self.cards}

    def _seen(self, how: How, heard: Heard) -> bool:
        """Take in one answer; whether it proves that somebody is there."""
        facts = list(how.facts(heard)) if there(heard) else []
        for fact in facts:
            self.take(self._observation(how, heard, fact))
        if not facts:
            return False
        if heard.mac is not None and how.whole:
            self.cards[heard.address] = heard.mac
        by = f"tcp/{heard.port}" if how is syn.HOW else how.method.value
        if not how.whole:
            self.faces.timed(heard.address, by, heard.ttl, heard.rtt_ms)
        self.found.hosts[heard.address] = None
        return True

    def _observation(self, how: How, heard: Heard, fact: Fact) -> Observation:
        now = self.clock()
        return Observation(
            source=how.source,
            first=now,
            last=now,
            field=fact.field,
            value=fact.value,
            address=heard.address,
            mac=heard.mac if how.whole else None,
            port=fact.port,
            zone=self.network.zone,
            vantage=self.vantage,
        )

    def _tell(self, ways: Sequence[How], way: Way) -> None:
        """Leave in the log who answered which pass: at most one observation for each address and method."""
        # who was found by an earlier life of this run was not asked in this one
        asked = {address for told in self.found.tries.values() for address in told}
        here = [one for one in self.found.hosts if one in asked and _in(one, way)]
        now = self.clock()
        for how in ways:
            told, silent = self.found.tries[how.source], "0" * (1 if how.payloads else self.limits.arp_tries)
            for address in here:
                self.take(
                    Observation(
                        source=how.source,
                        first=now,
                        last=now,
                        field="discover.tries",
                        value=told.get(address, silent),
                        address=address,
                        zone=self.network.zone,
                        vantage=self.vantage,
                    )
                )


def blocks(faces: Faces, way: Way) -> Mapping[str, int]:
    """How many addresses of each block in which somebody answered were asked."""
    names = {guards.block(one) for one in faces.of if _in(one, way)}
    return {name: min(_size(name), _size(str(way.part))) for name in names}


def _in(address: Address, way: Way) -> bool:
    return ipaddress.ip_address(address) in way.part


def _size(target: str) -> int:
    """Hosts of a network, or 1 for an address."""
    cidr = ipaddress.ip_network(target)
    return cidr.num_addresses - 2 if cidr.version == 4 and cidr.prefixlen < 31 else cidr.num_addresses


def _drawn(part: IPv4Network, known: Mapping[Address, None], seed: int, many: int) -> list[str]:
    """Addresses of a network by lot, none of them known."""
    dice = random.Random(seed)  # noqa: S311  # a sample, not a secret
    size = part.num_addresses
    lots = dice.sample(range(1, size - 1), min(size - 2, many + len(known))) if size > 2 else []
    return [one for at in lots if (one := str(part[at])) not in known][:many]
