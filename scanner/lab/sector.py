"""One simulated sector as a whole: its zones, its devices as this run's seed made them, and where its files are."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.lab import network
from scanner.lab.device import Device, fixtures, read_all
from scanner.lab.network import Plan
from scanner.lab.randomise import vary


class Sector(Struct, frozen=True, kw_only=True):
    """What `load` read and varied."""

    name: str
    folder: Path
    plan: Plan
    devices: tuple[Device, ...]


def sectors() -> tuple[str, ...]:
    """The names of all sectors that can be simulated."""
    return tuple(sorted(path.parent.name for path in (fixtures() / "lab").glob("*/network.toml")))


def load(name: str, seed: int | None, folder: Path | None = None, unplug: Sequence[str] = ()) -> Sector:
    """Read a sector from its folder (default: the one shipped under that name) and vary it; raise DataError.

    `unplug` names cards to leave out, as `device/zone`; everything else stays where the seed put it.
    """
    where = folder or fixtures() / "lab" / name
    if not (where / "network.toml").is_file():
        raise DataError(f"no simulated sector {name!r}; there is {', '.join(sectors()) or 'none'}")
    plan = network.read(where / "network.toml")
    devices = read_all(where)
    network.check(plan, devices)
    varied = vary(plan, devices, seed)
    for card in unplug:
        varied = _without(varied, card)
    return Sector(name=name, folder=where, plan=plan, devices=varied)


def _without(devices: Sequence[Device], card: str) -> tuple[Device, ...]:
    name, _, zone = card.partition("/")
    device = next((device for device in devices if device.id == name), None)
    left = tuple(nic for nic in device.nics if nic.zone != zone) if device else ()
    if device is None or not left or len(left) == len(device.nics):
        raise DataError(f"cannot unplug {card!r}: want device/zone, of a device that has another card")
    return tuple(msgspec.structs.replace(one, nics=left) if one is device else one for one in devices)
