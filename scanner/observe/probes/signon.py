"""Sign-on screens of IBM i (5250) and mainframes (3270): read as a terminal gets them; no key is pressed.

Such a host shows nothing to a client that declines its options. So its own are agreed to: a terminal type (RFC 1091),
records (RFC 885) and bytes as they are (RFC 856), as RFC 4777 and RFC 1576 lay down; then one screen is read.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Profile, Touch
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_IAC, _SE, _SB, _WILL, _WONT, _DO, _DONT, _EOR = 255, 240, 250, 251, 252, 253, 254, 239
_BINARY, _TYPE, _RECORDS, _NEW_ENVIRON = 0, 24, 25, 39
_AGREED: Final = frozenset({_BINARY, _TYPE, _RECORDS})
_ROUNDS: Final = 8
"""Goes of asking and agreeing; RFC 4777's own example has five."""
_PAUSE: Final = 0.5
"""Seconds of silence after which it waits for us."""
_LIMIT: Final = 8192
"""A screen has 24 lines of 80 columns."""

# the plain models that every host of the two kinds knows
_5250: Final = b"IBM-3179-2"
_3270: Final = b"IBM-3278-2"

# order -> bytes that belong to it (3270 Data Stream Programmer's Reference, 4.3)
_ORDERS_3270: Final = {0x11: 2, 0x1D: 1, 0x28: 2, 0x12: 2, 0x3C: 3, 0x08: 1}
_EXTENDED: Final = 0x29
"""Start field extended, and 0x2C, modify field: a count, then pairs."""
# order -> bytes that belong to it (5494 Functions Reference, 15.6)
_ORDERS_5250: Final = {0x11: 2, 0x13: 2, 0x14: 2, 0x02: 3, 0x03: 4, 0x15: 3}
_ESCAPE: Final = 0x04
_GDS: Final = b"\x12\xa0"
_BLANKS: Final = re.compile(r"\s{2,}")


class Heard(Struct, frozen=True, kw_only=True):
    """What a host sent so far: its requests, whether it wants the terminal's type, and the records after that."""

    options: tuple[tuple[int, int], ...]
    wants_type: int
    """How often it asked for the type."""
    record: bytes
    """The first record, once it is whole; empty until then."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Agree to the options, name a terminal, read one screen, leave."""
    got, answered, told, name = b"", set[tuple[int, int]](), 0, _3270
    heard = parse(got)
    for _ in range(_ROUNDS):
        more = await conn.some(_LIMIT - len(got))
        if more and not parse(got + more).record:
            more += await conn.quiet(_PAUSE, _LIMIT - len(got) - len(more))
        got += more
        heard = parse(got)
        if not more or heard.record or len(got) >= _LIMIT:
            break
        # RFC 4777, 2: only hosts with 5250 terminals ask for an environment
        name = _5250 if (_DO, _NEW_ENVIRON) in heard.options else name
        reply = b"".join(_answer(*asked) for asked in heard.options if asked not in answered)
        answered.update(heard.options)
        if heard.wants_type > told:
            told = heard.wants_type
            reply += bytes([_IAC, _SB, _TYPE, 0]) + name + bytes([_IAC, _SE])
        await conn.send(reply)
    if not heard.options or not heard.wants_type:
        return
    yield "signon.terminal", "5250" if name == _5250 else "3270"
    text = screen(heard.record)
    if text:
        yield "signon.screen", text


def parse(data: bytes) -> Heard:
    """Part a host's bytes into option requests, requests for the terminal's type, and its first record (RFC 854, RFC 885)."""
    options, wants, record, whole, at = dict[tuple[int, int], None](), 0, bytearray(), False, 0
    while at < len(data) and not whole:
        if data[at] != _IAC:
            record.append(data[at])
            at += 1
            continue
        match data[at + 1 : at + 2]:
            case b"\xfb" | b"\xfd" if at + 2 < len(data):
                options[data[at + 1], data[at + 2]] = None
                at += 3
            case b"\xfc" | b"\xfe":
                at += 3
            case b"\xfa":
                stop = data.find(bytes([_IAC, _SE]), at)
                # RFC 1091: 1 asks for it
                wants += data[at + 2 : at + 4] == bytes([_TYPE, 1]) and stop >= 0
                at = stop + 2 if stop >= 0 else len(data)
            case b"\xff":
                record.append(_IAC)
                at += 2
            case mark:
                whole = mark == bytes([_EOR])
                at += 2
    return Heard(options=tuple(options), wants_type=wants, record=bytes(record) if whole else b"")


def screen(record: bytes) -> str:
    """The words of a screen in their order, two blanks between what stands apart; empty when it has none."""
    # RFC 4777, 6: a record of a 5250 host begins with its length and 12A0, and says how long its head is
    if record[2:4] == _GDS and len(record) > 6:
        text = _words(record[6 + record[6] :], _ORDERS_5250)
    else:
        text = _words(record[2:], _ORDERS_3270)
    return _BLANKS.sub("  ", text).strip()[:2048]


def _words(data: bytes, orders: Mapping[int, int]) -> str:
    """The text between orders, EBCDIC as code page 37 has it."""
    text, at = list[str](), 0
    while at < len(data):
        byte = data[at]
        at += 1
        if byte >= 0x40:
            shown = bytes([byte]).decode("cp037")
            text.append(shown if shown.isprintable() else " ")
            continue
        text.append("  ")
        if orders is _ORDERS_5250:
            at += _length_5250(byte, data, at)
        elif byte in {_EXTENDED, 0x2C}:
            at += 1 + 2 * int.from_bytes(data[at : at + 1], "big")
        else:
            at += orders.get(byte, 0)
    return "".join(text)


def _length_5250(order: int, data: bytes, at: int) -> int:
    """How many bytes behind `at` belong to an order or a command of a 5250."""
    head = data[at : at + 2].ljust(2, b"\0")
    match order:
        case 0x04:  # a command; of those for output only "write to display" has more: two bytes of control
            return 3 if head[0] == 0x11 else 1
        case 0x01:  # start of header, and how long it is
            return 1 + head[0]
        case 0x10 | 0x12:  # transparent data, and extended attributes
            return 2
        case 0x1D:
            return _field_5250(data, at)
        case _:
            return _ORDERS_5250.get(order, 0)


def _field_5250(data: bytes, at: int) -> int:
    """Start of field: a format word where it takes input, control words, an attribute, a length."""
    start = at
    if data[at : at + 1] and data[at] & 0xC0 == 0x40:
        at += 2
        while data[at : at + 1] and data[at] & 0xC0 == 0x80:
            at += 2
    return at - start + 3


def _answer(verb: int, option: int) -> bytes:
    """RFC 854: yes to what a terminal needs, no to the rest."""
    if verb == _DO:
        return bytes([_IAC, _WILL if option in _AGREED else _WONT, option])
    return bytes([_IAC, _DO if option in {_BINARY, _RECORDS} else _DONT, option])


PROBE: Final = Probe(
    name="signon",
    ports=frozenset(),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="Where a host greets as IBM i or a mainframe does: for each terminal option that it asks about, the three bytes"
    " that agree or decline, and the name of a plain terminal (IBM-3179-2 or IBM-3278-2). One screen is read. No key is"
    " pressed, no user named. The host lends a display for as long as the connection stands.",
)
