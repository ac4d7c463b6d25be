"""The same devices without namespaces: connections made in memory, for machines that cannot have a simulated network.

No frame exists here, so there is no raw helper and no timing worth measuring; a report made from it says so.
"""

import asyncio
import errno
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, ip_network
from pathlib import Path

import msgspec

from scanner.lab.actor import Actor, Tally, cast
from scanner.lab.device import Device, Door, fixtures
from scanner.lab.network import Plan
from scanner.lab.talk import Talk
from scanner.model import net
from scanner.model.net import Address, Mac, Port
from scanner.wire.links import Link
from scanner.wire.pipe import Ask, Heard, Method, Progress, State

_NO_SUCH_PORT = 3 * 256 + 3
"""ICMP type 3 code 3 (RFC 792): port unreachable."""


class Pipe:
    """The writing end of a connection in memory: what callers use of asyncio.StreamWriter."""

    def __init__(self, far: asyncio.StreamReader, peer: tuple[str, int]) -> None:
        self._far, self._peer = far, peer
        self._closed = self._done = False
        self.other: Pipe | None = None
        """The writing end of the other side."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the other side; after the end they are lost."""
        if not (self._done or self._gone()):
            self._far.feed_data(data)

    async def drain(self) -> None:
        """Let the other side run; raise ConnectionResetError once it is gone."""
        await asyncio.sleep(0)
        if self._closed or self._gone():
            raise ConnectionResetError(errno.ECONNRESET, "the other side is gone")

    def write_eof(self) -> None:
        """Say that no more will come."""
        if not (self._done or self._gone()):
            self._far.feed_eof()
        self._done = True

    def close(self) -> None:
        """Close in order; harmless when already closed."""
        self.write_eof()
        self._closed = True

    def reset(self) -> None:
        """Cut the connection off."""
        if not self._closed and not self._gone():
            self._far.set_exception(ConnectionResetError(errno.ECONNRESET, "connection reset by peer"))
        self._closed = self._done = True

    def is_closing(self) -> bool:
        """True after close or reset."""
        return self._closed

    async def wait_closed(self) -> None:
        """Return at once: nothing is left to flush."""

    def get_extra_info(self, name: str, default: object = None) -> object:
        """`peername` as a socket would give it; nothing else is known."""
        return self._peer if name == "peername" else default

    def _gone(self) -> bool:
        return self.other is not None and self.other.is_closing()


class InProcess:
    """A set of devices, reachable by address; `tallies` says what was done to them."""

    def __init__(self, devices: Sequence[Device], now: datetime, folder: Path | None = None) -> None:
        self._down: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._at: dict[Address, Actor] = {}
        self.tallies: list[Tally] = []
        for device in devices:
            if device.powered:
                self._add(device, cast(device, folder or fixtures(), now))

    def _add(self, device: Device, talks: Mapping[Port, Talk]) -> None:
        actor = Actor(device, talks, lambda: self._down.add(device.id))
        self.tallies.append(actor.tally)
        self._at.update((nic.address, actor) for nic in device.nics)

    async def connect(self, address: Address, port: Port) -> tuple[asyncio.StreamReader, Pipe]:
        """Connect as the kernel would: the dialer's transport.

        Raise ConnectionRefusedError for a closed port and OSError for an address that nobody has; behind a firewall
        that drops it waits for ever, and the caller's deadline ends it.
        """
        actor = self._at.get(address)
        if actor is None or actor.device.id in self._down:
            raise OSError(errno.EHOSTUNREACH, f"no route to host {address}")
        if actor.device.behaviour.firewalled:
            await asyncio.Event().wait()
        door = next((door for door in actor.device.doors if door.at == port), None)
        if door is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"{address} has {port} closed")
        return self._open(actor, door, address)

    def _open(self, actor: Actor, door: Door, address: Address) -> tuple[asyncio.StreamReader, Pipe]:
        ours, theirs = asyncio.StreamReader(), asyncio.StreamReader()
        near = Pipe(theirs, (address, net.number(door.at)))
        far = Pipe(ours, ("scanner", 0))
        near.other, far.other = far, near
        task = asyncio.create_task(actor.meet(door, theirs, far))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return ours, near

    def arp(self) -> dict[Address, Mac]:
        """Who would answer ARP: what a sweep of every zone would bring home."""
        cards = [(actor.device, nic) for actor in set(self._at.values()) for nic in actor.device.nics]
        return {nic.address: nic.mac for device, nic in cards if device.id not in self._down}

    async def ask(
        self, wish: Ask, progress: Callable[[Progress], None] = lambda _progress: None
    ) -> AsyncGenerator[Heard, None]:
        """Who answers, at once: in place of the raw helper, without a frame. Known are ARP, echo, SYN and UDP."""
        targets = [ip_network(target) for target in wish.targets]
        cards = self.arp()
        for address in sorted(cards, key=net.order):
            if any(IPv4Address(address) in target for target in targets):
                for heard in self._answers(wish, address, cards[address]):
                    yield heard
        total = sum(target.num_addresses for target in targets)
        progress(Progress(asked=total, total=total, place=total, rate=wish.rate))

    async def pace(self, rate: float) -> None:
        """Nothing is sent, at whatever rate."""

    def _answers(self, wish: Ask, address: Address, card: Mac) -> Iterator[Heard]:
        """What a device says to one question by frames."""
        device = self._at[address].device
        if wish.method is Method.ARP:
            yield Heard(address=address, mac=card, state="there", rtt_ms=0.0)
        elif device.behaviour.firewalled:
            return
        elif wish.method is Method.ECHO:
            yield Heard(address=address, mac=card, state="there", ttl=64, rtt_ms=0.0)
        elif wish.method is Method.SYN:
            doors = {door.at for door in device.doors}
            for port in wish.ports:
                state: State = "open" if net.tcp(port) in doors else "closed"
                yield Heard(address=address, mac=card, port=port, state=state, ttl=64, rtt_ms=0.0)
        elif wish.method is Method.UDP:
            yield from self._said(wish, address, card)

    def _said(self, wish: Ask, address: Address, card: Mac) -> Iterator[Heard]:
        """The first answer of each port that was asked; its own kernel says of the others that they are closed."""
        actor = self._at[address]
        doors = {door.at: door for door in actor.device.doors}
        for port in wish.ports:
            door = doors.get(net.udp(port))
            said = actor.asked(door, wish.payloads.get(port, b"")) if door else []
            heard = Heard(
                address=address, mac=card, port=port, state="answered", rtt_ms=0.0, data=b"".join(said[:1])
            )
            if said:
                yield heard
            elif door is None:
                yield msgspec.structs.replace(heard, state="unreachable", by=address, error=_NO_SUCH_PORT)


def links(plan: Plan) -> tuple[Link, ...]:
    """The cards that the scanner would have: a leg in every zone, for a run in which this machine's own must not count."""
    return tuple(
        Link(
            name=f"leg{at}",
            mac=net.mac(f"025c0000{at + 1:04x}"),
            addresses=(IPv4Interface(f"{plan.scanner(zone)}/{zone.cidr.partition('/')[2]}"),),
        )
        for at, zone in enumerate(plan.zones)
    )
