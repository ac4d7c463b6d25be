"""The classic capture file (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds, cut frames."""

import mmap
import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from scanner.observe.capture.batch import PAD, PADDING, Batch, Memory, Numbers, column, padded
from scanner.observe.capture.feed import CHUNK, Feed

HEAD: Final = 24
LONGEST: Final = 262_144
"""What no capture program exceeds in a frame (libpcap's MAXIMUM_SNAPLEN); a longer length is a lie."""

_MAGIC: Final = {
    0xA1B2C3D4: (1e-6, 16),
    0xA1B23C4D: (1e-9, 16),
    0xA1B2CD34: (1e-6, 24),  # a patched tcpdump of old: eight octets more in each record
}
"""Magic number: the unit of the second time field, the length of a record's head."""
_ROOM: Final = CHUNK + LONGEST + 64 + 2 * PAD
"""A part of a file, what the one before left over, and zeros that nothing is written over."""
_BLOCK: Final = 1 << 17
"""Places that are looked at in a row: what comes of them stays where it is near, and is not asked of the system anew."""
_SECOND: Final = 1_000_000_000
"""Of the finest unit."""
_CHAIN: Final = 3
"""So many sound records in a row are taken for the place where a broken file can be read again."""
_FAR: Final = 30 * 86400
"""Seconds by which neighbours in a file may differ, when a place to go on from is looked for."""


def fits(head: bytes) -> bool:
    """Whether a file that begins so is one."""
    return any(int.from_bytes(head[:4], order) in _MAGIC for order in ("big", "little"))


def batches(feed: Feed, now: float) -> Iterator[Batch]:
    """Every frame that can be read; `feed.problems` then has the rest, with its place."""
    head = feed.take(HEAD)
    if len(head) < HEAD:
        feed.problem(0, f"the file header is cut off after {len(head)} bytes")
        return
    order = "<" if int.from_bytes(head[:4], "little") in _MAGIC else ">"
    unit, width = _MAGIC[struct.unpack(order + "I", head[:4])[0]]
    (link,) = struct.unpack(order + "I", head[20:])
    shape = _shape(order, width)
    # the upper bits say whether frames bear a checksum at their end: of no interest
    yield from _records(feed, shape, unit, link & 0xFFFF, now)


def records(piece: bytes, link: int, now: float) -> Batch:
    """Whole records of the kind with nanoseconds, little end first, as the raw helper hands them over."""
    shape = _shape("<", 16)
    raw = piece + PADDING
    starts, _, _ = _chain(raw, len(piece), "<I", 16)
    return _batch(raw, starts, shape, 1e-9, link, now)


def _shape(order: str, width: int) -> "np.dtype[np.void]":
    names = ("seconds", "part", "kept", "length")
    return np.dtype([*((name, f"{order}u4") for name in names), ("more", f"V{width - 16}")] if width > 16 else [
        (name, f"{order}u4") for name in names
    ])  # fmt: skip


def _records(feed: Feed, shape: "np.dtype[np.void]", unit: float, link: int, now: float) -> Iterator[Batch]:
    word = "<I" if shape["seconds"].byteorder in "<=|" else ">I"
    # one piece of memory for all: new ones for each part of a file cost a tenth of all that is done
    raw, end, most, seconds = mmap.mmap(-1, _ROOM), 0, LONGEST + shape.itemsize, 0
    while True:
        more = feed.fill(memoryview(raw)[end : end + CHUNK]) if end <= most else 1
        end += more
        raw[end : end + PAD] = PADDING
        starts, used, wrong = _chain(raw, end, word, shape.itemsize)
        if len(starts):
            found = _batch(raw, starts, shape, unit, link, now)
            seconds = int(column(found.raw, found.start[-1:] - shape.itemsize, shape)["seconds"][0])
            yield found
        place = feed.place - end + used
        if wrong and not feed.broken:
            (length,) = struct.unpack_from(word, raw, used + 8)
            step = _again(raw[used + 1 : end], shape, seconds)
            said = f"a record says that it is {length} bytes long"
            feed.problem(place, f"{said}; {_gap(None if step is None else step + 1, end - used)}")
            # without a sound place all but the tail is given up: a record may begin in it
            used = used + 1 + step if step is not None else max(used + 1, end - LONGEST)
        elif wrong:
            return
        end -= used
        raw.move(0, used, end)
        if not more and not wrong:
            if end:
                feed.problem(place, f"the last record is cut off after {end} bytes")
            return
        if not more and end < shape.itemsize:
            return


