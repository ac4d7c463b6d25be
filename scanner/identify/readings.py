"""Read structured facts directly: what a Windows build, a lease, a DICOM root or a network card says.

One small function a field; each takes the value as a flat object (a bare text is `{"": text}`) and yields
`(attribute, value, confidence)`. Nothing here raises: what cannot be read is passed over.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from scanner.identify import agents, answers, dhcp, passing, registers, vendors, windows
from scanner.identify.rules import ATTRIBUTES, clip
from scanner.model.knowledge import Knowledge
from scanner.model.net import Mac, mac
from scanner.model.observation import Value

Reading = tuple[str, str, float]
Parts = Mapping[str, str]
Reader = Callable[[Parts, Knowledge], Iterator[Reading]]

KEPT: Final = 8192
"""Texts whose meaning is remembered: most devices of a fleet say what hundreds of others say, word for word."""


def read(field: str, value: Value, knowledge: Knowledge, person: str = "") -> Iterator[Reading]:
    """Yield what one structured fact says; nothing for a field that has no reading."""
    if person.startswith("person:"):
        yield from _said_by_person(field, parts(value))
        return
    if field not in _READERS:
        return
    if isinstance(value, str):
        yield from _text(field, clip(value), knowledge)
    else:
        yield from _READERS[field](parts(value), knowledge)


@lru_cache(maxsize=KEPT)
def _text(field: str, value: str, knowledge: Knowledge) -> tuple[Reading, ...]:
    return tuple(_READERS[field](parts(value), knowledge))


def parts(value: Value) -> dict[str, str]:
    """A value as a flat object of texts; a bare text stands under the empty name, lists are joined by commas."""
    if isinstance(value, str):
        return {"": clip(value).strip()}
    flat = {}
    for name, part in value.items():
        if part is None:
            continue
        flat[name] = clip(",".join(map(str, part)) if isinstance(part, list) else str(part)).strip()
    return flat


def first(of: Parts, *names: str) -> str:
    """The first of the named parts that is there and not empty; else empty."""
    return next((of[name] for name in names if of.get(name)), "")


def _said_by_person(field: str, said: Parts) -> Iterator[Reading]:
    for attr, value in {field.removeprefix("person."): first(said, "", "value"), **said}.items():
        if attr in ATTRIBUTES and value:
            yield attr, value, 0.99


def _ntlm_version(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    build = windows.build(first(said, "", "version", "build", "os_version", "value"))
    # Samba answers 6.1.0 (build 0) whatever it runs on: no Windows ever had build 0
    if not build or build.endswith(".0"):
        return
    yield from (("os.family", "Windows", 0.95), ("os.vendor", "Microsoft", 0.95))
    yield "os.build", build, 0.97
    names = windows.products(build, knowledge)
    # an embedded edition is a rare twin of the plain one: it does not leave the name open, a server does
    plain = [name for name in names if not windows.rare(name)]
    yield from (("os.product", name, 0.9 if plain == [name] else 0.4) for name in plain or names)
    if len(plain) != 1:
        yield "os.product", "Windows", 0.95


def _ntlm_names(said: Parts, _: Knowledge) -> Iterator[Reading]:
    name = first(said, "dns_name", "fqdn", "")
    short = first(said, "netbios_name", "name")
    domain = first(said, "dns_domain", "netbios_domain", "domain")
    label = short or name.partition(".")[0]
    if label:
        yield "host.name", label, 0.95
    # a machine outside a domain gives its own name as its domain
    if domain and domain.lower() not in {label.lower(), name.lower()}:
        yield "host.domain", domain.lower(), 0.95


def _dhcp_lease(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    name = first(said, "hostname", "client_hostname", "host", "name")
    if name and name != "*":
        label, _dot, domain = name.partition(".")
        yield "host.name", label, 0.8
        if domain:
            yield "host.domain", domain.lower(), 0.7
    card = first(said, "mac", "hardware", "chaddr")
    if card:
        yield from _link_mac({"": card}, knowledge)


def _host_name(said: Parts, _: Knowledge) -> Iterator[Reading]:
    name = first(said, "", "name", "hostname", "value").rstrip(".")
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,250}", name) and not re.fullmatch(r"[\d.]+", name):
        label, _dot, domain = name.partition(".")
        yield "host.name", label, 0.75
        if domain and domain.lower() not in {"local", "lan", "localdomain"}:
            yield "host.domain", domain.lower(), 0.6


def _link_mac(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    try:
        card = mac(first(said, "", "mac", "value"))
    except ValueError:
        return
    yield "host.mac", card, 0.95
    maker = knowledge.vendor(Mac(card))
    if maker:
        yield "hw.vendor", vendors.spelling(maker), 0.3
        if business := vendors.business(maker):
            yield "hw.device", *business


def _dicom(said: Parts, knowledge: Knowledge) -> Iterator[Reading]:
    uid = first(said, "uid", "class_uid", "implementation_class_uid", "class")
    name = first(said, "version", "version_name", "implementation_version_name", "name", "")
    maker = knowledge.dicom_root(uid) if uid else None
    if maker:
        yield "service.vendor", maker, 0.7
    yield from _dicom_version(name, bool(maker))
    yield from vendors.dicom_kind(maker or "", name)


_TOOLKITS: Final = (
    (re.compile(r"^OFFIS_DCMTK_(\d)(\d)(\d)"), "OFFIS", "DCMTK", "{}.{}.{}"),
    (re.compile(r"^dcm4che-(\d+)\.(\d+)(?:\.(\d+))?", re.IGNORECASE), "dcm4che", "dcm4che", "{}.{}.{}"),
    (re.compile(r"^ORTHANC_?(\d+)\.?(\d+)?\.?(\d+)?", re.IGNORECASE), "Orthanc", "Orthanc", "{}.{}.{}"),
    (
        re.compile(r"^(?:ClearCanvas|CLEARCANVAS)_?(\d+)?\.?(\d+)?\.?(\d+)?"),
        "ClearCanvas",
        "ClearCanvas",
        "{}.{}.{}",
    ),
    (re.compile(r"^PYNETDICOM_(\d)(\d)(\d)", re.IGNORECASE), "pydicom", "pynetdicom", "{}.{}.{}"),
    (
        re.compile(r"^CONQUEST(?:DICOM)?[_ -]?(\d+)?\.?(\d+)?\.?(\w+)?", re.IGNORECASE),
        "Conquest",
        "Conquest DICOM",
        "{}.{}.{}",
    ),
    (
        re.compile(r"^fo-dicom[ _]?(\d+)?\.?(\d+)?\.?(\d+)?", re.IGNORECASE),
        "fo-dicom",
        "fo-dicom",
        "{}.{}.{}",
    ),
    (re.compile(r"^MergeCOM3?_?(\d)?(\d)?(\d)?", re.IGNORECASE), "Merge", "MergeCOM-3", "{}.{}.{}"),
    (re.compile(r"^ETIAM_DCMTK_(\d)(\d)(\d)", re.IGNORECASE), "ETIAM", "DCMTK", "{}.{}.{}"),
)


def _dicom_version(name: str, sure: bool) -> Iterator[Reading]:
    for pattern, vendor, product, shape in _TOOLKITS:
        found = pattern.match(name)
        if found:
            yield "service.vendor", vendor, 0.9
            yield "service.product", product, 0.9
            version = shape.format(*(part or "" for part in found.groups())).strip(".")
            if version:
                yield "service.version", version, 0.9
            return
    if sure and name:
        yield "service.version", name, 0.4


def _vnc(said: Parts, _: Knowledge) -> Iterator[Reading]:
    found = re.search(r"(\d{1,3})\.(\d{1,3})", first(said, "", "version", "rfb"))
    if not found:
        return
    yield "service.product", "VNC", 0.8
    major, minor = int(found[1]), int(found[2])
    # 3.889 is what macOS Screen Sharing announces; 4.x and 5.x are RealVNC only
    if (major, minor) == (3, 889):
        yield from (
            ("os.vendor", "Apple", 0.9),
            ("os.product", "Mac OS X", 0.9),
            ("os.family", "Mac OS X", 0.9),
        )
    elif major in {4, 5}:
        yield "service.vendor", "RealVNC", 0.8


def _rdp(said: Parts, _: Knowledge) -> Iterator[Reading]:
    if said:
        # xrdp exists, so a Remote Desktop answer alone is strong but not certain
        yield from (
            ("os.family", "Windows", 0.8),
            ("os.vendor", "Microsoft", 0.8),
            ("os.product", "Windows", 0.8),
        )
        yield "service.product", "Remote Desktop", 0.9


def _boot(said: Parts, _: Knowledge) -> Iterator[Reading]:
    if started := first(said, ""):
        yield "host.boot", started, 0.9


def _mdns(said: Parts, _: Knowledge) -> Iterator[Reading]:
    model = re.search(r"model=([A-Za-z]+)", first(said, "", "value"))
    if model and model[1] in vendors.APPLE:
        yield "device.kind", vendors.APPLE[model[1]], 0.8


def _ldap(said: Parts, _: Knowledge) -> Iterator[Reading]:
    name = first(said, "dnsHostName", "dns_host_name")
    label, _dot, domain = name.partition(".")
    if label:
        yield "host.name", label, 0.9
    if domain:
        yield "host.domain", domain.lower(), 0.9


def _setting(attr: str, part: str = "") -> Reader:
    """A setting that the device itself shows, word for word: judgement asks for it, and for where it was seen."""

    def reader(said: Parts, _: Knowledge) -> Iterator[Reading]:
        value = first(said, part, "")
        if value:
            yield attr, value, 0.95

    return reader


_READERS: Final[Mapping[str, Reader]] = {
    "breaker.trip": _setting("setting.breaker", "why"),
    "smb1.accepted": _setting("setting.smb1"),
    "smb2.signing": _setting("setting.signing"),
    "vnc.security": _setting("setting.vnc"),
    "x11.access": _setting("setting.x11"),
    "redis.access": _setting("setting.redis"),
    "postgres.ssl": _setting("setting.database_tls"),
    "mssql.encryption": _setting("setting.database_tls"),
    "rpcbind.programs": _setting("setting.rpc", "programs"),
    "tls.versions": _setting("setting.tls", "accepted"),
    "tls.certificate": _setting("setting.certificate", "sha256"),
    "ssh.host_key": _setting("setting.host_key", "sha256"),
    "ntlm.version": _ntlm_version,
    "ntlm.names": _ntlm_names,
    "smb2.names": _ntlm_names,
    "rdp.names": _ntlm_names,
    "register.entry": registers.entry,
    "scanner.os": registers.found_system,
    "nmap.service": registers.service,
    "p0f.os": registers.looks_like,
    "netbios.name": _host_name,
    "netbios.mac": answers.card,
    "netbios.role": answers.role,
    "mdns.services": answers.services,
    "wsd.match": answers.match,
    "ipmi.auth": answers.board,
    "ubnt.discovery": answers.radio,
    "snmp.engine_id": answers.engine,
    "dns.ptr": _host_name,
    "mdns.host": _host_name,
    "host.name": _host_name,
    "dns.name": _host_name,
    "llmnr.name": _host_name,
    "lldp.system": passing.lldp,
    "cdp.version": passing.cdp,
    "cdp.device": passing.cdp_device,
    "mndp.device": passing.mikrotik,
    "edp.device": passing.extreme,
    "stp.bridge": passing.bridge,
    "profinet.station": passing.station,
    "goose.publisher": passing.publisher,
    "netbios.announcement": passing.announcement,
    "kerberos.client": passing.ticket,
    "kerberos.realm": passing.granter,
    "ssh.client": passing.ssh_client,
    "iec104.station": passing.station104,
    "bacnet.i_am": passing.controller,
    "c37118.stations": passing.phasors,
    "dhcp6.options": passing.client6,
    "snmp.sys_name": _host_name,
    "dhcp.hostname": _host_name,
    "dhcp.lease": _dhcp_lease,
    "dhcp.options": dhcp.options,
    "snmp.system": agents.system,
    "snmp.sys_description": agents.system,
    "snmp.sys_object_id": agents.object_id,
    "link.mac": _link_mac,
    "arp.mac": _link_mac,
    "knx.mac": _link_mac,
    "knx.device": _setting("hw.serial", "serial"),
    "s7.names": _setting("hw.serial", "serial"),
    "dicom.implementation": _dicom,
    "vnc.version": _vnc,
    "rdp.security": _rdp,
    "smb2.boot_time": _boot,
    "mdns.device-info.txt": _mdns,
    "ldap.search_result": _ldap,
    "ldap.root": _ldap,
}
