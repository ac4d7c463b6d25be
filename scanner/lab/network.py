"""Lay the cables: a bridge for each zone, a namespace for each device, one for the scanner, and no way out.

Everything happens inside a network and mount namespace that the caller already stands in; nothing here looks at,
or touches, the machine's own interfaces.
"""

import ctypes
import ipaddress
import os
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from scanner.errors import DataError, HostError
from scanner.lab.device import Device
from scanner.model import net
from scanner.model.net import Address

SCANNER: Final = "scanner"
"""Name of the namespace that the scanner stands in."""
RUN: Final = Path("/run/netns")
_CLONE_NEWNET: Final = 0x40000000
_T = TypeVar("_T")


class Zone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One broadcast domain."""

    name: str
    cidr: str
    vlan: int | None = None


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`network.toml`: the zones of one simulated sector."""

    title: str
    zones: tuple[Zone, ...]

    def scanner(self, zone: Zone) -> Address:
        """The scanner's own address in a zone: the sixth from its end, .250 in a /24."""
        return net.address(str(ipaddress.ip_network(zone.cidr)[-6]))


def read(path: Path) -> Plan:
    """Read `network.toml`; raise DataError with file and place."""
    try:
        plan = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Plan)
        for zone in plan.zones:
            ipaddress.IPv4Network(zone.cidr)
    except (OSError, ValueError) as error:  # TOMLDecodeError and ValidationError are ValueErrors
        raise DataError(f"{path}: {error}") from error
    return plan


def check(plan: Plan, devices: Sequence[Device]) -> None:
    """Raise DataError when a device is cabled to a zone that does not exist or that its address is not in."""
    cidrs = {zone.name: ipaddress.ip_network(zone.cidr) for zone in plan.zones}
    scanner = {plan.scanner(zone) for zone in plan.zones}
    for device in devices:
        for nic in device.nics:
            if nic.zone not in cidrs:
                raise DataError(f"{device.id}: no zone {nic.zone!r}; network.toml has {', '.join(cidrs)}")
            if ipaddress.ip_address(nic.address) not in cidrs[nic.zone] or nic.address in scanner:
                raise DataError(f"{device.id}: {nic.address} is not a free address of zone {nic.zone}")


def build(plan: Plan, devices: Sequence[Device]) -> None:
    """Make bridges, namespaces, cards and addresses; raise HostError when this machine does not let us."""
    powered = [(at, device) for at, device in enumerate(devices) if device.powered]
    _ip(list(_cables(plan, powered)))
    legs = [(f"leg{at}", plan.scanner(zone), zone) for at, zone in enumerate(plan.zones)]
    _ip(list(_awake((card, address, zone.cidr) for card, address, zone in legs)), SCANNER)
    within(SCANNER, _still)
    cidr = {zone.name: zone.cidr for zone in plan.zones}
    for at, device in powered:
        cards = ((f"eth{n}", nic.address, cidr[nic.zone]) for n, nic in enumerate(device.nics))
        lines = list(_awake(cards))
        if device.behaviour.firewalled:
            lines += [line for nic in device.nics for line in _deaf(cidr[nic.zone])]
        _ip(lines, space(at))
        within(space(at), _still)


def space(at: int) -> str:
    """Name of the namespace of the device at that place in the list."""
    return f"d{at}"


def within(name: str, do: Callable[[], _T]) -> _T:
    """Run `do` in a thread that stands in the named network namespace; a socket made there stays there."""

    def enter() -> _T:
        with (RUN / name).open("rb") as door:
            if ctypes.CDLL(None, use_errno=True).setns(door.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter namespace {name}")
        return do()

    with ThreadPoolExecutor(1) as thread:  # a fresh thread each time: none is ever left standing elsewhere
        return thread.submit(enter).result()


def unplug(at: int, nic: int) -> None:
    """Take one card of a running device off the network."""
    _ip([f"link set eth{nic} down"], space(at))


def shut(zone: int) -> None:
    """Shut the switch port by which the scanner comes into a zone."""
    _ip([f"link set s{zone} down"])


def _cables(plan: Plan, powered: Sequence[tuple[int, Device]]) -> Iterator[str]:
    bridge = {zone.name: f"br{at}" for at, zone in enumerate(plan.zones)}
    for name in bridge.values():
        yield f"link add {name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        yield f"link set {name} addrgenmode none up"
    yield f"netns add {SCANNER}"
    for at, zone in enumerate(plan.zones):
        yield from _veth(f"s{at}", f"leg{at}", SCANNER, bridge[zone.name], f"02:5c:00:00:00:{at + 1:02x}")
    for at, device in powered:
        yield f"netns add {space(at)}"
        for n, nic in enumerate(device.nics):
            yield from _veth(f"v{at}.{n}", f"eth{n}", space(at), bridge[nic.zone], nic.mac)
            if device.behaviour.drag:
                # whoever plays it carries each frame from one end of the cut to the other
                yield f"link set v{at}.{n} nomaster"
                yield f"link add w{at}.{n} type veth peer name b{at}.{n}"
                yield f"link set w{at}.{n} addrgenmode none up"
                yield f"link set b{at}.{n} master {bridge[nic.zone]} addrgenmode none up"


def _veth(ours: str, theirs: str, name: str, bridge: str, mac: str) -> Iterator[str]:
    yield f"link add {ours} type veth peer name {theirs} address {mac} netns {name}"
    yield f"link set {ours} master {bridge} addrgenmode none up"


def _awake(cards: Iterator[tuple[str, Address, str]]) -> Iterator[str]:
    """No card makes itself an IPv6 address: a device says nothing that its file does not."""
    yield "link set lo up"
    for card, address, cidr in cards:
        yield f"link set {card} addrgenmode none"
        yield f"addr add {address}/{cidr.partition('/')[2]} dev {card}"
        yield f"link set {card} up"


def _deaf(cidr: str) -> Iterator[str]:
    """Swallow every answer to the zone: ARP, which asks no routing table, is still answered."""
    for half in ipaddress.ip_network(cidr).subnets():
        yield f"route add blackhole {half}"


def _still() -> None:
    """Forward nothing, and answer ARP only for the address of the card that was asked."""
    for name, want in (("ip_forward", "0"), ("conf/all/arp_ignore", "1"), ("conf/all/rp_filter", "0")):
        knob = Path("/proc/sys/net/ipv4") / name
        if knob.read_text("ascii").strip() == want:
            continue
        try:
            knob.write_text(want, "ascii")
        except OSError as error:
            raise HostError(f"{knob}: cannot set {want} in a lab namespace: {error.strerror}") from error


def _ip(lines: Sequence[str], name: str | None = None) -> None:
    where = ["-n", name] if name else []
    try:
        done = subprocess.run(
            ["ip", *where, "-batch", "-"],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        raise HostError("the lab needs the `ip` command: install iproute2") from error
    if done.returncode:
        complaint = done.stderr.strip().splitlines()
        raise HostError(f"cannot build the simulated network: ip: {'; '.join(complaint[:3])}")
