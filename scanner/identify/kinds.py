"""Decide what sort of thing a device is: every sign is a vote for a kind, and a kind needs enough of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from scanner.identify import trust, vendors, windows
from scanner.model.device import Attribute, Claim
from scanner.model.kinds import Kind
from scanner.model.net import Port

Vote = tuple[Kind, str, float]
"""For which kind, on whose word (votes of one voice count once), how strongly 0..1."""

_KINDS: Final = frozenset(Kind)

LEAST: Final = 0.2
"""Weaker than this is no answer: unknown."""

WORDS: Final[Mapping[str, Kind]] = {
    "printer": Kind.PRINTER,
    "print server": Kind.PRINTER,
    "multifunction device": Kind.PRINTER,
    "scanner": Kind.PRINTER,
    "voip": Kind.PHONE,
    "voip phone": Kind.PHONE,
    "voip gateway": Kind.PHONE,
    "phone": Kind.PHONE,
    "video conferencing": Kind.PHONE,
    "ip camera": Kind.CAMERA,
    "web cam": Kind.CAMERA,
    "webcam": Kind.CAMERA,
    "camera": Kind.CAMERA,
    "video encoder": Kind.CAMERA,
    "dvr": Kind.DVR,
    "nvr": Kind.DVR,
    "wap": Kind.ACCESS_POINT,
    "wireless access point": Kind.ACCESS_POINT,
    "wireless controller": Kind.ACCESS_POINT,
    "switch": Kind.SWITCH,
    "router": Kind.ROUTER,
    "broadband router": Kind.ROUTER,
    "dsl modem": Kind.ROUTER,
    "cable modem": Kind.ROUTER,
    "docsis cable modem": Kind.ROUTER,
    "gateway": Kind.ROUTER,
    "firewall": Kind.FIREWALL,
    "vpn": Kind.FIREWALL,
    "ips": Kind.FIREWALL,
    "load balancer": Kind.LOAD_BALANCER,
    "lights out management": Kind.BMC,
    "ups": Kind.UPS,
    "pdu": Kind.PDU,
    "power device": Kind.PDU,
    "nas": Kind.NAS,
    "storage": Kind.NAS,
    "san": Kind.NAS,
    "hypervisor": Kind.HYPERVISOR,
    "mainframe": Kind.MAINFRAME,
    "plc": Kind.PLC,
    "industrial control": Kind.PLC,
    "hmi": Kind.HMI,
    "rtu": Kind.RTU,
    "point of sale": Kind.POS,
    "cash machine": Kind.ATM,
    "relay": Kind.RELAY,
    "power meter": Kind.METER,
    "tape library": Kind.NAS,
    "cmts": Kind.ROUTER,
    "remote access server": Kind.ROUTER,
    "wireless radio": Kind.ACCESS_POINT,
    "environment monitor": Kind.IOT,
    "wireless presenter": Kind.IOT,
    "usb server": Kind.IOT,
    "kvm": Kind.IOT,
    "game console": Kind.TV,
    "building automation": Kind.BUILDING_CONTROLLER,
    "environmental control": Kind.BUILDING_CONTROLLER,
    "patient monitor": Kind.PATIENT_MONITOR,
    "nurse call": Kind.NURSE_CALL,
    "infusion pump": Kind.INFUSION_GATEWAY,
    "analyser": Kind.LAB_ANALYSER,
    "media server": Kind.TV,
    "tv": Kind.TV,
    "thin client": Kind.WORKSTATION,
    "workstation": Kind.WORKSTATION,
    "desktop": Kind.WORKSTATION,
    "laptop": Kind.LAPTOP,
    "server": Kind.SERVER,
    "web proxy": Kind.SERVER,
    "device server": Kind.IOT,
    "network appliance": Kind.SERVER,
    "iot": Kind.IOT,
}
"""Recog's device words, in lower case, as kinds of ours."""

SYSTEMS: Final[Mapping[str, tuple[Kind, float]]] = {
    "ios": (Kind.SWITCH, 0.25),
    "catos": (Kind.SWITCH, 0.6),
    "nx-os": (Kind.SWITCH, 0.6),
    "comware": (Kind.SWITCH, 0.4),
    "exos": (Kind.SWITCH, 0.5),
    "junos": (Kind.ROUTER, 0.3),
    "ios-xr": (Kind.ROUTER, 0.6),
    "routeros": (Kind.ROUTER, 0.5),
    "openwrt": (Kind.ROUTER, 0.5),
    "dd-wrt": (Kind.ROUTER, 0.5),
    "screenos": (Kind.FIREWALL, 0.6),
    "fortios": (Kind.FIREWALL, 0.6),
    "pan-os": (Kind.FIREWALL, 0.7),
    "big-ip": (Kind.LOAD_BALANCER, 0.6),
    "netscaler": (Kind.LOAD_BALANCER, 0.6),
    "dsm": (Kind.NAS, 0.7),
    "qts": (Kind.NAS, 0.7),
    "truenas": (Kind.NAS, 0.6),
    "freenas": (Kind.NAS, 0.6),
}
"""Systems that run on one sort of thing only, or (the low ones) mostly; in lower case."""

