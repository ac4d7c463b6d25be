"""The lab's one process: build the network, open every device's ports in its own namespace, play until told to stop.

`python -m scanner.lab.serve SECTOR SEED NOW FOLDER [CARD...]` runs inside namespaces that `scanner.lab.run` made for it. It says
`ready` on stdout when every port listens, ends when its stdin closes, and leaves `tally.json` in FOLDER.
"""

import asyncio
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final
from typing import cast as cast_to

import msgspec

from scanner.errors import HostError, ScannerError
from scanner.lab import network
from scanner.lab.actor import Actor, Tally, cast
from scanner.lab.device import Device, Door, fixtures
from scanner.lab.frames import Card, Inspection
from scanner.lab.sector import Sector, load
from scanner.lab.tamper import meant
from scanner.model import net

READY: Final = "ready"
_SOL_PACKET, _PACKET_VNET_HDR = 263, 15  # <linux/socket.h>, <linux/if_packet.h>
_LONGEST: Final = 1 << 17
"""Bytes of the longest frame that the kernel hands over uncut."""
_RST_ON_CLOSE: Final = struct.pack("ii", 1, 0)


def main(arguments: Sequence[str]) -> int:
    """Build and play one sector; the exit status of the process."""
    name, seed, now, folder, *cards = arguments
    try:
        _private_run()
        sector = load(name, int(seed) if seed != "-" else None, cards=cards)
        network.build(sector.plan, sector.devices)
        asyncio.run(_serve(sector, datetime.fromisoformat(now), Path(folder)))
    except ScannerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _private_run() -> None:
    """Give `ip netns` a /run of its own, so that nothing of ours shows outside this mount namespace."""
    import subprocess

    done = subprocess.run(
        ["mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise HostError(f"cannot give the lab a /run of its own: {done.stderr.strip()}")


async def _serve(sector: Sector, now: datetime, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    actors: list[Actor] = []
    cards: list[socket.socket] = []
    for at, device in enumerate(sector.devices):
        if device.powered:
            actor = await _stage(at, device, now)
            actors.append(actor)
            cards += _overhear(at, actor)
            cards += _inspect(sector, actor)
            cards += _feel(at, actor)
            cards += _carry(at, actor)
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else stop.set())
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await stop.wait()
    loop.remove_reader(sys.stdin.fileno())
    for card in cards:
        loop.remove_reader(card.fileno())
        card.close()
    write_tallies(folder, [actor.tally for actor in actors])
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def write_tallies(folder: Path, tallies: Sequence[Tally]) -> None:
    """Leave what was done to each device as `tally.json`."""
    (folder / "tally.json").write_bytes(msgspec.json.format(msgspec.json.encode(tallies)))


async def _stage(at: int, device: Device, now: datetime) -> Actor:
    """Open a device's ports on all its cards, in its own namespace."""
    servers: list[asyncio.Server] = []

    def dies() -> None:
        for server in servers:
            server.close()
        for card in range(len(device.nics)):
            network.unplug(at, card)

    actor = Actor(device, cast(device, fixtures(), now), dies)
    for door, listening in network.within(network.space(at), partial(_listen, device)):
        if net.is_udp(door.at):
            ears = partial(_Ear, actor, door)
            await asyncio.get_running_loop().create_datagram_endpoint(ears, sock=listening)
        else:
            servers.append(await asyncio.start_server(partial(_meet, actor, door), sock=listening))
    return actor


def _overhear(at: int, actor: Actor) -> list[socket.socket]:
    """Listen on the cards of a device that can be harmed by what no socket ever sees."""
    behaviour = actor.device.behaviour
    if behaviour.any_udp == "lives" and behaviour.empty is None:
        return []

    def datagram() -> None:
        if behaviour.any_udp == "dies":
            actor.die("a datagram")

    opened = []
    ports = {net.number(door.at) for door in actor.device.doors}
    for n, nic in enumerate(actor.device.nics):
        card = Card(IPv4Address(nic.address).packed, ports, datagram, actor.left_empty)
        opened.append(network.within(network.space(at), partial(_tap, f"eth{n}")))
        _hear(opened[-1], card.hear)
    return opened


def _feel(at: int, actor: Actor) -> list[socket.socket]:
    """Listen on the cards of a device that must not be touched at all."""
    opened = []
    for n, nic in enumerate(actor.device.nics if actor.device.behaviour.tamper == "dies" else ()):
        card, address = bytes.fromhex(nic.mac.replace(":", "")), IPv4Address(nic.address).packed

        def hear(frame: bytes, card: bytes = card, address: bytes = address) -> None:
            if meant(frame, card, address):
                actor.die(f"a frame that was meant for it: {frame[:42].hex()}")

        opened.append(network.within(network.space(at), partial(_tap, f"eth{n}")))
        _hear(opened[-1], hear)
    return opened


def _inspect(sector: Sector, actor: Actor) -> list[socket.socket]:
    """Let a switch that inspects ARP watch the port by which the scanner comes in, in each of its zones."""
    limit, opened = actor.device.behaviour.arp_limit, []
    zones = {nic.zone for nic in actor.device.nics} if limit else set()
    for at, zone in enumerate(sector.plan.zones):
        if limit and zone.name in zones:

            def shut(leg: int = at) -> None:
                actor.die(f"{limit} ARP requests in a second: it shut the port")
                network.shut(leg)

            watch = Inspection(limit, asyncio.get_running_loop().time, shut)
            opened.append(_tap(f"s{at}"))
            _hear(opened[-1], watch.hear)
    return opened


def _carry(at: int, actor: Actor) -> list[socket.socket]:
    """Carry the frames of a device that gets slow under load over the cut in its cable, its own as late as it is."""
    opened: list[socket.socket] = []
    for n in range(len(actor.device.nics) if actor.device.behaviour.drag else 0):
        ends = own, bridge = _tap(f"v{at}.{n}"), _tap(f"w{at}.{n}")
        for end in ends:
            # the kernel leaves checksums and cutting to the card: say with each frame what is still to be done
            end.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        _hear(own, partial(_pass_late, actor, bridge))
        _hear(bridge, partial(_pass_on, own))
        opened += ends
    return opened


def _pass_late(actor: Actor, to: socket.socket, frame: bytes) -> None:
    asyncio.get_running_loop().call_later(actor.late, _pass_on, to, frame)


def _pass_on(to: socket.socket, frame: bytes) -> None:
    with contextlib.suppress(OSError):  # closed, or down: the frame is lost, as on a cable
        to.send(frame)


def _tap(card: str) -> socket.socket:
    """A socket that hears every frame of one card that comes in."""
    every = 0x0003  # ETH_P_ALL of <linux/if_ether.h>
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(every))
    tap.bind((card, every))
    tap.setblocking(False)
    return tap


def _hear(tap: socket.socket, hear: Callable[[bytes], object]) -> None:
    def ready() -> None:
        try:
            frame, (_, _, direction, *_) = tap.recvfrom(_LONGEST)
        except OSError:  # the card went down: it hears nothing any more
            return
        if direction != socket.PACKET_OUTGOING:
            hear(frame)

    asyncio.get_running_loop().add_reader(tap.fileno(), ready)


def _listen(device: Device) -> list[tuple[Door, socket.socket]]:
    opened = []
    for door in device.doors:
        kind = socket.SOCK_DGRAM if net.is_udp(door.at) else socket.SOCK_STREAM
        listening = socket.socket(socket.AF_INET, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("0.0.0.0", net.number(door.at)))  # noqa: S104 - all cards of one simulated device
        if kind == socket.SOCK_STREAM:
            listening.listen(64)
        listening.setblocking(False)
        opened.append((door, listening))
    return opened


class _Ear(asyncio.DatagramProtocol):
    """A UDP port of a device: each datagram is a conversation of its own."""

    def __init__(self, actor: Actor, door: Door) -> None:
        self._actor, self._door = actor, door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line = cast_to("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for said in self._actor.asked(self._door, data):
            self._line.sendto(said, addr)


class _Wire:
    """A StreamWriter that can also cut the connection off."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def wait_closed(self) -> None:
        await self._writer.wait_closed()

    def reset(self) -> None:
        connection: socket.socket = self._writer.get_extra_info("socket")
        if connection.fileno() >= 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
        self._writer.transport.abort()


async def _meet(actor: Actor, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await actor.meet(door, reader, _Wire(writer))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
