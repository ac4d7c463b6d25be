"""UniFi Network: clients, devices, networks and firewall rules, as the controller's API gives them in JSON."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.net import Mac
from scanner.model.observation import Observation, Scalar
from scanner.observe.files import ports
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.policy import Rules, network, ranges
from scanner.observe.files.records import Record, members, part, parts
from scanner.observe.files.told import ENTRY, Teller, address, card, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:unifi"
KINDS: Final = {"uap": "access-point", "usw": "switch", "ugw": "router", "udm": "router", "uxg": "router"}
"""UniFi's words for its own devices, and our kinds."""
MOST: Final = 10_000
"""Rules and names of switches that are kept until the file ends."""


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every object, by what it has: several answers of the API may stand in one file, devices best first."""
    reader = _Reader(Teller(source=SOURCE, now=now))
    for _, offset, one in members(source):
        told = list(reader.take(one))
        if not told and not reader.kept:
            source.skip(f"byte {offset}", "no client, device, network or rule")
        yield from told
    yield from reader.rules(source)


class _Reader:
    """Knows the switches and networks that came before."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._names: dict[Mac, tuple[str, dict[str, str]]] = {}
        self._networks: dict[str, str] = {}
        self._groups: dict[str, list[str]] = {}
        self._rules: list[Record] = []
        self.kept = False
        """Whether the last object was put by for later."""

    def take(self, one: Record) -> Iterator[Observation]:
        """What one object says."""
        self.kept = False
        if "ip_subnet" in one or "subnet" in one or ("purpose" in one and "networkgroup" in one):
            self.kept = True
            if len(self._networks) < MOST:
                self._networks[part(one, "_id", "id")] = part(one, "ip_subnet", "subnet")
            cidr = part(one, "ip_subnet", "subnet")
            yield from network(
                self._teller, cidr, part(one, "name"), part(one, "vlan"), role=part(one, "purpose")
            )
        elif "ruleset" in one:
            self.kept = True
            self._rules += [one] if len(self._rules) < MOST else []
        elif "group_members" in one:
            self.kept = True
            self._groups[part(one, "_id", "id")] = [str(member) for member in parts(one, "group_members")]
        elif mac := card(part(one, "mac", "macAddress")):
            if part(one, "type").lower() in KINDS or "port_table" in one or "firmwareVersion" in one:
                yield from self._device(one, mac)
            else:
                yield from self._client(one, mac)

    def _device(self, one: Record, mac: Mac) -> Iterator[Observation]:
        name = part(one, "name") or mac
        numbered = {
            part(port, "port_idx"): part(port, "name")
            for port in parts(one, "port_table")
            if isinstance(port, dict)
        }
        if len(self._names) < MOST:
            self._names[mac] = (name, numbered)
        value = self._teller.entry(
            {
                "name": name.replace(" ", "-"),
                "vendor": "Ubiquiti",
                "model": part(one, "model"),
                "version": part(one, "version", "firmwareVersion"),
                "serial": part(one, "serial"),
                "kind": KINDS.get(part(one, "type").lower(), ""),
            }
        )
        last = moment(part(one, "last_seen"))
        yield self._teller.say(
            ENTRY, value, address=address(part(one, "ip", "ipAddress")), mac=mac, last=last
        )

    def _client(self, one: Record, mac: Mac) -> Iterator[Observation]:
        first, last = moment(part(one, "first_seen")), moment(part(one, "last_seen", "connectedAt"))
        held = address(part(one, "ip", "ipAddress", "last_ip", "fixed_ip"))
        yield self._teller.say("link.mac", mac, address=held, mac=mac, first=first, last=last)
        for name in ("hostname", "name"):
            if text := clean(part(one, name)):
                yield self._teller.say("host.name", text, address=held, mac=mac, first=first, last=last)
        if note := clean(part(one, "note")):
            yield self._teller.say(ENTRY, {"note": note}, address=held, mac=mac, last=last)
        if where := self._place(one):
            yield self._teller.say("location", where, address=held, mac=mac, last=last)

    def _place(self, one: Record) -> dict[str, Scalar | list[str]]:
        switch, point = card(part(one, "sw_mac", "last_uplink_mac")), card(part(one, "ap_mac"))
        if one.get("is_wired") is False and point:
            found = {
                "access_point": self._names.get(point, (point, {}))[0],
                "description": part(one, "essid"),
            }
        elif switch and part(one, "sw_port", "last_uplink_remote_port"):
            number = part(one, "sw_port", "last_uplink_remote_port")
            name, numbered = self._names.get(switch, (switch, {}))
            found = {"switch": name, "port": number, "description": numbered.get(number, "")}
        else:
            found = {}
        return {word: clean(text) for word, text in found.items() if text}

    def rules(self, source: Source) -> Iterator[Observation]:
        """The rules in their order, now that all networks are known."""
        lists = Rules(self._teller)
        for one in sorted(
            self._rules, key=lambda one: (part(one, "ruleset"), part(one, "rule_index").zfill(9))
        ):
            if one.get("enabled") is False:
                continue
            try:
                open_ports = self._ports(one)
            except ValueError as error:
                source.skip(f"rule {part(one, 'name')[:60]!r}", error)
                continue
            yield lists.rule(
                f"UniFi {part(one, 'ruleset')}", self._ends(one, "src"), self._ends(one, "dst"), open_ports,
                allow=part(one, "action") == "accept",
            )  # fmt: skip

    def _ends(self, one: Record, side: str) -> list[str]:
        named = [part(one, f"{side}_address"), self._networks.get(part(one, f"{side}_networkconf_id"), "")]
        for group in parts(one, f"{side}_firewallgroup_ids"):
            named += self._groups.get(str(group), [])
        return ranges(" ".join(named))

    def _ports(self, one: Record) -> list[str]:
        words = [part(one, "dst_port")]
        for group in parts(one, "dst_firewallgroup_ids"):
            words += [
                member for member in self._groups.get(str(group), []) if member.replace("-", "").isdecimal()
            ]
        protocol = part(one, "protocol").lower()
        found: list[str] = []
        for word in " ".join(words).replace(",", " ").split():
            for each in ("tcp", "udp") if protocol in {"all", "tcp_udp", ""} else (protocol,):
                found += ports.listed(f"{each}/{word}")
        return found or [ports.ANY]


def fits(head: bytes) -> bool:
    """Whether it has what only UniFi's objects have."""
    start = head.lstrip()[:1]
    marks = (
        b'"essid"',
        b'"is_wired"',
        b'"sw_mac"',
        b'"port_table"',
        b'"networkgroup"',
        b'"ruleset"',
        b'"site_id"',
        b'"oui"',
    )
    return start in {b"{", b"["} and sum(mark in head for mark in marks) >= 2


FORMAT: Final = Format(
    name="unifi",
    checked_against="memory",
    export=(
        "for what in stat/device rest/networkconf rest/firewallgroup rest/firewallrule stat/alluser;"
        ' do curl -sk -b cookies "https://CONTROLLER/proxy/network/api/s/default/$what"; done > unifi.json'
    ),
    says="clients with their switch ports, devices, networks, rules",
    fits=fits,
    read=reading(parse),
)
