"""Access lists of Cisco devices (IOS, NX-OS, ASA's extended lists) and the interfaces of a configuration."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files import ports
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.policy import Rules, network, ranges
from scanner.observe.files.told import Teller
from scanner.observe.format import Format

SOURCE: Final = "import:cisco-acl"
MOST: Final = 2000
"""Members of one object group."""

_LIST: Final = re.compile(
    r"(?:ip(?:v4)? access-list (?:extended |standard )?|(?:Extended|Standard) IP access list |IPV4 ACL )(\S+)",
    re.IGNORECASE,
)
_ONE_LINE: Final = re.compile(
    r"access-list (\S+) (?:line \d+ )?(?:extended |standard )?((?:permit|deny) .*)", re.IGNORECASE
)
_ENTRY: Final = re.compile(r"\s*(?:\d+\s+)?((?:permit|deny)\s.*)", re.IGNORECASE)
_INTERFACE: Final = re.compile(r"interface (\S+)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\s+ip address (\d[\d.]+)(?:\s+(\d[\d.]+)|(/\d+))", re.IGNORECASE)
_GROUP: Final = re.compile(r"object-group (?:network|ip address) (\S+)", re.IGNORECASE)
_MEMBER: Final = re.compile(
    r"\s+(?:\d+\s+)?(?:network-object\s+|host\s+)*(?:(\d[\d.]+(?:/\d+)?)(?:\s+(\d[\d.]+))?)\s*", re.IGNORECASE
)
_ENDS: Final = frozenset({"log", "log-input", "established", "time-range", "dscp", "fragments", "inactive"})


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every entry of every list, in order; object groups must stand before the lists that use them."""
    teller = Teller(source=SOURCE, now=now)
    lists, groups = Rules(teller), dict[str, list[str]]()
    name = interface = about = group = ""
    for number, line in source.lines():
        if not line[:1].isspace():
            interface = found[1] if (found := _INTERFACE.match(line)) else ""
            group = found[1] if (found := _GROUP.match(line)) else ""
            about = ""
        entry = ""
        if found := _ONE_LINE.match(line.strip()):
            name, entry = found[1], found[2]
        elif found := _LIST.match(line.strip()):
            name = found[1]
        elif group:
            if (found := _MEMBER.fullmatch(line)) and len(groups.setdefault(group, [])) < MOST:
                groups[group] += _member(source, number, found[1], found[2] or "")
        elif interface:
            about = line.strip()[12:] if line.strip().lower().startswith("description ") else about
            if found := _ADDRESS.match(line):
                vlan = re.fullmatch(r"vlan(\d+)", interface.lower())
                mask = found[3] or f"/{found[2]}"
                yield from network(
                    teller, f"{found[1]}{mask}", about or interface, vlan[1] if vlan else "", gateway=found[1]
                )
        elif name and (found := _ENTRY.fullmatch(line)):
            entry = found[1]
        if entry:
            try:
                yield _rule(lists, name, entry, groups)
            except (ValueError, IndexError) as error:
                source.skip(
                    f"line {number}",
                    f"{'cut short' if isinstance(error, IndexError) else error} in {entry.strip()[:60]!r}",
                )


def _rule(lists: Rules, name: str, entry: str, groups: dict[str, list[str]]) -> Observation:
    """`permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.5 eq 443`, or a standard list's `permit 10.1.0.0 0.0.0.255`."""
    # `(12 matches)` and `, wildcard bits` are how lists are shown
    exact = re.sub(r"\(.*?\)|,? wildcard bits", "", entry).replace(",", " ").split()
    words = [word.lower() for word in exact]
    allow, at = words[0] == "permit", 1
    if re.match(r"\d+\.|any|host", words[at]):
        start, _ = _end(words, exact, at, groups)
        return lists.rule(name, start, ["any"], [ports.ANY], allow=allow)
    protocol, at = words[at], at + 1
    start, at = _end(words, exact, at, groups)
    _, at = _ports(protocol, words, at)  # the port that a client comes from opens nothing
    target, at = _end(words, exact, at, groups)
    open_ports, at = _ports(protocol, words, at)
    if protocol not in {"ip", "tcp", "udp", "ipv4", "6", "17"}:
        # ICMP, IGMP, ESP, OSPF carry no ports; what they let through is no door
        open_ports = [ports.ANY] if not allow and protocol == "ip" else []
        if not open_ports:
            return lists.rule(f"{name} ({protocol})", start, target, ["icmp"], allow=allow)
    return lists.rule(name, start, target, open_ports, allow=allow)


def _end(words: list[str], exact: list[str], at: int, groups: dict[str, list[str]]) -> tuple[list[str], int]:
    """The ranges that begin at a word, and where they end."""
    word = words[at]
    if word in {"any", "any4", "any6"}:
        return ["any"], at + 1
    if word == "host":
        return _known(ranges(words[at + 1]), words[at + 1]), at + 2
    if word in {"object-group", "addrgroup", "object"}:
        name = exact[at + 1]
        if name not in groups:
            raise ValueError(f"group {name} is not defined before it")
        return groups[name], at + 2
    if "/" in word:
        return _known(ranges(word), word), at + 1
    if at + 1 < len(words) and re.fullmatch(r"\d[\d.]+", words[at + 1]):
        return _span(word, words[at + 1]), at + 2
    return _known(ranges(word), word), at + 1


def _known(found: list[str], word: str) -> list[str]:
    if not found:
        raise ValueError(f"{word} is no range")
    return found


def _member(source: Source, number: int, host: str, mask: str) -> list[str]:
    """A range of a group; none, and said so, where it is none."""
    try:
        return _span(host, mask)
    except ValueError as error:
        source.skip(f"line {number}", error)
        return []


def _span(host: str, mask: str) -> list[str]:
    """A range by its mask or wildcard; a wildcard with holes is no range."""
    found = ranges(f"{host} {mask}" if mask else host)
    whole = not mask or mask in {"0.0.0.0", "255.255.255.255"}  # noqa: S104 - masks of one host
    if not found or (not whole and found[-1].endswith("/32")):
        raise ValueError(f"{host} {mask} is no range")
    return found


def _ports(protocol: str, words: list[str], at: int) -> tuple[list[str], int]:
    if at >= len(words) or words[at] in _ENDS:
        return [ports.ANY], at
    word = {"6": "tcp", "17": "udp"}.get(protocol, protocol)
    match words[at]:
        case "eq":
            found: list[str] = []
            at += 1
            while at < len(words) and (words[at].isdecimal() or words[at] in ports.SERVICES):
                found += [one for one in ports.listed(f"{word}/{words[at]}" if words[at].isdecimal() else words[at])
                          if one.startswith(word) or word == "ip"]  # fmt: skip
                at += 1
            if not found:
                raise ValueError(f"port {words[at] if at < len(words) else ''!r} is not known")
            return found, at
        case "range":
            return list(ports.span(word, int(words[at + 1]), int(words[at + 2]))), at + 3
        case "gt" | "lt" | "neq":
            return [ports.ANY], at + 2
        case _:
            return [ports.ANY], at


def fits(head: bytes) -> bool:
    """Whether it has an access list, as configured or as shown."""
    text = head.decode("utf-8", "replace")
    return (
        re.search(
            r"(?im)^(?:access-list \S+ .*(?:permit|deny) |ip access-list \S+|(?:extended|standard) ip access list \S+)",
            text,
        )
        is not None
    )


FORMAT: Final = Format(
    name="cisco-acl",
    checked_against="memory",
    export="show running-config  (or show ip access-lists), with the session logged to a file; take passwords out first",
    says="who may open what where",
    fits=fits,
    read=reading(parse),
)
