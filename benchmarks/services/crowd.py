"""The far end: one process that plays a crowd of the lab's devices, each with a card and an address of its own.

Run by world.py in a network namespace of its own, which knows no other way out than the cable to whoever measures. The
devices are those of the three simulated sectors with enough services on the ports in question, under other names and
numbers for each turn; they have none of the frailties that their files give them, so that nobody waits for the player.
"""

import asyncio
import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Address, ip_network

import msgspec

from scanner.lab.actor import Actor, cast
from scanner.lab.device import Behaviour, Device, Door, fixtures
from scanner.lab.randomise import vary
from scanner.lab.sector import load
from scanner.lab.serve import _Ear, _meet
from scanner.model import net

SECTORS = ("hospital", "utility", "bank")
_FREEBIND = 15
"""IP_FREEBIND of linux/in.h."""
_RCVBUFFORCE = 33
"""SO_RCVBUFFORCE of asm-generic/socket.h."""
_ARP = 0x0806
"""ETH_P_ARP of linux/if_ether.h."""


def main(wish: str) -> int:
    """Say `up` with who stands where, play until stdin closes, then say how many connections there were."""
    asked = json.loads(wish)
    hardest = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hardest, hardest))
    now = datetime.now(UTC)
    devices = list(crowd(asked["count"], asked["first"], asked["ports"], asked["services"]))
    ear = plug(asked["card"], asked["bits"], devices)
    asyncio.run(play(devices, now, ear))
    return 0


def crowd(count: int, first: str, ports: Sequence[int], services: int | None) -> Iterator[Device]:
    """So many devices at addresses from `first` on; those with `services` TCP services on these ports, or any when None."""
    sectors = [load(name, None) for name in SECTORS]
    turn = made = 0
    while made < count:
        turn += 1
        for sector in sectors:
            for device in vary(sector.plan, sector.devices, turn):
                doors = chosen(device, ports, services)
                if made == count or doors is None or not device.powered:
                    continue
                card = f"02:{device.nics[0].mac[3:8]}:{made >> 16:02x}:{made >> 8 & 255:02x}:{made & 255:02x}"
                address = net.address(str(IPv4Address(first) + made))
                nic = msgspec.structs.replace(device.nics[0], address=address, mac=net.mac(card))
                yield msgspec.structs.replace(
                    device, id=f"{device.id}.{made}", nics=(nic,), doors=doors, behaviour=Behaviour()
                )
                made += 1


def chosen(device: Device, ports: Sequence[int], services: int | None) -> tuple[Door, ...] | None:
    """The doors that are played; None for a device that is not wanted."""
    if services is None:
        return device.doors
    doors = [
        door
        for door in device.doors
        if door.talk and not net.is_udp(door.at) and net.number(door.at) in ports
    ]
    return tuple(doors[:services]) if len(doors) >= services else None


def plug(card: str, bits: int, devices: Sequence[Device]) -> socket.socket:
    """Own all addresses, and give the socket that hears ARP: each address answers from a card of its own.

    One card of the kernel plays them all. A card for each would copy every broadcast to each, and keep this machine busier
    than all that is measured on it.
    """
    for setting in (
        "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.ip_forward=0",
        "net.ipv4.conf.all.arp_ignore=8", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
        # many devices are one kernel here: what it limits for itself would limit all of them together
        "net.ipv4.icmp_ratemask=0", "net.ipv4.tcp_invalid_ratelimit=0", "net.core.somaxconn=4096",
    ):  # fmt: skip
        subprocess.run(["sysctl", "-qw", setting], check=True)
    lines = ["link set lo up", f"link set {card} addrgenmode none promisc on up"]
    lines += [f"route add local {device.nics[0].address}/32 dev {card}" for device in devices]
    lines.append(f"route add {ip_network(f'{devices[0].nics[0].address}/{bits}', strict=False)} dev {card}")
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
    # what is meant for any of their cards is meant for us
    rule = f"table netdev crowd {{\nchain in {{\ntype filter hook ingress device {card} priority 0\nether type ip meta pkttype set host\n}}\n}}"
    subprocess.run(["nft", "-f", "-"], input=rule, text=True, check=True)
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP))
    ear.bind((card, _ARP))
    ear.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, 1 << 24)
    ear.setblocking(False)
    return ear


def answers(ear: socket.socket, cards: Mapping[bytes, bytes]) -> None:
    """Answer every question who has an address of ours (RFC 826)."""
    while True:
        try:
            frame = ear.recv(128)
        except BlockingIOError:
            return
        card = cards.get(frame[38:42])
        if card is not None and frame[20:22] == b"\0\1":
            asker = frame[22:32]
            ear.send(asker[:6] + card + frame[12:20] + b"\0\2" + card + frame[38:42] + asker)


async def play(devices: Sequence[Device], now: datetime, ear: socket.socket) -> None:
    """Open every door, and play."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    nics = [device.nics[0] for device in devices]
    cards = {IPv4Address(nic.address).packed: bytes.fromhex(nic.mac.replace(":", "")) for nic in nics}
    loop.add_reader(ear.fileno(), answers, ear, cards)
    actors = []
    for device in devices:
        actor = Actor(device, cast(device, fixtures(), now), lambda: None)
        actors.append(actor)
        for door in device.doors:
            kind = socket.SOCK_DGRAM if net.is_udp(door.at) else socket.SOCK_STREAM
            listening = socket.socket(socket.AF_INET, kind)
            listening.setsockopt(socket.SOL_IP, _FREEBIND, 1)
            listening.bind((device.nics[0].address, net.number(door.at)))
            listening.setblocking(False)
            if kind == socket.SOCK_DGRAM:
                await loop.create_datagram_endpoint(partial(_Ear, actor, door), sock=listening)
            else:
                listening.listen(64)
                await asyncio.start_server(partial(_meet, actor, door), sock=listening)
    loop.add_reader(sys.stdin.fileno(), stop.set)
    say([[one.nics[0].address, one.id, [door.at for door in one.doors if door.talk]] for one in devices])
    await stop.wait()
    loop.remove_reader(sys.stdin.fileno())
    say(sum(sum(actor.tally.connections.values()) for actor in actors))
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def say(what: object) -> None:
    """One line to whoever started us."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