def _gap(step: int | None, left: int) -> str:
    return f"the {left if step is None else step} bytes from there on were passed over"


def _chain(raw: Memory, end: int, word: str, width: int) -> tuple[Numbers, int, bool]:
    """Where frames begin, where the first record begins that is not whole, and whether that one cannot be.

    Records of one time have its upper half in common: places that have it are found for a whole piece at once, and each is
    proven by the record before it, which ends there. From where that fails, it is walked.
    """
    heads, lengths = _likely(raw, end, word, width)
    after = heads + width + lengths
    proven = after <= end
    proven[1:] &= after[:-1] == heads[1:]
    proven[:1] &= heads[:1] == 0
    broken = np.flatnonzero(~proven)
    count = int(broken[0]) if len(broken) else len(heads)
    begin = int(after[count - 1]) if count else 0
    walked, used, wrong = _walk(raw, end, word, width, begin + width)
    return np.concatenate((heads[:count] + width, np.array(walked, np.int64))), used, wrong


def _likely(raw: Memory, end: int, word: str, width: int) -> tuple[Numbers, Numbers]:
    """Where a record may begin, in order, and how much it has kept: the upper half of its time is as in the first."""
    none = np.zeros(0, np.int64)
    upper = 2 if word[0] == "<" else 0
    mark = np.frombuffer(raw, np.uint16, 1, upper)[0]
    found = list[Numbers]()
    for odd in (0, 1):
        # every other place is looked at, then those between
        halves = np.frombuffer(raw, np.uint16, max(0, end - width) // 2, upper + odd)
        for at in range(0, len(halves), _BLOCK):
            found.append(2 * (np.flatnonzero(halves[at : at + _BLOCK] == mark) + at) + odd)
            # what is all alike has more such places than there can be records
            if len(found[-1]) > _BLOCK // 4:
                return none, none
    heads = np.concatenate([none, *found])
    heads.sort()
    shape = np.dtype([(name, word.replace("I", "u4")) for name in ("part", "kept", "length")])
    told = column(raw, heads + 4, shape)
    fits = (told["kept"] <= told["length"]) & (told["length"] <= LONGEST) & (told["part"] < _SECOND)
    return heads[fits], told["kept"][fits].astype(np.int64)


def _walk(raw: Memory, end: int, word: str, width: int, begin: int) -> tuple[list[int], int, bool]:
    """As `_chain`, from one frame on: a turn for each record, with as little in it as can be."""
    unpack, starts = struct.Struct(word).unpack_from, list[int]()
    add, length = starts.append, width - 8
    while begin <= end:
        (kept,) = unpack(raw, begin - length)
        after = begin + kept
        if after > end or kept > LONGEST:
            return starts, begin - width, kept > LONGEST
        add(begin)
        begin = after + width
    return starts, begin - width, False


def _batch(
    raw: Memory, places: Numbers, shape: "np.dtype[np.void]", unit: float, link: int, now: float
) -> Batch:
    heads = column(raw, places - shape.itemsize, shape)
    time = heads["seconds"].astype(np.float64) + heads["part"] * unit
    return padded(raw, places, heads["kept"].astype(np.int64), time, link, now)


def _again(piece: bytes, shape: "np.dtype[np.void]", seconds: int) -> int | None:
    """The first place from which several records follow one another; None when there is none."""
    width = shape.itemsize
    if len(piece) < width:
        return None
    heads = np.ndarray((len(piece) - width + 1,), shape, piece, 0, (1,))
    kept = heads["kept"].astype(np.int64)
    near = np.abs(heads["seconds"].astype(np.int64) - seconds) < _FAR if seconds else heads["seconds"] > 0
    sound = (kept > 0) & (kept <= heads["length"]) & (kept <= LONGEST) & (heads["length"] <= LONGEST) & near
    for first in np.flatnonzero(sound):
        at, chained = int(first), 0
        while chained < _CHAIN and at < len(sound) and sound[at]:
            at += width + int(kept[at])
            chained += 1
        if chained == _CHAIN or at == len(piece):
            return int(first)
    return None
