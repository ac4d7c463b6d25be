"""The configuration of a pfSense or OPNsense firewall in XML: rules, aliases, interfaces, DHCP reservations."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files import ports
from scanner.observe.files.elements import Element, children, elements, local, said
from scanner.observe.files.leases import lease
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.policy import Rules, network, ranges
from scanner.observe.files.told import Teller
from scanner.observe.format import Format

SOURCE: Final = "import:opnsense"
NESTED: Final = 8
"""How deep aliases may stand in each other."""


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Reservations, networks, then the rules of each interface in their order."""
    reader = _Reader(Teller(source=SOURCE, now=now))
    sections = {"interfaces", "aliases", "filter", "dhcpd", "vlans"}
    for section in elements(source, *sections):
        yield from reader.section(local(section.tag), section)
    yield from reader.networks()
    yield from reader.rules(source)


class _Reader:
    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._networks: dict[str, list[str]] = {}
        self._aliases: dict[str, list[str]] = {}
        self._vlans: dict[str, str] = {}
        self._interfaces: list[Element] = []
        self._filters: list[Element] = []

    def section(self, name: str, held: Element) -> Iterator[Observation]:
        """One of the sections that matter."""
        match name:
            case "vlans":
                self._vlans = {said(vlan, "vlanif"): said(vlan, "tag") for vlan in children(held, "vlan")}
            case "interfaces":
                self._interfaces.append(held)
            case "aliases":
                for alias in children(held, "alias"):
                    # OPNsense keeps one a line in <content>, pfSense one a word in <address>
                    words = f"{said(alias, 'content')} {said(alias, 'address')}".split()
                    self._aliases[said(alias, "name")] = words
            case "dhcpd":
                yield from self._reserved(held)
            case _:
                self._filters.append(held)

    def networks(self) -> Iterator[Observation]:
        """The networks behind the interfaces, now that the VLANs are known, which stand after them."""
        for interface in (one for held in self._interfaces for one in held):
            host, bits = said(interface, "ipaddr"), said(interface, "subnet")
            found = ranges(f"{host}/{bits}") if bits else []
            name = said(interface, "descr") or local(interface.tag)
            self._networks[local(interface.tag)] = found
            for cidr in found:
                yield from network(
                    self._teller, cidr, name, self._vlans.get(said(interface, "if"), ""), gateway=host,
                    role="outside" if local(interface.tag) == "wan" else "",
                )  # fmt: skip

    def _reserved(self, held: Element) -> Iterator[Observation]:
        for interface in held:
            for one in children(interface, "staticmap"):
                row = {
                    "address": said(one, "ipaddr"),
                    "mac": said(one, "mac"),
                    "hostname": said(one, "hostname"),
                }
                if (told := lease(self._teller, {**row, "state": "reserved"})) is not None:
                    yield told

    def rules(self, source: Source) -> Iterator[Observation]:
        """The rules, each in the list of the interface that it comes in by."""
        lists = Rules(self._teller)
        for held in self._filters:
            for number, rule in enumerate(children(held, "rule"), 1):
                if next(children(rule, "disabled"), None) is not None or said(rule, "enabled") == "0":
                    continue
                try:
                    yield from self._rule(lists, rule)
                except ValueError as error:
                    source.skip(f"rule {number} {said(rule, 'descr')[:60]!r}", error)

    def _rule(self, lists: Rules, rule: Element) -> Iterator[Observation]:
        start = self._end(next(children(rule, "source"), None))
        target = self._end(next(children(rule, "destination"), None))
        protocol = said(rule, "protocol").lower()
        allow = said(rule, "type") in {"pass", "match", ""}
        if protocol not in {"", "any", "tcp", "udp", "tcp/udp"}:
            return
        text = said(rule, "destination", "port")
        open_ports = [one for word in self._words(text) for one in self._ports(protocol, word)] or [ports.ANY]
        for interface in said(rule, "interface").split(",") or [""]:
            from_there = start if start != ["any"] else self._networks.get(interface) or ["any"]
            yield lists.rule(f"rules of {interface}", from_there, target, open_ports, allow=allow)

    def _end(self, side: Element | None) -> list[str]:
        word = said(side, "address") or said(side, "network")
        if side is None or not word or next(children(side, "any"), None) is not None or word == "any":
            return ["any"]
        if next(children(side, "not"), None) is not None:
            return ["any"]  # all but a range: rather too much than too little
        name = word.removesuffix("ip") if word.endswith("ip") and word[:-2] in self._networks else word
        found = self._networks.get(name) or ranges(" ".join(self._words(word)))
        if not found:
            raise ValueError(f"{word} is no network, alias or address that the file knows")
        return found

    def _words(self, text: str, depth: int = 0) -> list[str]:
        """What an alias stands for, through aliases in it; a word that is none stands for itself."""
        if depth > NESTED:
            return []
        found: list[str] = []
        for word in text.split():
            if word in self._aliases:
                found += self._words(" ".join(self._aliases[word]), depth + 1)
            else:
                found.append(word)
        return found

    @staticmethod
    def _ports(protocol: str, word: str) -> list[str]:
        found: list[str] = []
        for each in ("tcp", "udp") if protocol in {"", "any", "tcp/udp"} else (protocol,):
            plain = word if word[:1].isalpha() else f"{each}/{word.replace(':', '-')}"
            found += ports.listed(plain)
        return list(dict.fromkeys(found))


def fits(head: bytes) -> bool:
    """Whether its root element is one of the two firewalls'."""
    start = head[:2048]
    return b"<pfsense>" in start or b"<opnsense>" in start


FORMAT: Final = Format(
    name="opnsense",
    checked_against="memory",
    export="pfSense: Diagnostics > Backup & Restore; OPNsense: System > Configuration > Backups. Take secrets out before it leaves the firewall",
    says="who may open what where, networks, reservations",
    fits=fits,
    read=reading(parse),
)
