"""Read what devices say in passing: neighbours' announcements, browser lists, tickets, and the way a call begins."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.identify import agents, rules
from scanner.model.kinds import Kind
from scanner.model.knowledge import Knowledge

Reading = tuple[str, str, float]
Parts = Mapping[str, str]

_ENABLED: Final[Mapping[str, Kind]] = {
    "telephone": Kind.PHONE,
    "wlan-access-point": Kind.ACCESS_POINT,
    "bridge": Kind.SWITCH,
    "router": Kind.ROUTER,
}
"""What LLDP says is enabled, the most telling first: a phone bridges too, and a layer 3 switch routes."""
_CAPABLE: Final[Mapping[str, Kind]] = {"phone": Kind.PHONE, "switch": Kind.SWITCH, "router": Kind.ROUTER}
"""The same for CDP; a layer 3 switch says both, and is a switch to whoever stands before it."""

_WINDOWS: Final[Mapping[str, str]] = {
    "4.0": "Windows NT",
    "5.0": "Windows 2000",
    "5.1": "Windows XP",
}
"""What a browser announcement's version names beyond doubt ([MS-BRWS] 2.2.1); Samba says 4.9, then 6.1."""
_SAMBA: Final = re.compile(r"\bSamba\s+v?(\d+\.\d+[\w.+-]*)", re.IGNORECASE)


def lldp(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`lldp.system`: its text is what an SNMP agent calls its description (IEEE 802.1AB, 8.5.7)."""
    yield from _name(said.get("name", ""), 0.9)
    if said.get("description"):
        yield from agents.system({"sysDescr": said["description"]}, knowledge)
    yield from _kind(_ENABLED, said.get("enabled", ""))


def cdp(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`cdp.version`: the text of `show version`, which is the agent's description too."""
    yield from agents.system({"sysDescr": said.get("", "")}, knowledge)


def cdp_device(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`cdp.device`: the name (some add their serial number in brackets), the platform, and what it does."""
    yield from _name(said.get("name", "").partition("(")[0], 0.9)
    platform = said.get("platform", "")
    if platform.lower().startswith("cisco "):
        yield from (("hw.vendor", "Cisco", 0.9), ("hw.product", platform[6:], 0.8))
    yield from _kind(_CAPABLE, said.get("capabilities", ""))


def mikrotik(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`mndp.device`: RouterOS and its version, and the board; SwOS devices speak it too and name themselves."""
    yield from _name(said.get("name", ""), 0.8)
    version = re.match(r"\d+\.\d+[\w.]*", said.get("version", ""))
    if said.get("platform") == "MikroTik":
        yield from (("hw.vendor", "MikroTik", 0.9), ("os.vendor", "MikroTik", 0.9))
        yield "os.product", "RouterOS", 0.9
        if version:
            yield "os.version", version[0], 0.9
        if said.get("board"):
            yield "hw.product", said["board"], 0.9


def extreme(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`edp.device`: only an Extreme Networks switch speaks it."""
    yield from _name(said.get("name", ""), 0.8)
    yield from (("hw.vendor", "Extreme Networks", 0.9), ("os.vendor", "Extreme Networks", 0.9))
    yield from (("os.product", "ExtremeXOS", 0.8), ("device.kind", Kind.SWITCH, 0.8))
    if said.get("version"):
        yield "os.version", said["version"], 0.8


def bridge(_said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`stp.bridge`: whoever speaks spanning tree bridges; access points and hypervisors do too."""
    yield "device.kind", Kind.SWITCH, 0.5


def station(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`profinet.station`: name, type, and whether it controls."""
    yield from _name(said.get("name", ""), 0.7)
    if said.get("type"):
        yield "hw.product", said["type"], 0.7
        found = rules.match(said["type"], knowledge.rules("profinet.station"))
        if found:
            yield from ((attr, value, found[0].confidence) for attr, value in found[1].items())
    if "controller" in said.get("roles", "").split(","):
        yield "device.kind", Kind.PLC, 0.7


def publisher(_said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`goose.publisher`: protection and bay controllers publish it (IEC 61850-8-1)."""
    yield "device.kind", Kind.RELAY, 0.7


def announcement(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`netbios.announcement`: a machine's own name and roles; its version where that names one system."""
    yield from _name(said.get("name", ""), 0.9)
    roles = set(said.get("roles", "").split(","))
    samba = _SAMBA.search(said.get("comment", ""))
    if samba or "unix-server" in roles:
        yield "service.product", "Samba", 0.8
        if samba:
            yield "service.version", samba[1], 0.8
        return
    product = _WINDOWS.get(said.get("version", ""))
    # Windows 2000 and its kind alone set one of these; a NAS that imitates them sets `server` alone
    if roles & {"nt-workstation", "nt-server", "windows-9x"}:
        yield from (("os.family", "Windows", 0.8), ("os.vendor", "Microsoft", 0.8))
        if product and "nt-server" not in roles:
            yield "os.product", product, 0.7
        elif not product:
            yield "os.product", "Windows", 0.8
    if roles & {"domain-controller", "backup-domain-controller"}:
        yield "device.kind", Kind.DOMAIN_CONTROLLER, 0.8
    elif "nt-server" in roles:
        yield "device.kind", Kind.SERVER, 0.7


def ticket(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`kerberos.client`: a machine account is named like its machine, in its domain's realm."""
    yield from _name(said.get("host", ""), 0.95)
    if said.get("realm"):
        yield "host.domain", said["realm"].lower(), 0.95


def granter(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`kerberos.realm`: in most networks only a domain controller grants tickets; a Unix server may."""
    yield "device.kind", Kind.DOMAIN_CONTROLLER, 0.6
    if said.get(""):
        yield "host.domain", said[""].lower(), 0.8


def ssh_client(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`ssh.client`: the system that a client's software is packaged for; the software itself serves nobody."""
    found = rules.match(said.get("", ""), knowledge.rules("ssh.banner"))
    if found:
        rule, attributes = found
        for attr, value in attributes.items():
            if attr.startswith("os."):
                yield attr, value, rule.confidence * 0.8


def station104(_said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`iec104.station`: remote terminals and gateways send data to control rooms (IEC 60870-5-104)."""
    yield "device.kind", Kind.RTU, 0.6


def controller(_said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`bacnet.i_am`: controllers announce themselves; workstations that run them do too."""
    yield "device.kind", Kind.BUILDING_CONTROLLER, 0.5


def phasors(_said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`c37118.stations`: measurement units and relays send phasors (IEEE C37.118.2)."""
    yield "device.kind", Kind.RELAY, 0.6


def client6(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`dhcp6.options`: Microsoft's enterprise number stands in its vendor class; the name is the machine's."""
    if "MSFT" in said.get("class", ""):
        yield from (
            ("os.vendor", "Microsoft", 0.8),
            ("os.family", "Windows", 0.8),
            ("os.product", "Windows", 0.8),
        )
    yield from _name(said.get("name", ""), 0.8)


def _name(text: str, sureness: float) -> Iterator[Reading]:
    label, _dot, domain = text.strip().partition(".")
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}", label) and not label.isdecimal():
        yield "host.name", label, sureness
        if re.fullmatch(r"[A-Za-z0-9.-]{2,200}", domain):
            yield "host.domain", domain.lower(), sureness - 0.1


def _kind(words: Mapping[str, Kind], said: str) -> Iterator[Reading]:
    shown = set(said.split(","))
    kind = next((kind for word, kind in words.items() if word in shown), None)
    if kind:
        yield "device.kind", kind, 0.8
