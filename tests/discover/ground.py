"""A network in memory that loses questions and answers: what the raw helper would hear of it."""

import asyncio
import ipaddress
import random
from datetime import UTC, datetime

from scanner.discover.budget import Budget
from scanner.discover.congestion import Shares
from scanner.discover.found import Found
from scanner.discover.guards import Faces
from scanner.discover.places import Places
from scanner.discover.search import Search
from scanner.discover.ways import Way
from scanner.model.kinds import Profile
from scanner.model.net import Address, Mac
from scanner.scope.file import Flags, Network
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Heard, Method, Progress

NOW = datetime(2026, 12, 2, tzinfo=UTC)
ROUTER = Mac("02:00:00:00:ff:ff")


def card(address):
    digits = f"02{int(ipaddress.ip_address(address)) & 0xFFFFFFFFFF:010x}"
    return Mac(":".join(digits[at : at + 2] for at in range(0, 12, 2)))


class Host:
    """Answers what it is told to answer."""

    def __init__(self, ports=(80,), *, echo=True, refuses=True, mac=None, ttl=60, udp=()):
        self.ports, self.echo, self.refuses, self.mac, self.ttl, self.udp = (
            ports,
            echo,
            refuses,
            mac,
            ttl,
            udp,
        )


class Far:
    """Plays the raw helper: passes over the silent ones, each frame and each answer lost by chance."""

    def __init__(self, hosts, loss=0.0, seed=0, stop_at=None):
        self.hosts, self.loss, self.dice, self.stop_at = hosts, loss, random.Random(seed), stop_at
        self.wishes, self.asked, self.paces = [], [], []

    async def pace(self, rate):
        self.paces.append(rate)

    async def ask(self, wish, progress=lambda _progress: None):
        self.wishes.append(wish)
        targets = [ipaddress.ip_network(one) for one in wish.targets]
        order = [(a, p) for a in self._order(targets, wish.seed) for p in wish.ports or (None,)]
        answered, total = set(), len(order)
        for place in range(wish.begin, total * wish.tries):
            if place % 16 == 0:
                progress(Progress(asked=place, total=total, place=place, rate=wish.rate))
                await asyncio.sleep(0)
            address, port = order[place % total]
            if (address, port) in answered:
                continue
            if self.stop_at is not None and len(self.asked) >= self.stop_at:
                raise ProcessLookupError(f"killed at {place}")
            self.asked.append((wish.method, address, port))
            heard = self._answer(wish, address, port)
            if heard is not None and self.dice.random() >= self.loss and self.dice.random() >= self.loss:
                answered.add((address, port))
                yield heard

    def _order(self, targets, seed):
        found = [
            Address(str(one))
            for target in targets
            for one in ([target[0]] if target.num_addresses == 1 else target.hosts())
        ]
        random.Random(seed).shuffle(found)
        return found

    def _answer(self, wish, address, port):
        host = self.hosts.get(address)
        if host is None or (
            not wish.via and wish.method not in {Method.ARP, Method.ND} and address not in wish.cards
        ):
            return None
        said = {"address": address, "port": port, "rtt_ms": 1.0}
        match wish.method:
            case Method.ARP | Method.ND:
                return Heard(address=address, mac=host.mac or card(address), state="there", rtt_ms=1.0)
            case Method.ECHO | Method.ECHO6:
                return Heard(address=address, state="there", ttl=host.ttl, rtt_ms=1.0) if host.echo else None
            case Method.SYN:
                if port in host.ports:
                    return Heard(**said, state="open", ttl=host.ttl)
                return Heard(**said, state="closed", ttl=host.ttl) if host.refuses else None
            case Method.UDP:
                return Heard(**said, state="answered", data=b"x") if port in host.udp else None


def network(cidr="10.0.0.0/24", profile=Profile.OFFICE):
    return Network(
        cidr=ipaddress.ip_network(cidr), zone="ward", profile=profile, criticality=None, windows=(), vlan=None
    )


def way(cidr="10.0.0.0/24", *, routed=False, source="10.0.0.250"):
    return Way(
        interface="v0", source=source, part=ipaddress.ip_network(cidr), gateway=ROUTER if routed else None
    )


class Books:
    """A ledger that books everything, or leaves out who is tired."""

    def __init__(self, tired=()):
        self.spent, self._tired = [], [ipaddress.ip_network(one) for one in tired]

    def spend(self, address, _now, _budget, count):
        self.spent.append((address, count))
        return not any(ipaddress.ip_address(address) in one for one in self._tired)

    def spend_span(self, network, _now, _budget, count):
        self.spent.append((str(network), count))
        return True

    def tired(self, network, _now, _budget, _count):
        return tuple(one for one in self._tired if one.subnet_of(network))


class Seen:
    """A search of one network, and all that came of it."""

    def __init__(self, far, cidr="10.0.0.0/24", profile=Profile.OFFICE, **more):
        self.log, self.notes, self.drawn = [], [], []
        self.faces, self.books = Faces(), more.pop("books", Books())

        def take(one):
            self.log.append(one)
            self.faces.saw(one)

        self.search = Search(
            network=network(cidr, profile), flags=more.pop("flags", Flags()), asker=far, seed=7, vantage="here",
            clock=lambda: NOW, take=take, faces=self.faces, cards=more.pop("cards", {}),
            budget=Budget(books=self.books, most=LIMITS[profile].budget, clock=lambda: NOW),
            places=more.pop("places", Places(lambda: 0.0)), shares=Shares(), note=self.notes.append,
            progress=lambda *said: self.drawn.append(said), neighbours=more.pop("neighbours", ()), found=Found(), **more,
        )  # fmt: skip

    def run(self, *ways):
        async def work():
            for one in ways:
                await self.search.way(one)
            for one in ways:
                await self.search.after(one)

        asyncio.run(work())
        return self

    @property
    def hosts(self):
        return set(self.search.found.hosts)

    def tries(self, source):
        return {
            one.address: one.value
            for one in self.log
            if (one.field, one.source) == ("discover.tries", source)
        }


def crowd(count, start="10.0.0.1", **more):
    base = int(ipaddress.ip_address(start))
    return {Address(str(ipaddress.ip_address(base + n))): Host(**more) for n in range(count)}
