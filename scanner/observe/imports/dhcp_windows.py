"""Windows DHCP servers: `netsh dhcp server dump`, the XML of Export-DhcpServer, the CSV of Get-DhcpServerv4Lease."""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files.elements import Element, children, elements, said
from scanner.observe.files.leases import lease
from scanner.observe.files.opened import Source, beginning, reading
from scanner.observe.files.policy import network
from scanner.observe.files.rows import headings, rows
from scanner.observe.files.told import Teller, moment
from scanner.observe.format import Format

SOURCE: Final = "import:dhcp-windows"
NAMES: Final = {
    "address": ("ipaddress",),
    "mac": ("clientid",),
    "hostname": ("hostname", "name"),
    "state": ("addressstate",),
    "ends": ("leaseexpirytime",),
}
LASTS: Final = 8 * 86400.0
"""Seconds: the usual lease of a Windows scope, used where its own is not told."""
_NETSH: Final = re.compile(
    r"dhcp server (?:\\\\)?\S+ (?:add scope|scope (\S+) (?:add|set) (\w+))\b(.*)", re.IGNORECASE
)
_SCOPE: Final = re.compile(r'\s*(\S+)\s+(\S+)\s+"([^"]*)"(?:\s+"([^"]*)")?')


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Scopes, reservations and leases, in whichever of the three forms."""
    teller = Teller(source=SOURCE, now=now)
    head = beginning(source.path, 4096)
    if head.lstrip().startswith(b"<"):
        yield from _xml(source, teller)
    elif b"leaseexpirytime" in head.lower():
        yield from _csv(source, teller)
    else:
        yield from _netsh(source, teller)


def _csv(source: Source, teller: Teller) -> Iterator[Observation]:
    for line, row in rows(source, NAMES, 3):
        told = _lease(teller, row)
        if told is None:
            source.skip(f"line {line}", f"no address: {row.get('address', '')}")
        else:
            yield told


def _lease(teller: Teller, row: dict[str, str], lasts: float = LASTS) -> Observation | None:
    ends = moment(row.get("ends", ""))
    state = row.get("state", "")
    # a reservation that nobody holds has no end, and shows nobody
    return lease(teller, {**row, "state": state.lower()}, ends=ends, lasts=lasts)


def _xml(source: Source, teller: Teller) -> Iterator[Observation]:
    for scope in elements(source, "Scope"):
        cidr = f"{said(scope, 'ScopeId')}/{said(scope, 'SubnetMask')}"
        router = next(
            (
                said(one, "Value")
                for held in children(scope, "OptionValues")
                for one in held
                if said(one, "OptionId") == "3"
            ),
            "",
        )
        yield from network(teller, cidr, said(scope, "Name"), gateway=router)
        lasts = _span(said(scope, "LeaseDuration"))
        for kind in ("Leases", "Reservations"):
            for held in children(scope, kind):
                for one in held:
                    told = _lease(teller, _row(one, kind), lasts)
                    if told is not None:
                        yield told
                    else:
                        source.skip(
                            f"scope {said(scope, 'ScopeId')}", f"{kind.lower()}: an entry without an address"
                        )


def _row(one: Element, kind: str) -> dict[str, str]:
    return {
        "address": said(one, "IPAddress"),
        "mac": said(one, "ClientId"),
        "hostname": said(one, "HostName") or said(one, "Name"),
        "state": said(one, "AddressState") or ("reserved" if kind == "Reservations" else "active"),
        "ends": said(one, "LeaseExpiryTime"),
    }


def _span(text: str) -> float:
    """Seconds of `8.00:00:00` (days, hours, minutes, seconds)."""
    found = re.fullmatch(r"(?:(\d{1,4})\.)?(\d{1,2}):(\d\d):(\d\d)", text)
    if not found:
        return LASTS
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds) or LASTS


def _netsh(source: Source, teller: Teller) -> Iterator[Observation]:
    for number, line in source.lines():
        found = _NETSH.match(line.strip())
        if not found:
            continue  # options, classes, credentials and comments stand between
        if not found[1]:
            scope = _SCOPE.match(found[3])
            told = list(network(teller, f"{scope[1]}/{scope[2]}", scope[3])) if scope else []
            if not told:
                source.skip(f"line {number}", "no scope")
            yield from told
        elif found[2].lower() == "reservedip":
            yield from _reserved(source, teller, number, found[3])


def _reserved(source: Source, teller: Teller, number: int, rest: str) -> Iterator[Observation]:
    """`10.0.0.5 001122334455 "name" "comment" "BOTH"`."""
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    row = dict(zip(("address", "mac", "hostname"), words, strict=False))
    told = lease(teller, {**row, "state": "reserved"})
    if told is None:
        source.skip(f"line {number}", "no address")
    else:
        yield told


def fits(head: bytes) -> bool:
    """Whether it is one of the three."""
    seen = headings(head)
    return (
        {"ipaddress", "clientid", "leaseexpirytime"} <= seen
        or (b"<DHCPServer" in head[:2048] and b"<IPv4" in head)
        or re.search(rb"(?im)^\s*dhcp server \S+ (?:add scope|scope )", head) is not None
    )


FORMAT: Final = Format(
    name="dhcp-windows",
    checked_against="memory",
    export=(
        "Get-DhcpServerv4Scope | Get-DhcpServerv4Lease -AllLeases | Export-Csv leases.csv -NoTypeInformation"
        "  (also: Export-DhcpServer -File dhcp.xml -Leases; netsh dhcp server dump > dhcp.txt)"
    ),
    says="leases, reservations, networks",
    fits=fits,
    read=reading(parse),
)
