"""Kea's memfile of leases (kea-leases4.csv) and its configuration (subnets, pools and reservations)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from scanner.model.observation import Observation
from scanner.observe.files.leases import lease
from scanner.observe.files.opened import Source, beginning, reading
from scanner.observe.files.policy import network
from scanner.observe.files.records import part, parts, whole
from scanner.observe.files.rows import headings, rows
from scanner.observe.files.told import Teller, moment
from scanner.observe.format import Format

SOURCE: Final = "import:dhcp-kea"
NAMES: Final = {
    "address": ("address",),
    "mac": ("hwaddr",),
    "lasts": ("validlifetime",),
    "ends": ("expire",),
    "hostname": ("hostname",),
    "state": ("state",),
}
STATES: Final = {"0": "active", "1": "declined", "2": "expired", "3": "released"}
"""Kea's numbers of lease states (lease.h)."""


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """The leases of a memfile, or what a configuration sets up."""
    teller = Teller(source=SOURCE, now=now)
    if b"hwaddr" not in beginning(source.path, 256).partition(b"\n")[0]:
        yield from _configuration(source, teller)
        return
    for line, row in rows(source, NAMES, 4):
        ends, lasts = moment(row.get("ends", "")), row.get("lasts", "")
        said = {**row, "state": STATES.get(row.get("state", ""), "unknown")}
        seconds = float(lasts) if lasts.isdecimal() and len(lasts) < 11 else None
        # a memfile names a lease again each time that it is renewed: the log keeps the widest interval
        found = lease(teller, said, ends=ends, lasts=seconds if seconds and seconds < 2**31 else None)
        if found is None:
            source.skip(f"line {line}", f"no address: {row.get('address', '')}")
        else:
            yield found


def _configuration(source: Source, teller: Teller) -> Iterator[Observation]:
    document = whole(source)
    if document is None:
        return
    for version, name in (("Dhcp4", "subnet4"), ("Dhcp6", "subnet6")):
        found = document.get(version)
        held: dict[str, Any] = found if isinstance(found, dict) else {}
        shared = [
            subnet
            for one in parts(held, "shared-networks")
            if isinstance(one, dict)
            for subnet in parts(one, name)
        ]
        for subnet in (*parts(held, name), *shared):
            if isinstance(subnet, dict):
                yield from _subnet(teller, subnet)
        yield from _reserved(teller, held)


def _subnet(teller: Teller, subnet: dict[str, Any]) -> Iterator[Observation]:
    router = next(
        (
            part(one, "data")
            for one in parts(subnet, "option-data")
            if isinstance(one, dict) and one.get("name") == "routers"
        ),
        "",
    )
    name = part(subnet, "user-context.name", "user-context.comment", "comment")
    yield from network(teller, part(subnet, "subnet"), name, gateway=router)
    yield from _reserved(teller, subnet)


def _reserved(teller: Teller, held: dict[str, Any]) -> Iterator[Observation]:
    for one in parts(held, "reservations"):
        said = (
            {"address": part(one, "ip-address"), "mac": part(one, "hw-address"), "state": "reserved"}
            if isinstance(one, dict)
            else {}
        )
        found = lease(teller, {**said, "hostname": part(one, "hostname")}) if said else None
        if found is not None:
            yield found


def fits(head: bytes) -> bool:
    """Whether it is a memfile by its heading, or a configuration by its outermost name."""
    seen = headings(head)
    return (
        {"address", "hwaddr", "validlifetime", "expire"} <= seen or b'"Dhcp4"' in head or b'"Dhcp6"' in head
    )


FORMAT: Final = Format(
    name="dhcp-kea",
    checked_against="memory",
    export="cp /var/lib/kea/kea-leases4.csv /etc/kea/kea-dhcp4.conf .",
    says="leases, reservations, networks",
    fits=fits,
    read=reading(parse),
)
