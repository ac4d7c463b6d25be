"""Opening segments of TCP conversations, a whole batch at once: a number for the shape of each, and the clocks they tell."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from scanner.observe.capture.batch import Memory, Numbers, half, octet
from scanner.observe.capture.headers import ACK, Mixed, mixed
from scanner.observe.capture.scene import Scene
from scanner.observe.capture.words import said

_KIND, _SIZE = 8, 10  # RFC 7323, 3.2: the time stamps, which are different in each segment
_OPTIONS: Final = 40
"""Octets of options at most (RFC 9293, 3.1)."""


class Openings(NamedTuple):
    """What SYNs and SYN-ACKs say."""

    numbers: Mixed
    """Alike for the same shape from the same address; of answers, also from the same port."""
    clocks: Iterator[tuple[int, bytes, int]]
    """Of those with time stamps: the row, both addresses, and the sender's clock."""


def openings(scene: Scene, rows: Numbers) -> Openings:
    """Read them."""
    raw, heads = scene.raw, scene.heads
    tcp, ip, end, four = heads.transport[rows], heads.ip[rows], heads.body[rows], heads.version[rows] == 4
    times = _times(raw, tcp + 20, end)
    cut = np.where(times >= 0, times + 2, end)
    on = np.where(times >= 0, np.minimum(times + 10, end), end)
    marks = np.where(four, octet(raw, ip + 6) << 1 | (half(raw, ip + 4) == 0), 0)
    port = np.where(heads.flags[rows] & ACK != 0, heads.sport[rows], 65536)
    shape = said(raw, tcp + 12, np.minimum(tcp + 16, end))
    options = mixed(said(raw, tcp + 20, cut), said(raw, on, end))
    numbers = mixed(heads.source[rows], port << 17 | heads.ttl[rows] << 9 | marks, shape, options)
    return Openings(numbers, _clocks(scene, rows[times >= 0], times[times >= 0]))


def _times(raw: Memory, start: Numbers, end: Numbers) -> Numbers:
    """Where the time stamps of each stand; -1 = it has none."""
    places = start[:, None] + np.arange(_OPTIONS)
    octets = np.frombuffer(raw, np.uint8)[np.minimum(places, len(raw) - 1)]
    found = (octets[:, :-1] == _KIND) & (octets[:, 1:] == _SIZE) & (places[:, 1:] < end[:, None])
    first = found.argmax(axis=1)
    return np.where(found.any(axis=1), start + first, -1)


def _clocks(scene: Scene, rows: Numbers, times: Numbers) -> Iterator[tuple[int, bytes, int]]:
    raw, heads = scene.raw, scene.heads
    ticks = half(raw, times + 2) << 16 | half(raw, times + 4)
    ends = heads.addresses[rows] + 2 * scene.width[rows]
    columns = (rows, heads.addresses[rows], ends, ticks)
    for row, at, to, tick in zip(*(one.tolist() for one in columns), strict=True):
        yield row, raw[at:to], tick
