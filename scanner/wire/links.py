"""Which interfaces and addresses this machine has, and so which networks of a scope are on-link."""

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Sequence
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import HostError
from scanner.model import net
from scanner.scope.file import IPNetwork

NO_IP: Final = "cannot list this machine's interfaces: the program `ip` is missing (package iproute2)"


class Link(Struct, frozen=True, kw_only=True):
    """One interface that is up."""

    name: str
    mac: net.Mac | None
    """None for loopback, tunnels and other interfaces without Ethernet."""
    addresses: tuple[IPv4Interface | IPv6Interface, ...]


class OnLink(Struct, frozen=True, kw_only=True):
    """The part of a network that an interface reaches without a router."""

    link: Link
    part: IPNetwork
    source: IPv4Interface | IPv6Interface
    """Our own address there."""


class _Address(Struct):
    local: str | None = None
    prefixlen: int = 0


class _Interface(Struct):
    ifname: str
    flags: list[str] = []
    link_type: str = ""
    address: str | None = None
    addr_info: list[_Address] = []


async def links() -> tuple[Link, ...]:
    """The interfaces of this machine (of this network namespace) that are up; HostError without the program `ip`."""
    return read(await ask_ip("addr"))


async def has_default_route() -> bool:
    """Whether anything here leads beyond the networks that are on-link, by IPv4 or IPv6."""
    found = [await ask_ip(family, "route", "show", "default") for family in ("-4", "-6")]
    return any(msgspec.json.decode(text or b"[]") for text in found)


def read(text: bytes) -> tuple[Link, ...]:
    """Read the output of `ip -json addr`; HostError when it is something else."""
    try:
        found = msgspec.json.decode(text, type=list[_Interface])
        return tuple(_link(one) for one in found if "UP" in one.flags)
    except (msgspec.MsgspecError, ValueError) as error:
        raise HostError(f"cannot read what `ip -json addr` says: {error}") from error


def on_link(network: IPNetwork, among: Sequence[Link]) -> tuple[OnLink, ...]:
    """Where we stand in `network` ourselves, each part once; loopback does not count."""
    found: dict[str, OnLink] = {}
    for link in among:
        for source in link.addresses if link.mac else ():
            part = _overlap(network, source.network)
            if part is not None and not source.ip.is_link_local:
                found.setdefault(str(part), OnLink(link=link, part=part, source=source))
    return tuple(found.values())


def is_near(address: net.Address, among: Sequence[Link]) -> bool:
    """Whether an address is reached without a router; where nothing is known of our interfaces, none is."""
    parsed = ipaddress.ip_address(address)
    return any(parsed in one.network for link in among for one in link.addresses)


def gone(address: net.Address, among: Sequence[Link]) -> str | None:
    """Why the interface towards an on-link address carries nothing, and which switch command shows more.

    None while it does, and where no interface of ours leads there without a router.
    """
    if not sys.platform.startswith("linux"):
        return None
    # elsewhere there is no module fcntl, which it needs
    from scanner.wire.raw.link import check_alive

    parsed = ipaddress.ip_address(address)
    for link in among:
        if any(parsed in one.network for one in link.addresses):
            try:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                    check_alive(asking, link.name)
            except HostError as error:
                return str(error)
    return None


def _overlap(wanted: IPNetwork, ours: IPNetwork) -> IPNetwork | None:
    match wanted, ours:
        case (IPv4Network(), IPv4Network()) | (IPv6Network(), IPv6Network()):
            # of two networks that overlap, one always holds the other
            if not wanted.overlaps(ours):
                return None
            return wanted if wanted.prefixlen >= ours.prefixlen else ours
        case _:
            return None


def _link(one: _Interface) -> Link:
    ethernet = one.link_type == "ether" and one.address
    return Link(
        name=one.ifname,
        mac=net.mac(one.address) if ethernet and one.address else None,
        addresses=tuple(
            ipaddress.ip_interface(f"{each.local}/{each.prefixlen}") for each in one.addr_info if each.local
        ),
    )


async def ask_ip(*words: str) -> bytes:
    """What `ip -json` says to these words; HostError when it is missing or fails."""
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec("ip", "-json", *words, stdout=pipe, stderr=pipe)
    except FileNotFoundError as error:
        raise HostError(NO_IP) from error
    out, err = await process.communicate()
    if process.returncode != 0:
        raise HostError(f"`ip {' '.join(words)}` failed: {err.decode('utf-8', 'replace').strip()}")
    return out
