"""What payloads say, for a whole batch at once: a number for the octets of each, and which hold what is looked for."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from scanner.observe.capture.batch import Flags, Memory, Numbers
from scanner.observe.capture.headers import Mixed

_CLASSES: Final = (4, 8, 16, 32, 64)
"""Words of eight octets: payloads of one class are looked at in one table."""
_MOST: Final = 8 * _CLASSES[-1]
"""Octets; what is longer is rare, and is hashed by itself."""
_MASKS: Final = np.array([(1 << 8 * kept) - 1 for kept in range(9)], np.uint64)
_ONE, _TWO = (np.uint64(n) for n in (0x9FB21C651E98DF25, 0xD6E8FEB86659FD93))
"""Odd numbers without pattern, to mix with."""
_SALTS: Final = np.arange(1, _CLASSES[-1] + 1, dtype=np.uint64) * np.uint64(0xA0761D6478BD642F)
"""One for each place, so that the same words in another order are others."""
_HALF: Final = np.uint64(32)


def said(raw: Memory, start: Numbers, stop: Numbers) -> Mixed:
    """A number of 64 bits for the octets from each start to its stop: alike for alike ones, unlike for unlike ones."""
    size = np.maximum(stop - start, 0)
    total = np.zeros(len(size), np.uint64)
    fewer = 0
    for words in _CLASSES:
        rows = np.flatnonzero((size > 8 * fewer) & (size <= 8 * words))
        if len(rows):
            total[rows] = _table(raw, start[rows], size[rows], words)
        fewer = words
    for row in np.flatnonzero(size > _MOST).tolist():
        total[row] = hash(raw[start.item(row) : stop.item(row)]) & 0xFFFFFFFFFFFFFFFF
    return np.asarray((total ^ size.astype(np.uint64)) * _TWO, np.uint64)


def _table(raw: Memory, start: Numbers, size: Numbers, words: int) -> Mixed:
    """Each word mixed by itself and with its place, then added up."""
    steps = np.arange(0, 8 * words, 8)
    blocks = np.ndarray((len(raw) - 7,), "V8", raw, 0, (1,))
    # what stands behind the memory's end is behind the payload's, and masked
    found = blocks[np.minimum(start[:, None] + steps, len(raw) - 8)].view("<u8")
    found &= _MASKS[np.clip(size[:, None] - steps, 0, 8)]
    found ^= _SALTS[:words]
    found *= _ONE
    found ^= found >> _HALF
    found *= _TWO
    found ^= found >> _HALF
    return np.asarray(found.sum(axis=1, dtype=np.uint64), np.uint64)


def holding(raw: Memory, start: Numbers, stop: Numbers, needles: Sequence[bytes]) -> Flags:
    """Which payloads hold one of the needles. Looked for in all of them at once: they are put in a row."""
    found = np.zeros(len(start), np.bool_)
    text = b"".join([raw[one:other] for one, other in zip(start.tolist(), stop.tolist(), strict=True)])
    ends = np.cumsum(np.maximum(stop - start, 0)).tolist()
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            row = bisect_right(ends, at)
            inside = at + len(needle) <= ends[row]
            found[row] |= inside
            at = text.find(needle, ends[row] if inside else at + 1)
    return found


def beginning(raw: Memory, start: Numbers, stop: Numbers, begins: tuple[bytes, ...]) -> Flags:
    """Which payloads begin with one of these."""
    pairs = zip(start.tolist(), stop.tolist(), strict=True)
    return np.array([raw[one:other].startswith(begins) for one, other in pairs], np.bool_)
