"""Which parsers want which packets, as tables that a whole batch is looked up in at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from scanner.observe.capture import links
from scanner.observe.capture.batch import Numbers
from scanner.observe.dissect import Parser

_SHORT: Final = 16
"""No beginning is longer."""

Table = dict[int, tuple[Parser, ...]]


class Port(Struct, frozen=True):
    """The parsers of one number: of a port, a type, a kind of frame."""

    table: Numbers
    """The number of a route for each port or type; 0 = nobody."""
    parsers: tuple[tuple[Parser, ...], ...]
    """The parsers of each route; nobody's first."""

    def wanted(self, numbers: Numbers) -> Numbers:
        """The route of each."""
        return self.table[numbers]


class Routes(Struct, frozen=True):
    """Who wants what."""

    frames: dict[int, tuple[Parser, ...]]
    """By kind, as `links` has them."""
    udp: Port
    tcp: Port
    """Segments by themselves."""
    icmp: Port
    icmp6: Port
    syn: tuple[Parser, ...]
    first: tuple[Parser, ...]
    """Of the first payload of each direction of any conversation."""
    gathered: Table
    """By TCP port: first bytes in order."""


def routes(parsers: Sequence[Parser]) -> Routes:
    """Sort the parsers by what they take."""
    return Routes(
        frames=_by(parsers, _frame),
        udp=_port(_by(parsers, _numbered("udp")), 65536),
        tcp=_port(_by([one for one in parsers if not one.gather], _numbered("tcp")), 65536),
        icmp=_port(_by(parsers, _numbered("icmp")), 256),
        icmp6=_port(_by(parsers, _numbered("icmp6")), 256),
        syn=tuple(one for one in parsers if "tcp/syn" in one.takes),
        first=tuple(one for one in parsers if "tcp/first" in one.takes),
        gathered=_by([one for one in parsers if one.gather], _numbered("tcp")),
    )


def starts(parser: Parser, payload: bytes) -> bool:
    """Whether a payload that begins so may be for it; what is still too short to tell may."""
    begins = parser.begins
    if not begins or payload.startswith(begins):
        return True
    return len(payload) < _SHORT and any(one.startswith(payload) for one in begins)


def _by(parsers: Iterable[Parser], read: Callable[[str], int | None]) -> Table:
    found: Table = {}
    for parser in parsers:
        for word in dict.fromkeys(parser.takes):
            number = read(word)
            if number is not None:
                found[number] = (*found.get(number, ()), parser)
    return found


def _port(of: Table, size: int) -> Port:
    table, parsers = np.zeros(size, np.int64), list[tuple[Parser, ...]]([()])
    for number, wanting in of.items():
        table[number] = len(parsers)
        parsers.append(wanting)
    return Port(table, tuple(parsers))


def _numbered(protocol: str) -> Callable[[str], int | None]:
    def read(word: str) -> int | None:
        name, _, number = word.partition("/")
        return int(number) if name == protocol and number.isdecimal() else None

    return read


def _frame(word: str) -> int | None:
    """`ether/0806`, `snap/00000c:2000`, `llc/42`: hexadecimal, as their registries print them."""
    name, _, number = word.partition("/")
    match name:
        case "ether":
            return int(number, 16)
        case "snap":
            maker, _, protocol = number.partition(":")
            return links.SNAP | int(maker, 16) << 16 | int(protocol, 16)
        case "llc":
            return links.LLC | int(number, 16)
        case _:
            return None


def named(routed: Routes) -> Iterator[str]:
    """Every parser that something leads to, once."""
    tables = (routed.frames, routed.gathered)
    groups = [group for table in tables for group in table.values()]
    groups += [
        group for port in (routed.udp, routed.tcp, routed.icmp, routed.icmp6) for group in port.parsers
    ]
    yield from sorted({one.name for group in (*groups, routed.syn, routed.first) for one in group})
