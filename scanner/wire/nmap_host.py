"""What nmap says about a host, as typed values; and the reading of an XML element for what python-nmap drops."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element  # a type here; all parsing is defusedxml's

from msgspec import Struct
from msgspec.structs import replace

from scanner.model import net
from scanner.model.net import Address, Mac, Port


class Service(Struct, frozen=True, kw_only=True):
    """What nmap believes speaks on a port; empty texts where it did not say."""

    name: str = ""
    product: str = ""
    version: str = ""
    extrainfo: str = ""
    ostype: str = ""
    devicetype: str = ""
    hostname: str = ""
    tunnel: str = ""
    method: str = ""
    """`probed` (it asked) or `table` (it looked the number up)."""
    cpes: tuple[str, ...] = ()


class PortSeen(Struct, frozen=True, kw_only=True):
    """One port and its state in nmap's words."""

    port: Port
    state: str
    reason: str
    service: Service


class Rest(Struct, frozen=True, kw_only=True):
    """Ports that nmap lumps together since all of them fared alike."""

    protocol: str
    ranges: tuple[tuple[int, int], ...]
    """First and last number of each run of ports."""
    state: str
    reason: str

    def holds(self, port: Port) -> bool:
        """Whether it speaks of this port."""
        if not port.startswith(f"{self.protocol}/"):
            return False
        return any(first <= net.number(port) <= last for first, last in self.ranges)


class Host(Struct, frozen=True, kw_only=True):
    """One host of nmap's output."""

    address: Address
    mac: Mac | None
    names: tuple[str, ...]
    state: str
    first: datetime
    last: datetime
    ports: tuple[PortSeen, ...]
    rest: tuple[Rest, ...] = ()
    """What it says of ports that it does not list one by one."""


def spread(host: Host, asked: Iterable[Port]) -> Host:
    """The host with each of these ports listed that nmap had lumped together with others."""
    listed = {seen.port for seen in host.ports}
    more = [
        PortSeen(port=port, state=rest.state, reason=rest.reason, service=Service())
        for port in asked
        for rest in host.rest
        if port not in listed and rest.holds(port)
    ]
    return replace(host, ports=(*host.ports, *more))


def key(host: Element) -> str:
    """The address under which python-nmap files a host: its last IPv4 address, else its first of any kind."""
    addresses = host.findall("address")
    ipv4 = [one.get("addr", "") for one in addresses if one.get("addrtype", "") == "ipv4"]
    return (ipv4[-1:] or [one.get("addr", "") for one in addresses[:1]] or [""])[0]


def flaw(host: Element) -> str | None:
    """Why this host cannot be used; None when it can."""
    try:
        net.address(key(host))
        for mac in host.findall("address[@addrtype='mac']"):
            net.mac(mac.get("addr", ""))
        for port in host.findall("ports/port"):
            _check(port)
        _rest(host)
        _times(host, datetime.fromtimestamp(0, UTC))
    except (ValueError, OverflowError) as error:
        return str(error)
    return None


def _check(port: Element) -> None:
    protocol, number = port.get("protocol", ""), port.get("portid", "")
    if protocol in {"tcp", "udp"}:
        net.port(f"{protocol}/{number}")
    elif not number.isdecimal():
        raise ValueError(f"port {number!r}")
    if port.find("state") is None:
        raise ValueError(f"port {number!r} without a state")


def host(parsed: Mapping[str, Any], element: Element, default: datetime) -> Host:
    """Join what python-nmap read with what it leaves in the element; `default` is the time when none is given."""
    mac = parsed["addresses"].get("mac")
    first, last = _times(element, default)
    return Host(
        address=net.address(key(element)),
        mac=net.mac(mac) if mac else None,
        names=tuple(dict.fromkeys(one["name"] for one in parsed["hostnames"] if one["name"])),
        state=parsed.get("status", {}).get("state") or "unknown",
        first=first,
        last=last,
        ports=tuple(_ports(parsed, element)),
        rest=_rest(element),
    )


def _rest(element: Element) -> tuple[Rest, ...]:
    """Read `<extraports>`, which python-nmap drops; nmap names the ports in it from 7.92 on."""
    return tuple(
        Rest(
            protocol=why.get("proto", ""),
            ranges=_ranges(why.get("ports", "")),
            state=lump.get("state", ""),
            reason=why.get("reason", ""),
        )
        for lump in element.findall("ports/extraports")
        for why in lump.findall("extrareasons")
        if why.get("ports")
    )


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and len(part) < 12):
            raise ValueError(f"ports {part[:40]!r} in <extraports>")
        found.append((int(first), int(last or first)))
    return tuple(found)


def _ports(parsed: Mapping[str, Any], element: Element) -> list[PortSeen]:
    found = []
    for one in element.findall("ports/port"):
        protocol, number = one.get("protocol", ""), one.get("portid", "")
        if protocol not in {"tcp", "udp"}:
            continue
        said = parsed[protocol][int(number)]
        found.append(
            PortSeen(
                port=net.port(f"{protocol}/{number}"),
                state=said["state"] or "",
                reason=said["reason"] or "",
                service=_service(said, one.find("service")),
            )
        )
    return found


def _service(said: Mapping[str, Any], element: Element | None) -> Service:
    if element is None:
        return Service()
    return Service(
        name=said["name"] or "",
        product=said["product"],
        version=said["version"],
        extrainfo=said["extrainfo"],
        # python-nmap keeps the last of several CPE names and none of these
        ostype=element.get("ostype", ""),
        devicetype=element.get("devicetype", ""),
        hostname=element.get("hostname", ""),
        tunnel=element.get("tunnel", ""),
        method=element.get("method", ""),
        cpes=tuple(one.text for one in element.findall("cpe") if one.text),
    )


def _times(element: Element, default: datetime) -> tuple[datetime, datetime]:
    start, end = element.get("starttime", ""), element.get("endtime", "")
    first = datetime.fromtimestamp(int(start), UTC) if start else default
    last = datetime.fromtimestamp(int(end), UTC) if end else first
    return first, max(first, last)
