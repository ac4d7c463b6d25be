"""phpIPAM: subnets and addresses, from its API in JSON and its exports as CSV."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation, Scalar
from scanner.observe.files.opened import Source, beginning, reading
from scanner.observe.files.policy import network
from scanner.observe.files.records import members, part
from scanner.observe.files.rows import headings, rows
from scanner.observe.files.told import Teller, address, card, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:phpipam"
NAMES: Final = {
    "subnet": ("subnet", "network"),
    "mask": ("mask", "bitmask", "netmask"),
    "address": ("ipaddress", "ipaddr"),
    "mac": ("mac", "macaddress"),
    "name": ("hostname", "dnsname"),
    "owner": ("owner", "customer"),
    "switch": ("device", "switch"),
    "port": ("port",),
    "place": ("location",),
    "description": ("description",),
    "vlan": ("vlan", "vlannumber"),
    "last_active": ("lastseen",),
}


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every subnet and address."""
    teller = Teller(source=SOURCE, now=now)
    for place, row in _rows(source):
        told = list(_row(teller, row))
        if not told:
            source.skip(place, "no subnet and no address")
        yield from told


def _rows(source: Source) -> Iterator[tuple[str, dict[str, str]]]:
    if beginning(source.path, 64).lstrip()[:1] not in {b"{", b"["}:
        for line, row in rows(source, NAMES):
            yield f"line {line}", row
        return
    for _, offset, one in members(source):
        said = {
            "subnet": part(one, "subnet"),
            "mask": part(one, "mask"),
            "address": part(one, "ip"),
            "mac": part(one, "mac"),
            "name": part(one, "hostname"),
            "owner": part(one, "owner"),
            "port": part(one, "port"),
            "description": part(one, "description"),
            "vlan": part(one, "vlan.number"),
            "last_active": part(one, "lastSeen"),
        }
        yield f"byte {offset}", {word: text for word, text in said.items() if text}


def _row(teller: Teller, row: dict[str, str]) -> Iterator[Observation]:
    if row.get("subnet") and not row.get("address"):
        cidr = row["subnet"] if "/" in row["subnet"] else f"{row['subnet']}/{row.get('mask', '')}"
        vlan = next((word for word in row.get("vlan", "").split() if word.isdecimal()), "")
        yield from network(teller, cidr, row.get("description", ""), vlan)
        return
    yield from teller.row(
        {
            word: row[word]
            for word in row
            if word in {"address", "mac", "name", "owner", "last_active", "place"}
        }
    )
    where: dict[str, Scalar | list[str]] = {
        word: clean(row[word]) for word in ("switch", "port") if row.get(word)
    }
    if where and row.get("port"):
        held, mac = address(row.get("address", "")), card(row.get("mac", ""))
        yield teller.say("location", where, address=held, mac=mac, last=moment(row.get("last_active", "")))


def fits(head: bytes) -> bool:
    """Whether it is an answer of phpIPAM's API, or one of its exports."""
    if head.lstrip()[:1] in {b"{", b"["}:
        return (b'"sectionId"' in head or b'"subnetId"' in head) and (b'"subnet"' in head or b'"ip"' in head)
    seen = headings(head)
    return ({"subnet", "mask"} <= seen and bool(seen & {"section", "vlan", "description"})) or (
        {"ipaddress", "hostname"} <= seen and bool(seen & {"ipstate", "section"})
    )


FORMAT: Final = Format(
    name="phpipam",
    checked_against="memory",
    export='curl -s -H "token: $TOKEN" "$PHPIPAM/api/$APP/subnets/" > subnets.json  (also addresses/; or Administration > Import / Export, saved as CSV)',
    says="networks, addresses, switch ports",
    fits=fits,
    read=reading(parse),
)
