"""The newer capture file (draft-ietf-opsawg-pcapng): sections of either byte order, several interfaces, any clock."""

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from scanner.observe.capture.batch import Batch, Numbers, batch, column
from scanner.observe.capture.feed import CHUNK, Feed

LONGEST: Final = 16 << 20
"""No block is longer: a frame has its 256 KiB, and comments and names have no use for more."""

_SECTION, _INTERFACE, _OLD, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
_ORDERS: Final = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_KNOWN: Final = (1, 2, 3, 4, 5, 6, 9, 10, _SECTION, 0xBAD, 0x40000BAD)
_INTERFACES: Final = 4096
_OPTIONS: Final = 256
_RESOLUTION, _OFFSET = 9, 14
"""Options of an interface: the unit of its clock, and what to add to it."""


_Reader = Callable[[bytes, int], tuple[Any, ...]]


class _Interface(NamedTuple):
    link: int
    cut: int
    """Octets of a frame that are kept at most."""
    unit: float
    offset: float
    """Seconds in a tick of its clock, and seconds to add."""


def fits(head: bytes) -> bool:
    """Whether a file that begins so is one."""
    return head[:4] == b"\x0a\x0d\x0d\x0a" and head[8:12] in _ORDERS


def batches(feed: Feed, now: float) -> Iterator[Batch]:
    """Every frame that can be read; `feed.problems` then has the rest, with its place."""
    piece, section, ended = b"", _Section(), False
    while not feed.broken:
        if not section.parted:
            more = feed.take(CHUNK)
            ended = not more
            piece += more
        used, why = section.walk(piece)
        place = feed.place - len(piece)
        for at, lie in section.lies():
            feed.problem(place + at, lie)
        yield from section.flush(piece, now)
        if why:
            step = _again(piece, used + 4, section.order)
            passed = (len(piece) if step is None else step) - used
            feed.problem(place + used, f"{why}; the {passed} bytes from there on were passed over")
            used += passed
        piece = piece[used:]
        if ended and not section.parted and not (why and piece):
            if piece:
                feed.problem(place + used, f"the last block is cut off after {len(piece)} bytes")
            return