SMALL: Final = frozenset({"busybox", "udhcp", "dropbear ssh"})
"""Programs of a Linux that was built to be small, in lower case: servers run their distribution's own instead."""

_LAPTOP: Final = re.compile(
    r"(?:^|[-_ ])(?:lt|ltp|laptop|nb|nbk|notebook|book|mob|tp)[-_ ]?\d*(?:$|[-_ ])|^(?:lt|nb)\d{2,}|laptop",
    re.IGNORECASE,
)
_PC: Final = re.compile(
    r"(?:^|[-_ ])(?:pc|ws|wks|desktop|dt|workstation|client)[-_ ]?\d*(?:$|[-_ ])|^(?:pc|ws|desktop)\d{2,}",
    re.IGNORECASE,
)
_SERVER: Final = re.compile(
    r"(?:^|[-_ ])(?:srv|server|svr|sql|db|app|web|file|fs|print|mail|exch)[-_ ]?\d*(?:$|[-_ ])|^(?:srv|sql|db)\d{2,}",
    re.IGNORECASE,
)
_CASH: Final = re.compile(r"(?:^|[-_ ])atm[-_ ]?\d*(?:$|[-_ ])", re.IGNORECASE)
_CONTROLLER: Final = re.compile(r"(?:^|[-_ ])dc[-_ ]?\d*(?:$|[-_ ])", re.IGNORECASE)

_SERVER_PORTS: Final = (
    "tcp/25",
    "tcp/1433",
    "tcp/1521",
    "tcp/3306",
    "tcp/5432",
    "tcp/53",
    "tcp/8443",
    "tcp/389",
)
_PRINT_PORTS: Final = ("tcp/9100", "tcp/515", "tcp/631")


def decide(
    claims: Sequence[Claim],
    attributes: Mapping[str, Attribute],
    ports: Iterable[Port],
    names: Iterable[str],
) -> tuple[Kind, float]:
    """The best-supported kind and how sure we are of it; unknown when nothing speaks loudly enough."""
    open_ports = frozenset(ports)
    votes = [
        *_from_claims(claims),
        *_from_system(claims, attributes),
        *_from_ports(open_ports, "os.product" in attributes),
        *_from_names(names, attributes),
        *_from_dicom(claims, attributes),
    ]
    return tally(votes)


def tally(votes: Iterable[Vote]) -> tuple[Kind, float]:
    """Count votes: noisy-or over voices for each kind, lowered by what speaks for the second best."""
    heard: dict[Kind, dict[str, float]] = defaultdict(dict)
    for kind, voice, weight in votes:
        heard[kind][voice] = max(heard[kind].get(voice, 0.0), weight)
    scores = {kind: trust.noisy_or(said[voice] for voice in sorted(said)) for kind, said in heard.items()}
    ranked = sorted(scores, key=lambda kind: (-scores[kind], kind))
    if not ranked or scores[ranked[0]] < LEAST:
        return Kind.UNKNOWN, 0.0
    second = scores[ranked[1]] if len(ranked) > 1 else 0.0
    return ranked[0], round(scores[ranked[0]] * (1.0 - 0.5 * second), 4)


def _from_claims(claims: Iterable[Claim]) -> Iterable[Vote]:
    for claim in claims:
        match claim.attr:
            case "device.kind" if claim.value in _KINDS:
                yield Kind(claim.value), trust.source(claim), trust.strength(claim)
            case "hw.device" | "os.device" | "service.device":
                kind = WORDS.get(claim.value.lower())
                if kind:
                    share = 0.6 if claim.attr == "service.device" else 1.0
                    yield kind, trust.source(claim), share * trust.strength(claim)
            case "hw.vendor" if claim.rule is None and claim.value in vendors.KINDS:
                kind, weight = vendors.KINDS[claim.value]
                yield kind, "card", weight


