"""Which way this machine sends: the next hop to an address, and the neighbours whose cards it already knows."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import msgspec
from msgspec import Struct

from scanner.errors import HostError
from scanner.model import net
from scanner.model.net import Address, Mac
from scanner.wire.links import ask_ip


class Hop(Struct, frozen=True, kw_only=True):
    """How one address is reached."""

    interface: str
    source: IPv4Address | IPv6Address
    """Our own address on that way."""
    gateway: Address | None
    """The router; None where the address is on-link."""


class Neighbour(Struct, frozen=True, kw_only=True):
    """An address whose card this machine's own network stack knows."""

    address: Address
    mac: Mac
    interface: str


class _Route(Struct):
    dev: str
    prefsrc: str | None = None
    gateway: str | None = None
    type: str = "unicast"


class _Neighbour(Struct):
    dst: str
    dev: str = ""
    lladdr: str | None = None
    state: list[str] = []


async def hop(address: Address) -> Hop | None:
    """The next hop to an address as the kernel would choose it now; None where there is no way to it."""
    try:
        return read_hop(await ask_ip("route", "get", address))
    except HostError:
        return None  # `ip route get` fails where no route leads there


def read_hop(text: bytes) -> Hop | None:
    """Read the output of `ip -json route get`; HostError when it is something else, None for our own address."""
    try:
        found = msgspec.json.decode(text or b"[]", type=list[_Route])
        if not found or found[0].type != "unicast" or found[0].dev == "lo" or not found[0].prefsrc:
            return None
        gateway = found[0].gateway
        return Hop(
            interface=found[0].dev,
            source=ip_address(found[0].prefsrc),
            gateway=net.address(gateway) if gateway else None,
        )
    except (msgspec.MsgspecError, ValueError) as error:
        raise HostError(f"cannot read what `ip -json route get` says: {error}") from error


async def neighbours() -> tuple[Neighbour, ...]:
    """Whose cards this machine knows, IPv4 and IPv6; what failed to answer is left out."""
    return tuple(read_neighbours(await ask_ip("neigh", "show")))


def read_neighbours(text: bytes) -> Iterator[Neighbour]:
    """Read the output of `ip -json neigh`; HostError when it is something else."""
    try:
        for one in msgspec.json.decode(text or b"[]", type=list[_Neighbour]):
            if one.lladdr and not {"FAILED", "INCOMPLETE"} & set(one.state):
                yield Neighbour(address=net.address(one.dst), mac=net.mac(one.lladdr), interface=one.dev)
    except (msgspec.MsgspecError, ValueError) as error:
        raise HostError(f"cannot read what `ip -json neigh` says: {error}") from error
