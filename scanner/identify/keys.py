"""Marks by which a device is known again: what each observation holds, and how far a mark can be trusted.

Marks come in three independent families. `image`: what is copied with a disk or a firmware (SSH host key, SMB GUID,
certificate, SNMP engine), so that two copies agree on all of them at once; only the best of the family counts.
`name`: what it is called; with a Windows domain a name is unique by construction, without one it is a habit.
`clock`: the instant it was started, which no copy can share.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from scanner.identify.readings import first, parts
from scanner.model.net import Mac, mac
from scanner.model.observation import Observation

NAMELESS: Final = frozenset(
    {
        "",
        "*",
        "localhost",
        "unknown",
        "none",
        "workgroup",
        "default",
        "camera",
        "printer",
        "android",
        "iphone",
    }
    | {
        "ipad",
        "ipod",
        "macbook",
        "galaxy",
        "raspberrypi",
        "ubuntu",
        "debian",
        "openwrt",
        "user-pc",
        "owner-pc",
    }
)
"""Names that name nothing."""


_NAMING: Final = frozenset(
    {
        "ntlm.names",
        "register.entry",
        "dhcp.lease",
        "dhcp.hostname",
        "dns.ptr",
        "snmp.sys_name",
        "netbios.name",
    }
    | {"netbios.announcement", "mdns.host", "llmnr.name", "lldp.system", "cdp.device"}
)
"""Fields that say what a device is called, as a text or as `name` and `hostname` in an object."""


class Key(Struct, frozen=True, order=True):
    """One mark; equal marks on two places speak for one device."""

    family: str
    """`image`, `name` or `clock`."""
    word: str
    """What it is, for people: `ssh host key`."""
    value: str
    weight: int


class Trait(Struct, frozen=True, order=True):
    """Something that one running machine has only one of: two values at once mean two machines."""

    what: str
    value: str


def keys(one: Observation) -> Iterator[Key]:
    """The marks in one observation; most have none."""
    if one.field not in MARKED:
        return
    said = parts(one.value)
    yield from _called(one.field, said)
    match one.field:
        case "ssh.host_key":
            shown = first(said, "sha256", "fingerprint", "key", "")
            if shown:
                yield Key("image", "ssh host key", f"{first(said, 'type', 'algorithm')} {shown}".strip(), 2)
        case "smb2.guid":
            if said.get("", "").strip("{}0-"):
                yield Key("image", "smb guid", said.get("", "").lower().strip("{}"), 2)
        case "tls.certificate":
            shown = first(said, "sha256", "fingerprint", "")
            if shown:
                yield Key("image", "certificate", shown.lower().replace(":", ""), 1)
        case "snmp.engine_id":
            if said.get("", ""):
                yield Key("image", "snmp engine", said.get("", "").lower(), 2)
        case "smb2.boot_time":
            if said.get("", ""):
                yield Key("clock", "boot time", said.get("", ""), 2)
        case _:
            return


def _called(field: str, said: dict[str, str]) -> Iterator[Key]:
    """What it is called, where the field says so."""
    if field == "kerberos.client":
        yield from _name("ntlm.names", said.get("host", ""), {"dns_domain": said.get("realm", "")})
    elif field == "dhcp.options":
        yield from _name(field, said.get("dhcpoption12", ""), {})
    elif field in _NAMING:
        yield from _name(field, said.get("", ""), said)


def _name(field: str, text: str, said: dict[str, str]) -> Iterator[Key]:
    dns = first(said, "dns_name", "fqdn") or text
    short = first(said, "netbios_name", "hostname", "client_hostname", "name") or dns
    label, _, rest = short.partition(".")
    domain = first(said, "dns_domain", "netbios_domain", "domain") or rest or dns.partition(".")[2]
    if label.lower() in NAMELESS or re.fullmatch(r"[\d.:]+", short):
        return
    yield Key("name", "name", label.lower(), 1)
    if field == "ntlm.names" and domain.lower() not in {"", "workgroup", label.lower(), dns.lower()}:
        yield Key("name", "name in domain", f"{label}.{domain}".lower(), 2)


MARKED: Final = _NAMING | {
    "dhcp.options", "kerberos.client", "smb2.boot_time", "smb2.guid", "snmp.engine_id", "ssh.host_key", "tls.certificate",
}  # fmt: skip
"""Fields that hold a mark."""
TELLING: Final = frozenset({"ntlm.names", "smb2.guid", "ssh.host_key"})
"""Fields whose values tell two machines apart."""


def traits(one: Observation) -> Iterator[Trait]:
    """What two values of would mean two machines: SMB GUID, SSH key of one sort on one port, NetBIOS name."""
    match one.field:
        case "ssh.host_key":
            said = parts(one.value)
            for key in keys(one):
                yield Trait(f"ssh {one.port} {first(said, 'type', 'algorithm')}", key.value)
        case "smb2.guid":
            yield Trait("smb guid", parts(one.value).get("", "").lower().strip("{}"))
        case "ntlm.names":
            if name := parts(one.value).get("netbios_name"):
                yield Trait("netbios name", name.lower())
        case _:
            return


def started(one: Observation) -> datetime | None:
    """When the machine says it was started; None when it does not say, or says nonsense."""
    if one.field != "smb2.boot_time":
        return None
    try:
        when = datetime.fromisoformat(parts(one.value).get("", ""))
    except ValueError:
        return None
    return when if when.tzinfo else None


def card(one: Observation) -> Mac | None:
    """The network card that an observation is about; None when it does not say.

    Seen from another zone a frame bears the router's card, not the device's, so that is not believed. A list or
    lease that a person or a server kept is.
    """
    if not one.source.startswith("import:") and one.vantage and one.zone and one.vantage != one.zone:
        return None
    if one.mac:
        return one.mac
    if one.field not in {"dhcp.lease", "link.mac", "arp.mac"}:
        return None
    try:
        return mac(first(parts(one.value), "mac", "hardware", "chaddr", ""))
    except ValueError:
        return None


_VIRTUAL: Final = (
    ("00:00:0c:07:ac:", "HSRP"),
    ("00:00:0c:9f:f", "HSRP"),
    ("00:05:73:a0:0", "HSRP"),
    ("00:00:5e:00:01:", "VRRP or CARP"),
    ("00:00:5e:00:02:", "VRRP"),
    ("00:07:b4:", "GLBP"),
    ("02:bf:", "NLB cluster"),
    ("03:bf:", "NLB cluster"),
    ("02:01:00:", "ClusterXL"),
)
"""RFC 5798 section 7.3 (VRRP; CARP took the same block), Cisco HSRP v1, v2 and IPv6, GLBP, Microsoft NLB."""

_SHARED: Final = tuple(start for start, _ in _VIRTUAL)


def virtual(of: Mac | None) -> str | None:
    """The protocol that moves this MAC between devices, or None for a card of its own."""
    if of is None or not of.startswith(_SHARED):
        return None
    return next(name for start, name in _VIRTUAL if of.startswith(start))


def burnt_in(of: Mac) -> bool:
    """Whether the maker gave the card this number (the local bit is clear): the others are random or set by hand."""
    return not int(of[:2], 16) & 2
