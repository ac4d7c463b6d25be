"""The classic capture file (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds, cut frames."""

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from scanner.observe.capture.batch import PAD, PADDING, Batch, column, padded
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
    starts, _, _ = _walk(piece, len(piece), "<I", 16)
    return _batch(piece + PADDING, starts, shape, 1e-9, link, now)


def _shape(order: str, width: int) -> "np.dtype[np.void]":
    names = ("seconds", "part", "kept", "length")
    return np.dtype([*((name, f"{order}u4") for name in names), ("more", f"V{width - 16}")] if width > 16 else [
        (name, f"{order}u4") for name in names
    ])  # fmt: skip


def _records(feed: Feed, shape: "np.dtype[np.void]", unit: float, link: int, now: float) -> Iterator[Batch]:
    word = "<I" if shape["seconds"].byteorder in "<=|" else ">I"
    piece, seconds = b"", 0
    while True:
        more = feed.take(CHUNK)
        # put together once: copies cost as much as all that is done with the headers
        raw = b"".join((piece, more, PADDING))
        end = len(raw) - PAD
        starts, used, wrong = _walk(raw, end, word, shape.itemsize)
        if starts:
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
        piece = raw[used:end]
        if not more and not wrong:
            if piece:
                feed.problem(place, f"the last record is cut off after {len(piece)} bytes")
            return
        if not more and len(piece) < shape.itemsize:
            return


def _gap(step: int | None, left: int) -> str:
    return f"the {left if step is None else step} bytes from there on were passed over"


def _walk(raw: bytes, end: int, word: str, width: int) -> tuple[list[int], int, bool]:
    """Where frames begin, where the first record begins that is not whole, and whether that one cannot be.

    A loop of its own for each record of a file: as little in it as can be.
    """
    unpack, starts = struct.Struct(word).unpack_from, list[int]()
    add, begin, length = starts.append, width, width - 8
    while begin <= end:
        (kept,) = unpack(raw, begin - length)
        after = begin + kept
        if after > end or kept > LONGEST:
            return starts, begin - width, kept > LONGEST
        add(begin)
        begin = after + width
    return starts, begin - width, False


def _batch(
    raw: bytes, starts: list[int], shape: "np.dtype[np.void]", unit: float, link: int, now: float
) -> Batch:
    places = np.array(starts, np.int64)
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
