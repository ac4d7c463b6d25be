"""Read what devices answer to one question by UDP: names, makers and kinds out of SNMP, NetBIOS, mDNS, WSD, IPMI and others."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from scanner.identify import vendors
from scanner.identify.rules import clip
from scanner.model.kinds import Kind
from scanner.model.knowledge import Knowledge
from scanner.model.net import Mac, mac

_NET_SNMP: Final = 8072
"""The agent that half of all makers put in: its number names no maker (and its engine ids follow its own form)."""
_BY_CARD: Final = 3
"""RFC 3411, 5: the rest of the engine id is a MAC address."""

_OFFERED: Final[Mapping[str, Kind]] = {
    "_pdl-datastream._tcp": Kind.PRINTER,
    "_ipp._tcp": Kind.PRINTER,
    "_printer._tcp": Kind.PRINTER,
    "_uscan._tcp": Kind.PRINTER,
    "_axis-video._tcp": Kind.CAMERA,
    "_googlecast._tcp": Kind.TV,
    "_airplay._tcp": Kind.TV,
    "_hap._tcp": Kind.IOT,
    "_adisk._tcp": Kind.NAS,
    "_readynas._tcp": Kind.NAS,
    "_dicom._tcp": Kind.MODALITY,
    "_acr-nema._tcp": Kind.MODALITY,
}
"""Kinds of service (IANA's registry and makers' own) and the kind of device that offers them."""
_COMPUTERS: Final = frozenset(
    {"_workstation._tcp", "_smb._tcp", "_afpovertcp._tcp", "_rdp._tcp", "_ssh._tcp"}
)
"""A computer shares its printer and its screen too: beside one of these the others name no kind."""

_TYPES: Final[Mapping[str, Kind]] = {
    "NetworkVideoTransmitter": Kind.CAMERA,
    "NetworkVideoStorage": Kind.DVR,
    "PrintDeviceType": Kind.PRINTER,
    "ScanDeviceType": Kind.PRINTER,
}
"""Types of WS-Discovery: ONVIF's and Microsoft's."""
_ONVIF: Final = re.compile(r"onvif://www\.onvif\.org/(name|hardware|location)/([^\s]+)", re.IGNORECASE)

Reading = tuple[str, str, float]
Parts = Mapping[str, str]


def engine(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`snmp.engine_id`: the maker by its enterprise number, and the card where the id holds one (RFC 3411, 5)."""
    try:
        raw = bytes.fromhex(said.get("", ""))
    except ValueError:
        return
    if len(raw) < 5:
        return
    number = int.from_bytes(raw[:4], "big") & 0x7FFFFFFF
    name = knowledge.enterprise(number) if number != _NET_SNMP else None
    if name:
        yield "hw.vendor", vendors.spelling(clip(name)), 0.6
    # without the first bit the id is of the form before RFC 3411, and what follows is the maker's own
    if raw[0] & 0x80 and raw[4] == _BY_CARD and len(raw) == 11:
        yield from _card(raw[5:].hex(), knowledge)


def card(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`netbios.mac`: the card that the device itself names, which tells it apart behind a router too."""
    yield from _card(said.get("", ""), knowledge)


def role(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`netbios.role`: who answers to the name of the domain's controllers is one."""
    if said.get("") == "domain controller":
        yield "device.kind", Kind.DOMAIN_CONTROLLER, 0.85


def services(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`mdns.services`: what a device offers, where only one kind of device offers it."""
    offered = set(said.get("", "").lower().split())
    if offered & _COMPUTERS:
        return
    for kind in sorted({_OFFERED[one] for one in offered if one in _OFFERED}):
        yield "device.kind", kind, 0.7


def match(said: Parts, _: Knowledge) -> Iterator[Reading]:
    """`wsd.match`: the kind by its types, the model by ONVIF's scopes."""
    for word in said.get("types", "").split():
        kind = _TYPES.get(word.rpartition(":")[2])
        if kind:
            yield "device.kind", kind, 0.8
    for what, text in _ONVIF.findall(said.get("scopes", "")):
        plain = clip(unquote(text)).replace("_", " ").strip()
        if what.lower() == "hardware" and plain:
            yield "hw.model", plain, 0.7
        # the name is the owner's to change, but most never do: it begins with the maker's
        if what.lower() == "name" and plain:
            yield "hw.vendor", vendors.spelling(plain.split()[0]), 0.4


def board(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`ipmi.auth`: only a board controller answers, and an OEM number names its maker (IPMI 2.0, 22.13)."""
    if not said.get("versions"):
        return
    yield "device.kind", Kind.BMC, 0.8
    yield "setting.ipmi", said["versions"].rpartition(",")[2], 0.95
    if said.get("anonymous") == "True" or said.get("null_users") == "True":
        yield "setting.ipmi_login", "anonymous", 0.9
    number = said.get("enterprise", "")
    name = knowledge.enterprise(int(number)) if number.isdecimal() else None
    if name:
        yield "hw.vendor", vendors.spelling(clip(name)), 0.6


def radio(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    """`ubnt.discovery`: only a Ubiquiti device answers, and it says its name, its card and its model."""
    yield "hw.vendor", "Ubiquiti", 0.9
    if model := said.get("model") or said.get("platform"):
        yield "hw.product", model, 0.85
    if name := said.get("name"):
        yield "host.name", name, 0.7
    yield from _card(said.get("mac", ""), knowledge)


def _card(text: str, knowledge: Knowledge) -> Iterator[Reading]:
    try:
        found = mac(text)
    except ValueError:
        return
    yield "host.mac", found, 0.9
    if maker := knowledge.vendor(Mac(found)):
        yield "hw.vendor", vendors.spelling(maker), 0.3
