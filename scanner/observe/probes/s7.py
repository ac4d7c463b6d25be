"""Siemens S7: a controller's order number, firmware and names, out of its system status lists 0x0011 and 0x001C.

The lists are described in Siemens' "System Software for S7-300/400: System and Standard Functions", chapter on SSL. Four
messages on one connection, each only after the one before was answered as it should be: the transport connection
(RFC 1006), the S7 setup, and one question for each list. Nothing of the program or of its data is read.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import tpkt
from scanner.observe.probe import PERMITTED, Probe
from scanner.observe.text import row, said
from scanner.wire.conn import Conn

CONNECT: Final = tpkt.connect(b"\x01\x00", b"\x01\x02")
"""To the selector of a programming device, rack 0, slot 2: where a controller is, or where it listens too."""
SETUP: Final = tpkt.packet(tpkt.DATA + bytes.fromhex("32 01 0000 0001 0008 0000  f0 00 0001 0001 01e0"))


def _list(number: int, which: int) -> bytes:
    """Read one system status list: a user data message without any address in it."""
    parameters = "00 01 12 04 11 44 01 00"
    head = bytes.fromhex(f"32 07 0000 {number:04x} 0008 0008 {parameters} ff 09 0004")
    return tpkt.packet(tpkt.DATA + head + which.to_bytes(2, "big") + bytes(2))


MODULES: Final = _list(2, 0x0011)
NAMES: Final = _list(3, 0x001C)

_ORDER, _FIRMWARE = 0x0001, 0x0007
_WORDS: Final = {1: "system", 2: "module", 4: "copyright", 5: "serial", 7: "type"}


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Connect, set up, read two lists."""
    await conn.send(CONNECT)
    if not tpkt.confirmed(await tpkt.read(conn)):
        return
    await conn.send(SETUP)
    if not _set_up(await tpkt.read(conn)):
        return
    for question in (MODULES, NAMES):
        await conn.send(question)
        found = parse(await tpkt.read(conn))
        if found is None:
            return
        yield found


def parse(payload: bytes) -> tuple[str, Value] | None:
    """`s7.module` as `order number | firmware` or `s7.names` by sort, out of a list; None for any other bytes."""
    carried = tpkt.carried(payload) or b""
    # user data: head of 10 bytes, parameters of 12 that say `answer, CPU functions, read a list, no error`
    if carried[:2] != b"\x32\x07" or len(carried) < 34 or carried[14:17] != b"\x12\x84\x01":
        return None
    if carried[20:22] != b"\0\0" or carried[22:24] != b"\xff\x09":
        return None
    which, size = int.from_bytes(carried[26:28], "big"), int.from_bytes(carried[30:32], "big")
    records = dict(_records(carried[34:], size))
    if which == 0x0011 and size == 28:
        return "s7.module", row(_order(records.get(_ORDER, b"")), _firmware(records.get(_FIRMWARE, b"")))
    if which == 0x001C and size >= 4:
        names = {word: _text(records.get(at, b"")) for at, word in _WORDS.items()}
        return "s7.names", {word: name for word, name in names.items() if name}
    return None


def _set_up(payload: bytes) -> bool:
    """Whether it acknowledged the setup without an error."""
    carried = tpkt.carried(payload) or b""
    return carried[:2] == b"\x32\x03" and carried[10:13] == b"\0\0\xf0"


def _records(data: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Each record of a list: its index, and the rest of it."""
    while size > 2 and len(data) >= size:
        yield int.from_bytes(data[:2], "big"), data[2:size]
        data = data[size:]


def _order(record: bytes) -> str:
    return _text(record[:20])


def _firmware(record: bytes) -> str:
    """Two words at the end: `V` and a number, then two more numbers."""
    version = record[22:26]
    return ".".join(map(str, version[1:4])) if version[:1] == b"V" else ""


def _text(data: bytes) -> str:
    return said(data.partition(b"\0")[0].strip())


PROBE: Final = Probe(
    name="s7",
    ports=frozenset({tcp(102)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    sends="By permit only (`ot_read_identity`). Four messages on one connection, each after the answer to the one before:"
    " a transport connection request of 22 bytes (`c1 02 0100` from, `c2 02 0102` to the programming port of slot 2); the S7"
    " setup of 25 bytes (`32 01 ... f0`, answers of 480 bytes); and twice 33 bytes, `32 07 ... 44 01`: read system status"
    " list `0011` (order number, firmware), then `001c` (names of station and module, serial number). No memory, block or"
    " clock is read or written, no mode changed, no password sent.",
)
