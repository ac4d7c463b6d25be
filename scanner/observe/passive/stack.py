"""The way a machine opens a TCP conversation: start of its hop count, window, options and their order (RFC 9293, RFC 7323).

The same system sends the same first segment to everybody, so it names a family of systems; never a release, and never
alone a verdict.
"""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser

_STARTS: Final = (32, 64, 128, 255)
"""Hop counts that systems start with; what arrives is a little lower."""
_SYN, _ACK, _ECE_CWR = 0x02, 0x10, 0xC0
# RFC 9293, 3.2; RFC 7323; RFC 2018: the options by number
_OPTIONS: Final = {
    2: "mss",
    3: "scale",
    4: "sack",
    8: "time",
    5: "blocks",
    28: "user",
    30: "mptcp",
    34: "fast",
}
_MOST: Final = 20


def parse(packet: Packet) -> Iterator[Fact]:
    """`tcp.syn` of who calls: `64 29200 mss1460 scale7 mss,sack,time,nop,scale df`.

    In turn: first hop count, window, largest segment, scale, options in order, marks (`df`, `id0`, `ecn`). An answer
    (SYN-ACK) depends on the question, and is not read.
    """
    header, tcp = _split(packet.payload)
    if len(tcp) < 20 or tcp[13] & (_SYN | _ACK) != _SYN:
        return
    told, order = _options(tcp[20 : 4 * (tcp[12] >> 4)])
    start = next((one for one in _STARTS if packet.ttl <= one), 255)
    window = int.from_bytes(tcp[14:16], "big")
    marks = [*_marks(header), *(["ecn"] if tcp[13] & _ECE_CWR else [])]
    said = f"{start} {window} mss{told.get('mss', 0)} scale{told.get('scale', '-')} {','.join(order) or '-'}"
    yield Fact("tcp.syn", " ".join((said, *marks)))


def _split(data: bytes) -> tuple[bytes, bytes]:
    """The IP header and what follows; for IPv6 without extension headers, which no system sends here."""
    version = data[0] >> 4 if data else 0
    size = 4 * (data[0] & 15) if version == 4 else 40
    return data[:size], data[size:] if version in {4, 6} else b""


def _marks(header: bytes) -> Iterator[str]:
    if header[0] >> 4 == 4 and len(header) >= 20:
        whole = bool(header[6] & 0x40)
        if whole:
            yield "df"
        if not any(header[4:6]):
            yield "id0"


def _options(data: bytes) -> tuple[dict[str, int], list[str]]:
    told, order = dict[str, int](), list[str]()
    while data and len(order) < _MOST:
        kind = data[0]
        if kind == 0:
            order.append("end")
            break
        if kind == 1:
            order.append("nop")
            data = data[1:]
            continue
        size = data[1] if len(data) > 1 else 0
        if size < 2:
            break
        name = _OPTIONS.get(kind, f"o{kind}")
        order.append(name)
        if name in {"mss", "scale"}:
            told[name] = int.from_bytes(data[2:size], "big")
        data = data[size:]
    return told, order


PARSER: Final = Parser(name="stack", takes=("tcp/syn",), parse=parse)
