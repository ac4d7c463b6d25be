"""AMQP: what a message broker says of itself before a login (AMQP 0-9-1, 2.2.4 and connection.start). No login follows."""

import struct
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_HEADER: Final = b"AMQP\0\0\x09\x01"
_MOST: Final = 8192
_ENTRIES: Final = 64

# AMQP 0-9-1, 4.2.5.5 as RabbitMQ's errata correct it: bytes that a value of each type takes
_SIZES: Final = {
    "t": 1, "b": 1, "B": 1, "s": 2, "u": 2, "I": 4, "i": 4, "l": 8, "L": 8, "f": 4, "d": 8, "D": 5, "T": 8, "V": 0,
}  # fmt: skip
_COUNTED: Final = frozenset("SFAx")
"""Types that begin with their length in 32 bits."""
_PLACE: Final = "cluster_name"


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Send the protocol header, read how the broker opens, leave."""
    await conn.send(_HEADER)
    head = await conn.exactly(7)
    length = int.from_bytes(head[3:7], "big")
    if head[:4] == b"AMQP":
        # a broker of another version says which, in eight bytes, and closes (2.2.4)
        got = head + await conn.exactly(1)
    elif len(head) == 7 and length < _MOST:
        got = head + await conn.exactly(length + 1)
    else:
        return
    for fact in parse(got) or ():
        yield fact


def parse(data: bytes) -> list[tuple[str, Value]] | None:
    """Product, version and platform as one text, and the cluster's name; or the protocol that it wants; else None."""
    if data[:4] == b"AMQP" and len(data) == 8:
        return [("amqp.protocol", f"{data[5]}.{data[6]}.{data[7]}")]
    # 2.3.5: type 1 (method), channel 0, length, class 10 (connection), method 10 (start), version, properties
    if len(data) < 18 or data[:3] != b"\1\0\0" or data[7:11] != b"\0\x0a\0\x0a" or data[-1] != 0xCE:
        return None
    length = int.from_bytes(data[13:17], "big")
    told = dict(_table(data[17 : 17 + length]))
    facts: list[tuple[str, Value]] = [("amqp.protocol", f"{data[11]}.{data[12]}")]
    if text := _text(told):
        facts.append(("amqp.product", text))
    if told.get(_PLACE):
        facts.append(("amqp.cluster_name", told[_PLACE]))
    return facts


def _text(told: Mapping[str, str]) -> str:
    """As a banner would have it: `RabbitMQ 3.8.9 (Erlang/OTP 23.2.6)`."""
    named = " ".join(told[word] for word in ("product", "version") if told.get(word))
    return f"{named} ({told['platform']})" if named and told.get("platform") else named


def _table(data: bytes) -> Iterator[tuple[str, str]]:
    """The texts of a table; what else it holds is stepped over, and what we cannot step over ends it."""
    at = 0
    for _ in range(_ENTRIES):
        name = data[at + 1 : at + 1 + data[at]] if at < len(data) else b""
        at += 1 + len(name)
        kind = chr(data[at]) if name and at < len(data) else ""
        at += 1
        if kind in _COUNTED and len(data) >= at + 4:
            (size,) = struct.unpack_from(">I", data, at)
            at += 4
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            return
        if kind == "S":
            yield said(name), said(data[at : at + size])[:255]
        at += size


PROBE: Final = Probe(
    name="amqp",
    ports=frozenset({tcp(5672)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="The eight bytes of the protocol header (AMQP 0-9-1), which the broker answers with its product and version."
    " No login, no queue.",
)
