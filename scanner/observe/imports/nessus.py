"""Nessus results, version 2 (.nessus): hosts with names and cards, open ports, the system as the scanner believes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model import net
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.observe.files.elements import Element, children, elements
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.told import Teller, address, cards, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:nessus"


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every ReportHost."""
    teller = Teller(source=SOURCE, now=now)
    for host in elements(source, "ReportHost"):
        tags = {
            tag.get("name", ""): (tag.text or "").strip()
            for held in children(host, "HostProperties")
            for tag in held
        }
        held = address(tags.get("host-ip", "")) or address(host.get("name", ""))
        if held is None:
            source.skip(f"host {host.get('name', '')[:60]!r}", "no address")
            continue
        yield from _host(source, teller, host, tags, held)


def _host(
    source: Source, teller: Teller, host: Element, tags: dict[str, str], held: Address
) -> Iterator[Observation]:
    shown = list(cards(tags.get("mac-address", "")))
    # several cards: which of them has this address is not said
    mac: Mac | None = shown[0] if len(shown) == 1 else None
    first, last = _when(tags.get("HOST_START", "")), _when(tags.get("HOST_END", ""))
    first, last = (
        moment(tags.get("HOST_START_TIMESTAMP", "")) or first,
        moment(tags.get("HOST_END_TIMESTAMP", "")) or last,
    )
    yield teller.say("host.state", "up", address=held, mac=mac, first=first, last=last)
    for tag in ("netbios-name", "host-fqdn", "hostname"):
        if tags.get(tag):
            yield teller.say("host.name", clean(tags[tag]), address=held, mac=mac, first=first, last=last)
    # several lines: it could not tell which
    if (system := tags.get("operating-system")) and "\n" not in system:
        yield teller.say("scanner.os", clean(system), address=held, mac=mac, first=first, last=last)
    seen: set[str] = set()
    for item in children(host, "ReportItem"):
        number, protocol = item.get("port", "0"), item.get("protocol", "")
        if number == "0" or protocol not in {"tcp", "udp"} or f"{protocol}/{number}" in seen:
            continue
        seen.add(f"{protocol}/{number}")
        try:
            port = net.port(f"{protocol}/{number}")
        except ValueError as error:
            source.skip(f"host {held}", error)
            continue
        yield teller.say("port.state", "open", address=held, mac=mac, port=port, first=first, last=last)


def _when(text: str) -> datetime | None:
    """`Mon Nov 23 11:40:33 2026`, in the scanner's own zone: taken for UTC, a day at most from the truth."""
    try:
        return datetime.strptime(text + " +0000", "%a %b %d %H:%M:%S %Y %z")
    except ValueError:
        return None


def fits(head: bytes) -> bool:
    """Whether its root element is Nessus's."""
    return b"<NessusClientData_v2" in head[:4096]


FORMAT: Final = Format(
    name="nessus",
    checked_against="memory",
    export="Nessus > Scans > the scan > Export > Nessus (.nessus)",
    says="hosts, ports, systems",
    fits=fits,
    read=reading(parse),
)
