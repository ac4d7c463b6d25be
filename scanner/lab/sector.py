"""One simulated sector as a whole: its zones, its devices as this run's seed made them, and where its files are."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.lab import network
from scanner.lab.device import Device, Nic, fixtures, next_mac, read_all
from scanner.lab.network import Plan
from scanner.lab.randomise import vary
from scanner.model import net


class Sector(Struct, frozen=True, kw_only=True):
    """What `load` read and varied."""

    name: str
    folder: Path
    plan: Plan
    devices: tuple[Device, ...]


def sectors() -> tuple[str, ...]:
    """The names of all sectors that can be simulated."""
    return tuple(sorted(path.parent.name for path in (fixtures() / "lab").glob("*/network.toml")))


_APART: Final = 8
"""Numbers between the cards of one device."""
VARIANTS: Final[Mapping[str, tuple[str, ...]]] = {"two-bridge": ("+pc-billing/management",)}
"""Other cabling of the hospital, by name: a second computer that joins office and management."""


def load(name: str, seed: int | None, folder: Path | None = None, cards: Sequence[str] = ()) -> Sector:
    """Read a sector from its folder (default: the one shipped under that name) and vary it; raise DataError.

    `cards` names cards to leave out, as `device/zone`, or to add, as `+device/zone`; everything else stays where the
    seed put it.
    """
    where = folder or fixtures() / "lab" / name
    if not (where / "network.toml").is_file():
        raise DataError(f"no simulated sector {name!r}; there is {', '.join(sectors()) or 'none'}")
    plan = network.read(where / "network.toml")
    devices = read_all(where)
    network.check(plan, devices)
    varied = vary(plan, devices, seed)
    for card in cards:
        varied = _with(plan, varied, card[1:]) if card.startswith("+") else _without(varied, card)
    return Sector(name=name, folder=where, plan=plan, devices=varied)


def _without(devices: Sequence[Device], card: str) -> tuple[Device, ...]:
    name, _, zone = card.partition("/")
    device = next((device for device in devices if device.id == name), None)
    left = tuple(nic for nic in device.nics if nic.zone != zone) if device else ()
    if device is None or not left or len(left) == len(device.nics):
        raise DataError(f"cannot unplug {card!r}: want device/zone, of a device that has another card")
    return tuple(msgspec.structs.replace(one, nics=left) if one is device else one for one in devices)


def _with(plan: Plan, devices: Sequence[Device], card: str) -> tuple[Device, ...]:
    """One more card, at the highest address of the zone that nobody has."""
    name, _, zone = card.partition("/")
    device = next((device for device in devices if device.id == name), None)
    cable = next((one for one in plan.zones if one.name == zone), None)
    if device is None or cable is None or any(nic.zone == zone for nic in device.nics):
        raise DataError(f"cannot plug in {card!r}: want device/zone, of a device that has no card there yet")
    taken = {nic.address for one in devices for nic in one.nics} | {plan.scanner(cable)}
    hosts = [net.address(str(one)) for one in ip_network(cable.cidr).hosts()]
    address = next((one for one in reversed(hosts) if one not in taken), None)
    if address is None:
        raise DataError(f"cannot plug in {card!r}: {cable.cidr} is full")
    nic = Nic(zone=zone, address=address, mac=next_mac(device.nics[0].mac, _APART))
    return tuple(
        msgspec.structs.replace(one, nics=(*one.nics, nic)) if one is device else one for one in devices
    )
