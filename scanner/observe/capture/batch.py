"""Many frames in one piece of memory: what the file readers give and the header pass takes."""

import mmap
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Times = npt.NDArray[np.float64]

Memory = bytes | mmap.mmap
"""Both are sliced into bytes."""

PAD: Final = 256
"""Zeros behind the last frame, so that a header of any kind can be looked at whole, wherever a frame is cut."""

PADDING: Final = bytes(PAD)

LATEST: Final = 4_102_444_800.0
"""2100-01-01: a later time, or one before 1970, is no time."""


class Batch(Struct, frozen=True):
    """Frames of one link type."""

    raw: Memory
    """The memory that they stand in, PAD zeros behind the last and at its end. The next batch may take its place."""
    start: Numbers
    """Where each begins in `raw`."""
    size: Numbers
    """Octets of each that were captured; what was longer on the wire is cut."""
    time: Times
    """Seconds since the epoch, UTC."""
    link: int
    """LINKTYPE number of the tcpdump.org list."""


def column(raw: Memory, at: Numbers, kind: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """The header of that shape at each place, as a table with a column for each field.

    Gathered as opaque blocks: numpy copies those ten times faster than records.
    """
    width = kind.itemsize
    blocks = np.ndarray((max(0, len(raw) - width + 1),), f"V{width}", raw, 0, (1,))
    return blocks[at].view(kind)


def octet(raw: Memory, at: Numbers) -> Numbers:
    """The octet at each place."""
    return np.frombuffer(raw, np.uint8)[at].astype(np.int64)


def half(raw: Memory, at: Numbers) -> Numbers:
    """The half-word, in network order, at each place."""
    octets = np.frombuffer(raw, np.uint8)
    return octets[at].astype(np.int64) << 8 | octets[at + 1]


def batch(
    piece: bytes, start: Sequence[int] | Numbers, size: Numbers, time: Times, link: int, now: float
) -> Batch:
    """Frames in a piece of a file; a time that is none becomes `now`."""
    return padded(piece + PADDING, start, size, time, link, now)


def padded(
    raw: Memory, start: Sequence[int] | Numbers, size: Numbers, time: Times, link: int, now: float
) -> Batch:
    """Likewise, where PADDING is there already."""
    sound = (time >= 0) & (time < LATEST)
    return Batch(
        raw=raw, start=np.asarray(start, np.int64), size=size, time=np.where(sound, time, now), link=link
    )
