"""LibreNMS: its devices, ports, forwarding and ARP tables, as its API gives them in JSON."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation, Scalar
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.records import Record, members, part
from scanner.observe.files.told import Teller, address, card, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:librenms"
MOST: Final = 200_000
"""Ports and devices whose names are kept for the tables that come after."""
KINDS: Final = {"wireless": "access-point", "firewall": "firewall", "printer": "printer", "power": "ups"}
"""Types of devices of LibreNMS that mean one kind of ours; `network` is a switch or a router."""


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every object, by the array that it is in; devices and ports best before the tables that number them."""
    reader = _Reader(Teller(source=SOURCE, now=now))
    for name, offset, one in members(source):
        take = {
            "devices": reader.device,
            "ports": reader.port,
            "ports_fdb": reader.fdb,
            "arp": reader.arp,
        }.get(name)
        told = list(take(one)) if take else []
        if not told and name != "ports":
            source.skip(f"byte {offset}", "no device, port or table row")
        yield from told


class _Reader:
    """Knows the names of what came before."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._devices: dict[str, str] = {}
        self._ports: dict[str, tuple[str, str, str]] = {}

    def device(self, one: Record) -> Iterator[Observation]:
        """A device that LibreNMS polls."""
        name = part(one, "sysName", "hostname", "display")
        if len(self._devices) < MOST:
            self._devices[part(one, "device_id")] = name
        last = part(one, "last_polled")
        said = {
            "address": part(one, "ip", "hostname"),
            "name": name,
            "kind": KINDS.get(part(one, "type"), ""),
            "model": part(one, "hardware"),
            "serial": part(one, "serial"),
            "place": part(one, "location"),
            "last_active": last,
        }
        yield from self._teller.row(said)
        if (held := address(said["address"])) and part(one, "sysDescr"):
            yield self._teller.say(
                "snmp.sys_description", clean(part(one, "sysDescr")), address=held, last=moment(last)
            )

    def port(self, one: Record) -> Iterator[Observation]:
        """A port: only its name, for the tables."""
        if len(self._ports) < MOST:
            named = part(one, "ifName", "ifDescr"), part(one, "ifAlias"), part(one, "device_id")
            self._ports[part(one, "port_id")] = named
        yield from ()

    def fdb(self, one: Record) -> Iterator[Observation]:
        """A card in a switch's table: where it was last."""
        mac = card(part(one, "mac_address"))
        if mac is None:
            return
        name, alias, device = self._ports.get(part(one, "port_id"), ("", "", ""))
        device = device or part(one, "device_id")
        first, last = moment(part(one, "created_at")), moment(part(one, "updated_at"))
        found = {
            "switch": self._devices.get(device, f"device {device}" if device else ""),
            "port": name or f"port {part(one, 'port_id')}",
            "description": alias,
        }
        where: dict[str, Scalar | list[str]] = {word: clean(text) for word, text in found.items() if text}
        yield self._teller.say("location", where, mac=mac, first=first, last=last)

    def arp(self, one: Record) -> Iterator[Observation]:
        """A card and its address, as a router or switch has them."""
        mac, held = card(part(one, "mac_address")), address(part(one, "ipv4_address"))
        if mac and held:
            yield self._teller.say("link.mac", mac, address=held, mac=mac)


def fits(head: bytes) -> bool:
    """Whether it is an answer of LibreNMS's API."""
    if head.lstrip()[:1] != b"{":
        return False
    return any(mark in head for mark in (b'"ports_fdb"', b'"ports_fdb_id"')) or (
        b'"device_id"' in head
        and any(mark in head for mark in (b'"sysName"', b'"ifName"', b'"ipv4_address"'))
    )


FORMAT: Final = Format(
    name="librenms",
    checked_against="memory",
    export=(
        'for what in devices "ports?columns=port_id,device_id,ifName,ifAlias" resources/fdb resources/ip/arp/all;'
        ' do curl -s -H "X-Auth-Token: $TOKEN" "$LIBRENMS/api/v0/$what"; done > librenms.json'
    ),
    says="switch ports of cards, devices, ARP",
    fits=fits,
    read=reading(parse),
)
