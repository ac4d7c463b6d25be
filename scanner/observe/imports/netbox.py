"""NetBox: prefixes, addresses, devices and interfaces, as its API gives them in JSON and its tables export them as CSV."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files.opened import Source, beginning, reading
from scanner.observe.files.policy import network
from scanner.observe.files.records import Record, members, part
from scanner.observe.files.rows import headings, rows
from scanner.observe.files.told import Teller
from scanner.observe.format import Format

SOURCE: Final = "import:netbox"
NAMES: Final = {
    "prefix": ("prefix",),
    "address": ("ipaddress", "address", "primaryip", "primaryip4", "ipv4address"),
    "mac": ("macaddress", "primarymacaddress"),
    "name": ("dnsname", "device", "name"),
    "kind": ("role", "devicerole"),
    "vendor": ("manufacturer",),
    "model": ("devicetype", "type"),
    "serial": ("serialnumber", "serial"),
    "product": ("platform",),
    "place": ("location", "site", "rack"),
    "owner": ("tenant", "contact"),
    "vlan": ("vlan", "vid", "vlanid"),
    "description": ("description",),
    "status": ("status",),
}


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every object of an answer of the API, or every row of a table."""
    teller = Teller(source=SOURCE, now=now)
    if beginning(source.path, 64).lstrip()[:1] in {b"{", b"["}:
        for _, offset, one in members(source):
            told = list(_object(teller, one))
            if not told:
                source.skip(f"byte {offset}", "no prefix, address, device or interface")
            yield from told
        return
    for line, row in rows(source, NAMES):
        told = list(_row(teller, row))
        if not told:
            source.skip(f"line {line}", "no prefix, address or device")
        yield from told


def _object(teller: Teller, one: Record) -> Iterator[Observation]:
    yield from _row(
        teller,
        {
            "prefix": part(one, "prefix"),
            "address": part(one, "address", "primary_ip.address", "primary_ip4.address"),
            "mac": part(one, "mac_address", "primary_mac_address.mac_address"),
            "name": part(one, "dns_name", "assigned_object.device.name", "device.name", "name"),
            "kind": part(one, "role.slug", "device_role.slug", "role.name"),
            "vendor": part(one, "device_type.manufacturer.name"),
            "model": part(one, "device_type.model"),
            "serial": part(one, "serial"),
            "product": part(one, "platform.name"),
            "place": part(one, "location.name", "site.name", "scope.name"),
            "owner": part(one, "tenant.name"),
            "vlan": part(one, "vlan.vid"),
            "description": part(one, "description"),
            "status": part(one, "status.value", "status"),
        },
    )


def _row(teller: Teller, row: dict[str, str]) -> Iterator[Observation]:
    if row.get("prefix"):
        # a container only groups prefixes: nobody stands in it
        if row.get("status", "").lower() != "container":
            name = row.get("description") or row.get("kind") or row.get("place") or ""
            vlan = next(
                iter(
                    word
                    for word in row.get("vlan", "").replace("(", " ").replace(")", " ").split()
                    if word.isdecimal()
                ),
                "",
            )
            yield from network(teller, row["prefix"], name, vlan)
        else:
            yield teller.say("network.container", {"cidr": row["prefix"]})
        return
    said = {
        word: text for word, text in row.items() if word not in {"vlan", "status", "description", "prefix"}
    }
    yield from teller.row(said)


def fits(head: bytes) -> bool:
    """Whether it is an answer of NetBox's API, or one of its tables of prefixes, addresses or devices."""
    start = head.lstrip()[:1]
    if start in {b"{", b"["}:
        return b"/api/ipam/" in head or b"/api/dcim/" in head
    seen = headings(head)
    return (
        {"prefix", "status"} <= seen
        or {"ipaddress", "status", "dnsname"} <= seen
        or {"address", "status", "dnsname"} <= seen
        or ({"name", "status", "site"} <= seen and bool(seen & {"devicetype", "role", "rack"}))
    )


FORMAT: Final = Format(
    name="netbox",
    checked_against="memory",
    export='curl -s -H "Authorization: Token $TOKEN" "$NETBOX/api/ipam/prefixes/?limit=0" > prefixes.json  (also ipam/ip-addresses, dcim/devices)',
    says="networks, addresses, devices",
    fits=fits,
    read=reading(parse),
)
