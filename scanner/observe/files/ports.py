"""Ports as firewalls and lists write them: `tcp/443`, `443/tcp`, `https`, `any`, ranges."""

import re
from collections.abc import Iterator
from typing import Final

from scanner.model import net
from scanner.model.net import Port

ANY: Final = "*"
WIDEST: Final = 256
"""A range of more ports than this is taken for all of them: rather too open than too shut."""

SERVICES: Final = {
    "bgp": ("tcp/179",), "bootps": ("udp/67",), "dhcp": ("udp/67",), "dicom": ("tcp/104", "tcp/11112"),
    "dns": ("udp/53", "tcp/53"), "domain": ("udp/53", "tcp/53"), "ftp": ("tcp/21",), "hl7": ("tcp/2575",),
    "http": ("tcp/80",), "https": ("tcp/443",), "imap": ("tcp/143",), "imaps": ("tcp/993",), "ipp": ("tcp/631",),
    "kerberos": ("tcp/88", "udp/88"), "ldap": ("tcp/389",), "ldaps": ("tcp/636",), "lpd": ("tcp/515",),
    "microsoft-ds": ("tcp/445",), "modbus": ("tcp/502",), "ms-sql": ("tcp/1433",), "mysql": ("tcp/3306",),
    "netbios-ssn": ("tcp/139",), "nfs": ("tcp/2049",), "ntp": ("udp/123",), "pop3": ("tcp/110",), "pop3s": ("tcp/995",),
    "rdp": ("tcp/3389",), "sip": ("udp/5060", "tcp/5060"), "smb": ("tcp/445",), "smtp": ("tcp/25",),
    "snmp": ("udp/161",), "snmptrap": ("udp/162",), "ssh": ("tcp/22",), "syslog": ("udp/514",),
    "telnet": ("tcp/23",), "tftp": ("udp/69",), "vnc": ("tcp/5900",), "www": ("tcp/80",),
}  # fmt: skip
"""Names of services as firewalls spell them (IANA's, Cisco's and Fortinet's) and their ports."""
_NOTHING: Final = frozenset(
    {"", "-", "0", "no", "none", "nothing", "deny", "denied", "block", "blocked", "x", "[]"}
)
_EVERYTHING: Final = frozenset(
    {"*", "any", "all", "yes", "allow", "allowed", "everything", "permit", "full", "ip"}
)


def listed(text: str) -> list[str]:
    """Every port that a cell lists, in order of mention; `*` alone for any. Raise ValueError for a word that is none."""
    words = [word for word in re.split(r"[\s,;+]+", text.strip().lower()) if word not in _NOTHING]
    found: dict[str, None] = {}
    for word in words:
        if word in _EVERYTHING:
            return [ANY]
        for port in _ports(word):
            found[port] = None
    return [ANY] if ANY in found else list(found)


def span(protocol: str, first: int, last: int) -> Iterator[str]:
    """The ports from one to another; `*` where they are too many to name, or the protocol has none."""
    if protocol not in {"tcp", "udp"} or last - first >= WIDEST:
        yield ANY
        return
    for number in range(first, last + 1):
        yield net.port(f"{protocol}/{number}")


def _ports(word: str) -> Iterator[Port | str]:
    if word in SERVICES:
        yield from SERVICES[word]
        return
    found = re.fullmatch(r"(?:(tcp|udp)[/:-]?)?(\d{1,5})(?:[-:](\d{1,5}))?(?:/(tcp|udp))?", word)
    if not found:
        raise ValueError(f"{word!r} is no port")
    first, last = int(found[2]), int(found[3] or found[2])
    # a bare number is TCP's: who means UDP says so
    yield from span(found[1] or found[4] or "tcp", first, last)
