"""One simulated sector as a whole: its zones, its devices as this run's seed made them, and where its files are."""

from pathlib import Path

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


def load(name: str, seed: int | None, folder: Path | None = None) -> Sector:
    """Read a sector from its folder (default: the one shipped under that name) and vary it; raise DataError."""
    where = folder or fixtures() / "lab" / name
    if not (where / "network.toml").is_file():
        raise DataError(f"no simulated sector {name!r}; there is {', '.join(sectors()) or 'none'}")
    plan = network.read(where / "network.toml")
    devices = read_all(where)
    network.check(plan, devices)
    varied = vary(plan, devices, seed)
    return Sector(name=name, folder=where, plan=plan, devices=varied)