def _from_system(claims: Iterable[Claim], attributes: Mapping[str, Attribute]) -> Iterable[Vote]:
    """The operating system's word: weaker than a device's own, for the same system runs on many things."""
    product = attributes.get("os.product")
    if product is None:
        return
    name = product.value.lower()
    vendor = attributes.get("os.vendor")
    # Apple's iOS differs from Cisco's by its vendor alone
    if name in SYSTEMS and (vendor is None or vendor.value != "Apple"):
        yield SYSTEMS[name][0], "system", SYSTEMS[name][1]
    elif "esx" in name or "hyper-v" in name or "proxmox" in name:
        yield Kind.HYPERVISOR, "system", 0.9
    elif "windows ce" in name:
        yield Kind.HMI, "system", 0.3
    elif name.startswith("windows") and windows.server(name):
        yield Kind.SERVER, "system", 0.7
    elif re.match(r"windows (?:\d|xp|vista|nt|2000|me)", name):
        yield Kind.WORKSTATION, "system", 0.55
    elif name == "windows":
        yield Kind.WORKSTATION, "system", 0.25
    elif name == "linux" and _small(claims):
        # cameras, sensors and routers: what else speaks for one of them outweighs this
        yield Kind.IOT, "system", 0.25
    elif re.search(r"linux|solaris|aix|hp-ux|freebsd|unix|openvms", name):
        yield Kind.SERVER, "system", 0.35
    elif name in {"mac os x", "macos"}:
        yield Kind.WORKSTATION, "system", 0.4


def _small(claims: Iterable[Claim]) -> bool:
    told = ("service.product", "service.component.product")
    return any(claim.attr in told and claim.value.lower() in SMALL for claim in claims)


@lru_cache(maxsize=1024)
def _from_ports(ports: frozenset[Port], has_system: bool) -> tuple[Vote, ...]:
    return tuple(_by_ports(ports, has_system=has_system))


def _by_ports(ports: frozenset[Port], *, has_system: bool) -> Iterator[Vote]:
    def has(*wanted: str) -> bool:
        return all(port in ports for port in wanted)

    if has("tcp/88", "tcp/389", "tcp/445"):
        yield Kind.DOMAIN_CONTROLLER, "ports", 0.9
    printing = sum(port in ports for port in _PRINT_PORTS)
    if printing and "tcp/445" not in ports:
        yield Kind.PRINTER, "ports", 0.3 * printing
    if has("tcp/554") and not has("tcp/445"):
        yield Kind.CAMERA, "ports", 0.3
    if has("tcp/902", "tcp/443"):
        yield Kind.HYPERVISOR, "ports", 0.3
    if has("tcp/5060") or has("tcp/2000"):
        yield Kind.PHONE, "ports", 0.25
    if has("tcp/502") or has("tcp/102"):
        yield Kind.PLC, "ports", 0.3
    serving = sum(port in ports for port in _SERVER_PORTS)
    if serving:
        yield Kind.SERVER, "ports", min(0.5, 0.2 * serving)
    if has("tcp/6661") and has_system:
        yield Kind.INTERFACE_ENGINE, "ports", 0.25


def _from_names(names: Iterable[str], attributes: Mapping[str, Attribute]) -> Iterable[Vote]:
    """Names follow habits (LT-, NB-, DC01): a hint, and only about things that look like computers."""
    family = attributes.get("os.family")
    weight = 0.5 if family and family.value == "Windows" else 0.3
    for name in sorted(names):
        label = name.partition(".")[0]
        if _LAPTOP.search(label):
            # a laptop is a workstation too: the more exact word must outweigh the system's vote
            yield Kind.LAPTOP, "name", weight + 0.2
        if _PC.search(label):
            yield Kind.WORKSTATION, "name", weight
        if _CASH.search(label):
            # a cash machine is a PC in a safe: as with laptops, the more exact word must outweigh the system's
            yield Kind.ATM, "name", weight + 0.2
        if _SERVER.search(label):
            yield Kind.SERVER, "name", weight
        if _CONTROLLER.search(label):
            yield Kind.DOMAIN_CONTROLLER, "name", weight


def _from_dicom(claims: Iterable[Claim], attributes: Mapping[str, Attribute]) -> Iterable[Vote]:
    """A Windows client or embedded system that speaks DICOM is an imaging device; a server that does, an archive."""
    if not any(claim.seen.field == "dicom.implementation" for claim in claims):
        return
    product = attributes.get("os.product")
    name = product.value.lower() if product else ""
    if name.startswith("windows") and not windows.server(name):
        yield Kind.MODALITY, "dicom on a client", 0.75
    elif windows.server(name) or "linux" in name:
        yield Kind.PACS, "dicom on a server", 0.8
    else:
        yield Kind.MODALITY, "dicom", 0.3
