"""Stamp targets, ports and cookies into a crafted frame: thousands of frames at once, checksums and all. Pure."""

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from scanner.wire.pipe import Method
from scanner.wire.raw.cookie import U64
from scanner.wire.raw.proof import FIRST, SPREAD

Rows = npt.NDArray[np.uint8]

TAG = 4
"""Octets of an 802.1Q tag."""


class Batch(Struct, frozen=True):
    """What goes into each of n frames; all arrays have n entries."""

    high: U64
    low: U64
    """The target: high and low 64 bits (IPv4: the low 32)."""
    port: U64
    cookie: U64
    card: U64
    """Where the frame goes, as a number of 48 bits; without meaning for ARP and ND."""
    which: npt.NDArray[np.int64]
    """Which of the templates."""


class Stamp:
    """Fills in templates that `template.frame` crafted for target 0, port 0, cookie 0.

    Since those fields are zero in a template, its checksums hold the sum of all the rest.
    """

    def __init__(self, method: Method, templates: list[bytes], *, version: int, tagged: bool) -> None:
        self._method, self._version = method, version
        self._base = 14 + (TAG if tagged else 0)
        longest = max(map(len, templates))
        self._rows = np.array([list(one.ljust(longest, b"\0")) for one in templates], np.uint8)
        self._lengths = np.array([len(one) for one in templates], np.int64)
        # the header behind IP, where there is one
        self._inner = self._base + (20 if version == 4 else 40)

    @property
    def longest(self) -> int:
        """Octets of the longest frame."""
        return int(self._lengths.max())

    def frames(self, batch: Batch) -> tuple[Rows, npt.NDArray[np.int64]]:
        """One frame a row, and how many octets of each row count."""
        rows, at = self._rows[batch.which], self._base
        match self._method:
            case Method.ARP:
                _put(rows, at + 24, batch.low, 4)
            case Method.ND:
                self._solicit(rows, batch)
            case Method.ECHO | Method.ECHO6 | Method.NODES:
                _put(rows, 0, batch.card, 6)
                total = self._target(rows, batch)
                identity = batch.cookie & np.uint64(0xFFFF)
                sequence = (batch.cookie >> np.uint64(16)) & np.uint64(0xFFFF)
                _put(rows, self._inner + 4, identity, 2)
                _put(rows, self._inner + 6, sequence, 2)
                # ICMP for IPv4 sums no addresses (RFC 792); ICMPv6 does (RFC 4443 2.3)
                _sum(
                    rows,
                    self._inner + 2,
                    identity + sequence + (total if self._version == 6 else np.uint64(0)),
                )
            case Method.SYN:
                _put(rows, 0, batch.card, 6)
                total = self._target(rows, batch)
                sequence = batch.cookie & np.uint64(0xFFFFFFFF)
                _put(rows, self._inner + 2, batch.port, 2)
                _put(rows, self._inner + 4, sequence, 4)
                _sum(rows, self._inner + 16, total + batch.port + _halves(sequence, 2))
            case Method.UDP:
                self._datagram(rows, batch)
        return rows, self._lengths[batch.which]

    def targets(self, rows: Rows) -> tuple[U64, U64, U64, U64]:
        """What frames say themselves: target (high and low), port (0 where none), card. For the last look at them."""
        nothing = np.zeros(len(rows), np.uint64)
        high = nothing
        match self._method:
            case Method.ARP:
                low = _get(rows, self._base + 24, 4)
            case Method.ND:
                high, low = _get(rows, self._base + 48, 8), _get(rows, self._base + 56, 8)
            case _ if self._version == 4:
                low = _get(rows, self._base + 16, 4)
            case _:
                high, low = _get(rows, self._base + 24, 8), _get(rows, self._base + 32, 8)
        with_port = self._method in {Method.SYN, Method.UDP}
        return high, low, _get(rows, self._inner + 2, 2) if with_port else nothing, _get(rows, 0, 6)

    def _target(self, rows: Rows, batch: Batch) -> U64:
        """Put the address; returns the sum of its 16-bit words."""
        if self._version == 4:
            _put(rows, self._base + 16, batch.low, 4)
            total = _halves(batch.low, 2)
            _sum(rows, self._base + 10, total)
            return total
        _put(rows, self._base + 24, batch.high, 8)
        _put(rows, self._base + 32, batch.low, 8)
        return _halves(batch.high, 4) + _halves(batch.low, 4)

    def _datagram(self, rows: Rows, batch: Batch) -> None:
        _put(rows, 0, batch.card, 6)
        total = self._target(rows, batch)
        # the template has the first of our ports already: what is added is added to the checksum
        more = batch.cookie % np.uint64(SPREAD)
        _put(rows, self._inner, np.uint64(FIRST) + more, 2)
        _put(rows, self._inner + 2, batch.port, 2)
        _sum(rows, self._inner + 6, total + more + batch.port)
        # RFC 768: a checksum that comes out as zero is sent as all ones, zero means "none"
        field = rows[:, self._inner + 6 : self._inner + 8]
        field[~field.any(axis=1)] = 0xFF

    def _solicit(self, rows: Rows, batch: Batch) -> None:
        """The target, and its last 24 bits in the group's address and card (RFC 4291 2.7.1, RFC 2464 7)."""
        last = batch.low & np.uint64(0xFFFFFF)
        _put(rows, 3, last, 3)
        _put(rows, self._base + 37, last, 3)
        _put(rows, self._base + 48, batch.high, 8)
        _put(rows, self._base + 56, batch.low, 8)
        _sum(
            rows,
            self._inner + 2,
            _halves(batch.high, 4) + _halves(batch.low, 4) + _halves(last, 2),
        )


def _put(rows: Rows, at: int, numbers: U64, octets: int) -> None:
    wide = np.ascontiguousarray(numbers).astype(">u8").view(np.uint8).reshape(-1, 8)
    rows[:, at : at + octets] = wide[:, 8 - octets :]


def _get(rows: Rows, at: int, octets: int) -> U64:
    wide = np.zeros((len(rows), 8), np.uint8)
    wide[:, 8 - octets :] = rows[:, at : at + octets]
    return wide.view(">u8").reshape(-1).astype(np.uint64)


def _halves(numbers: U64, words: int) -> U64:
    """The sum of the lowest 16-bit words of each number."""
    total = np.zeros_like(numbers)
    for word in range(words):
        total += (numbers >> np.uint64(16 * word)) & np.uint64(0xFFFF)
    return total


def _sum(rows: Rows, at: int, more: U64) -> None:
    """Add to the sum behind an internet checksum (RFC 1071; RFC 1624, equation 3)."""
    total = (_get(rows, at, 2) ^ np.uint64(0xFFFF)) + more
    while (total >> np.uint64(16)).any():
        total = (total & np.uint64(0xFFFF)) + (total >> np.uint64(16))
    _put(rows, at, total ^ np.uint64(0xFFFF), 2)
