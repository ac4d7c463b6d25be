"""Which parsers want which packets, as tables that a whole batch is looked up in at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from scanner.observe.capture import links
from scanner.observe.capture.batch import Numbers
from scanner.observe.dissect import Parser

_SHORT: Final = 16
"""No beginning is longer."""

Table = dict[int, tuple[Parser, ...]]


class Rule(NamedTuple):
    """What is asked of a payload before its parsers get it."""

    parsers: tuple[Parser, ...]
    cut: int
    on: int
    """What stands between the two differs each time."""
    holds: tuple[bytes, ...]
    begins: tuple[bytes, ...]


def rule(parsers: tuple[Parser, ...]) -> Rule:
    """Of parsers that share a port, none speaks for the others."""
    if len(parsers) != 1:
        return Rule(parsers, 0, 0, (), ())
    [one] = parsers
    return Rule(parsers, *one.differs, one.holds, one.begins)


class Port(Struct, frozen=True):
    """The parsers of one number: of a port, a type, a kind of frame."""

    table: Numbers
    """The number of a route for each port or type; 0 = nobody."""
    rules: tuple[Rule, ...]
    """Of each route; nobody's first."""

    def wanted(self, numbers: Numbers) -> Numbers:
        """The route of each."""
        return self.table[numbers]


class Routes(Struct, frozen=True):
    """Who wants what."""

    kinds: Numbers
    frames: tuple[Rule, ...]
    """By kind, as `links` has them, in order."""
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
    frames = _by(parsers, _frame)
    return Routes(
        kinds=np.array(sorted(frames), np.int64),
        frames=tuple(rule(frames[kind]) for kind in sorted(frames)),
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
    table, rules = np.zeros(size, np.int64), [rule(())]
    for number, wanting in of.items():
        table[number] = len(rules)
        rules.append(rule(wanting))
    return Port(table, tuple(rules))


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
    ports = (routed.udp, routed.tcp, routed.icmp, routed.icmp6)
    rules = [*routed.frames, *(one for port in ports for one in port.rules)]
    groups = [*(one.parsers for one in rules), *routed.gathered.values(), routed.syn, routed.first]
    yield from sorted({one.name for group in groups for one in group})
