"""Change what must not matter: names, patch levels, addresses, MAC tails; the truth follows, verdicts must too.

It stands apart from the code that is judged: nothing of identify, age or risk is imported here.
"""

import ipaddress
import random
import string
from collections.abc import Mapping, Sequence

import msgspec

from scanner.errors import DataError
from scanner.lab.device import Device, Nic, next_mac
from scanner.lab.network import Plan
from scanner.model import net
from scanner.model.net import Address, Mac


def vary(plan: Plan, devices: Sequence[Device], seed: int | None) -> tuple[Device, ...]:
    """The same network with other names, patch levels, addresses and MACs; None leaves it as written.

    The same seed gives the same network. Every value keeps its length, every MAC its maker, every device its zone.
    """
    if seed is None:
        return tuple(devices)
    addresses = _addresses(plan, devices, seed)
    return tuple(
        msgspec.structs.replace(
            device,
            values=_values(device, seed),
            nics=tuple(_nic(nic, device, at, addresses, seed) for at, nic in enumerate(device.nics)),
        )
        for device in devices
    )


def _values(device: Device, seed: int) -> Mapping[str, str]:
    values = dict(device.values)
    if device.variants:
        # a crowd is one make: all its members draw alike
        values.update(_random(seed, _file(device), "variant").choice((*device.variants, {})))
    for name, pattern in device.patterns.items():
        values[name] = "".join(
            _drawn(mark, _random(seed, _file(device), name, str(at))) for at, mark in enumerate(pattern)
        )
    return values


def _file(device: Device) -> str:
    return device.id.removesuffix(f"-{device.values['n']}")


def _drawn(mark: str, rng: random.Random) -> str:
    match mark:
        case "#":
            return rng.choice(string.digits)
        case "?":
            return rng.choice(string.ascii_uppercase)
        case _:
            return mark


def _addresses(plan: Plan, devices: Sequence[Device], seed: int) -> dict[Address, Address]:
    """Written address -> drawn address, unique within its zone and off the pinned ones."""
    drawn: dict[Address, Address] = {}
    for zone in plan.zones:
        cards = [nic for device in devices for nic in device.nics if nic.zone == zone.name]
        pinned = {nic.address for nic in cards if nic.pinned}
        cidr = ipaddress.ip_network(zone.cidr)
        hosts = [net.address(str(cidr[step])) for step in range(2, min(cidr.num_addresses - 1, 240))]
        free = [host for host in hosts if host not in pinned and host != plan.scanner(zone)]
        moving = [nic.address for nic in cards if not nic.pinned]
        if len(moving) > len(free):
            raise DataError(f"zone {zone.name}: {len(moving)} devices do not fit into {zone.cidr}")
        drawn.update(zip(moving, _random(seed, zone.name).sample(free, len(moving)), strict=True))
    return drawn


def _nic(nic: Nic, device: Device, at: int, addresses: Mapping[Address, Address], seed: int) -> Nic:
    if nic.pinned:
        return nic
    return msgspec.structs.replace(nic, address=addresses[nic.address], mac=_mac(nic.mac, device, at, seed))


def _mac(mac: Mac, device: Device, at: int, seed: int) -> Mac:
    """A drawn tail behind the maker's prefix; a crowd keeps its factory's run of numbers."""
    tail = _random(seed, _file(device), "mac", str(at)).randrange(1 << 20)
    start = net.mac(f"{mac.replace(':', '')[:6]}{tail:06x}")
    return next_mac(start, 16 * at + int(device.values["n"]) - 1)


def _random(seed: int, *parts: str) -> random.Random:
    # a generator of its own for each draw: adding a device moves no other device's draws
    return random.Random("/".join((str(seed), *parts)))  # noqa: S311 - a reproducible network, not a secret