class _Section:
    """What the blocks of a section need to be read: its byte order and its interfaces."""

    def __init__(self) -> None:
        self.order = "<"
        self.parted = False
        """The walk stopped before a new section: what is noted has to be given first."""
        self._interfaces: list[_Interface] = []
        self._noted: list[tuple[int, int, int, int]] = []
        """Interface, kind of block, where it begins, its length."""

    def walk(self, piece: bytes) -> tuple[int, str]:
        """Note the frames of whole blocks; where the first begins that is not, and why it never will be."""
        at, end, note = 0, len(piece), self._noted.append
        head, word = _readers(self.order)
        self.parted = False
        while at + 12 <= end:
            kind, length = head(piece, at)
            if kind == _SECTION:
                if self._noted:
                    self.parted = True
                    return at, ""
                if why := self._begin(piece, at):
                    return at, why
                head, word = _readers(self.order)
                kind, length = head(piece, at)
            if length < 12 or length & 3 or length > LONGEST:
                return at, f"a block says that it is {length} bytes long"
            if at + length > end:
                break
            if word(piece, at + length - 4)[0] != length:
                return at, f"a block of {length} bytes says at its end that it has another length"
            if kind == _ENHANCED and length >= 32:
                note((word(piece, at + 8)[0], kind, at, length))
            elif kind in {_OLD, _SIMPLE, _INTERFACE}:
                self._rare(piece, kind, at, length)
            at += length
        return at, ""

    def lies(self) -> Iterator[tuple[int, str]]:
        """Frames that name an interface which nothing has described; they are not given."""
        count = len(self._interfaces)
        for number, _, at, _ in self._noted:
            if number >= count:
                yield at, f"a frame of interface {number}, of which there are {count}"
        self._noted = [one for one in self._noted if one[0] < count]

    def flush(self, piece: bytes, now: float) -> Iterator[Batch]:
        """The noted frames, in order: a batch for each link type and kind of block that has some."""
        if not self._noted:
            return
        noted = np.array(self._noted, np.int64)
        self._noted.clear()
        links = np.array([one.link for one in self._interfaces], np.int64)[noted[:, 0]]
        simple = noted[:, 1] == _SIMPLE
        for link in np.unique(links):
            for rows in (noted[(links == link) & ~simple], noted[(links == link) & simple]):
                if len(rows):
                    give = self._simple if rows[0, 1] == _SIMPLE else self._timed
                    yield give(piece, rows, int(link), now)

    def _timed(self, piece: bytes, rows: Numbers, link: int, now: float) -> Batch:
        shape = np.dtype([(name, f"{self.order}u4") for name in ("high", "low", "kept", "length")])
        # padded once more by `batch`: a block holds these words whole
        heads = column(piece, rows[:, 2] + 12, shape)
        clocks = np.array([(one.unit, one.offset) for one in self._interfaces])[rows[:, 0]]
        ticks = heads["high"].astype(np.float64) * 2.0**32 + heads["low"]
        with np.errstate(over="ignore", invalid="ignore"):
            time = ticks * clocks[:, 0] + clocks[:, 1]
        # a frame that claims to be longer than its block ends with it
        size = np.minimum(heads["kept"].astype(np.int64), rows[:, 3] - 32)
        return batch(piece, rows[:, 2] + 28, size, time, link, now)

    def _simple(self, piece: bytes, rows: Numbers, link: int, now: float) -> Batch:
        shape = np.dtype([("length", f"{self.order}u4")])
        length = column(piece, rows[:, 2] + 8, shape)["length"].astype(np.int64)
        size = np.minimum(np.minimum(length, rows[:, 3] - 16), self._interfaces[0].cut)
        # the simple block has no time at all
        return batch(piece, rows[:, 2] + 12, size, np.full(len(rows), now), link, now)

    def _begin(self, piece: bytes, at: int) -> str:
        order = _ORDERS.get(piece[at + 8 : at + 12])
        if order is None:
            return "a section without a byte order"
        self.order, self._interfaces = order, []
        return ""

    def _rare(self, piece: bytes, kind: int, at: int, length: int) -> None:
        if kind == _INTERFACE and length >= 20 and len(self._interfaces) < _INTERFACES:
            self._interfaces.append(_interface(piece[at + 8 : at + length - 4], self.order))
        elif kind == _OLD and length >= 32:
            (number,) = struct.unpack_from(self.order + "H", piece, at + 8)
            self._noted.append((number, kind, at, length))
        elif kind == _SIMPLE and length >= 16:
            self._noted.append((0, kind, at, length))


def _readers(order: str) -> tuple[_Reader, _Reader]:
    return struct.Struct(order + "II").unpack_from, struct.Struct(order + "I").unpack_from


def _interface(body: bytes, order: str) -> _Interface:
    link, _, cut = struct.unpack_from(order + "HHI", body)
    unit, offset, at = 1e-6, 0.0, 8
    for _ in range(_OPTIONS):
        if at + 4 > len(body):
            break
        code, length = struct.unpack_from(order + "HH", body, at)
        value = body[at + 4 : at + 4 + length]
        if code == _RESOLUTION and length == 1 == len(value):
            unit = 2.0 ** -(value[0] & 127) if value[0] & 128 else 10.0 ** -value[0]
        elif code == _OFFSET and length == 8 == len(value):
            offset = float(struct.unpack(order + "q", value)[0])
        elif code == 0:
            break
        at += 4 + length + -length % 4
    return _Interface(link, cut or LONGEST, unit, offset)


def _again(piece: bytes, start: int, order: str) -> int | None:
    """The next place where a block of a known kind stands whole; blocks begin at multiples of four from the last."""
    shape = np.dtype([("kind", f"{order}u4"), ("length", f"{order}u4")])
    count = (len(piece) - start - 8) // 4 + 1
    if count <= 0:
        return None
    heads = np.ndarray((count,), shape, piece, start, (4,))
    likely = np.isin(heads["kind"], _KNOWN) & (heads["length"] >= 12) & (heads["length"] % 4 == 0)
    _, word = _readers(order)
    for number in np.flatnonzero(likely):
        at, length = start + 4 * int(number), int(heads["length"][number])
        if at + length <= len(piece) and word(piece, at + length - 4)[0] == length:
            return at
    return None
