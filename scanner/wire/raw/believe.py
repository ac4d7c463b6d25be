"""Which frames are answers to what we asked, by their cookies; who has answered, one bit each."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import numpy as np
import numpy.typing as npt

from scanner.model.net import Address, Mac
from scanner.wire.pipe import Heard, Method
from scanner.wire.raw.answers import Reading, read
from scanner.wire.raw.cookie import cookies
from scanner.wire.raw.order import I64, Order, Space
from scanner.wire.raw.proof import expected, ours
from scanner.wire.raw.ring import Frames
from scanner.wire.raw.sieve import likely

REPEATS: Final = 1024
"""Duplicates that are told one by one; of more there is only the number."""
CARDS: Final = 8
"""Cards told for one address: two are a conflict or a proxy, more are a flood."""
_LOG: Final = 100_000
"""Sendings whose time is kept, for the round trip."""
_ADDRESSES: Final = 1 << 17
"""Addresses whose cards are kept; of more only that they have answered."""
_ERRORS: Final = 1 << 16
_FINAL: Final = frozenset({3 << 8 | 3, 3 << 8 | 9, 3 << 8 | 10, 3 << 8 | 13, 1 << 8 | 1, 1 << 8 | 4})
"""Errors that asking again would not change: port unreachable, prohibited (RFC 1812 5.2.7.1, RFC 4443 3.1). A host
that is unreachable may be one whose ARP answer was lost on the way."""


class Believer:
    """Judges what came in; knows who answered."""

    def __init__(
        self,
        method: Method,
        among: Space,
        order: Order,
        ports: tuple[int, ...],
        key: bytes,
        may: Callable[[int], bool],
    ) -> None:
        self._method, self._space, self._order, self._key = method, among, order, key
        self._may = may
        self._ports = {port: at for at, port in enumerate(ports or (0,))}
        self._bits = np.zeros(order.total // 8 + 1, np.uint8)
        self._cards: dict[int, set[Mac]] = {}
        self._errors: dict[int, None] = {}
        self._log: list[tuple[int, int, float]] = []
        self.strays = self.repeats = self.answers = 0
        self.slowest: float | None = None
        """Seconds of the slowest round trip; None while none is known."""

    def sent(self, first: int, last: int, at: float) -> None:
        """Frames of these places, over all passes, have gone out at this wall-clock second."""
        self._log.append((first, last, at))
        if len(self._log) > _LOG:
            del self._log[: _LOG // 2]

    def answered(self, places: I64) -> npt.NDArray[np.bool_]:
        """Who of these places (within one pass) need not be asked again."""
        return np.asarray(self._bits[places >> 3] >> (places & 7).astype(np.uint8) & 1, np.bool_)

    def heard(self, frames: Frames, vlan: int | None) -> list[Heard]:
        """What is to be told of these frames."""
        # a frame of another VLAN answers nobody here
        mine = frames.tags == (-1 if vlan is None else vlan)
        if vlan == 0:
            mine |= frames.tags == -1
        good = mine & likely(self._method, self._space.version, frames.rows, self._key)
        self.strays += int((~good).sum())
        found: list[tuple[Reading, float]] = []
        for row in np.flatnonzero(good).tolist():
            reading = read(self._method, frames.rows[row, : frames.lengths[row]].tobytes())
            if reading is None:
                self.strays += 1
            else:
                found.append((reading, float(frames.at[row])))
        proofs = self._proofs([reading for reading, _ in found])
        told = []
        for (reading, at), proof in zip(found, proofs, strict=True):
            one = self._judge(reading, proof, at)
            if one is not None:
                told.append(one)
        return told

    def _proofs(self, readings: list[Reading]) -> list[int]:
        low = np.array([one.target & (1 << 64) - 1 for one in readings], np.uint64)
        high = np.array([one.target >> 64 for one in readings], np.uint64)
        port = np.array([one.port or 0 for one in readings], np.uint64)
        return list(expected(self._method, cookies(self._key, high, low, port)).tolist())

    def _judge(self, reading: Reading, proof: int, at: float) -> Heard | None:
        index = self._space.index(reading.target)
        port = self._ports.get(reading.port or 0)
        own = ours(self._key) if self._method is Method.SYN else None
        if (
            index is None
            or port is None
            or proof != reading.proof
            or (own is not None and own != reading.ours)
        ):
            self.strays += 1
            return None
        place = self._order.place(index, port)
        asked = self._asked(place)
        # ARP and ND bring nothing back: that we have asked already is all there is to hold them against
        if self._method in {Method.ARP, Method.ND} and not (asked and self._may(index)):
            self.strays += 1
            return None
        again = self._again(place, reading)
        if again:
            self.repeats += 1
            if self.repeats > REPEATS:
                return None
        sent = self._when(place) if asked == 1 else None
        trip = None if sent is None or at < sent else at - sent
        if trip is not None:
            self.slowest = max(trip, self.slowest or 0.0)
        return Heard(
            address=_address(reading.target, self._space.version),
            mac=reading.mac,
            port=reading.port,
            state=reading.state,
            ttl=reading.ttl,
            rtt_ms=None if trip is None else round(trip * 1000, 3),
            by=reading.by,
            again=again,
            data=reading.data,
            error=reading.error,
            window=reading.window,
        )

    def _again(self, place: int, reading: Reading) -> bool:
        """Whether this was heard before; from now on it was."""
        if reading.error is not None:
            if reading.error in _FINAL:
                self._mark(place)
            again = place in self._errors or len(self._errors) >= _ERRORS
            self._errors[place] = None
            return again
        again = self._mark(place)
        if self._method not in {Method.ARP, Method.ND} or len(self._cards) >= _ADDRESSES:
            return again
        cards = self._cards.setdefault(place, set())
        if reading.mac in cards or len(cards) >= CARDS:
            return True
        cards.add(reading.mac)
        return False

    def _mark(self, place: int) -> bool:
        bit = 1 << (place & 7)
        was = bool(self._bits[place >> 3] & bit)
        self._bits[place >> 3] |= bit
        self.answers += not was
        return was

    def _asked(self, place: int) -> int:
        """How often a place has been asked; who was passed over counts too."""
        if not self._log:
            return 0
        done, total = self._log[-1][1], self._order.total
        return (done - place) // total + 1 if done >= place else 0

    def _when(self, place: int) -> float | None:
        """When a place of the first pass was sent; None when that is too long ago to be kept."""
        low, high = 0, len(self._log)
        while low < high:
            middle = (low + high) // 2
            if self._log[middle][1] < place:
                low = middle + 1
            else:
                high = middle
        if low == len(self._log) or not self._log[low][0] <= place <= self._log[low][1]:
            return None
        return self._log[low][2]


def _address(number: int, version: int) -> Address:
    return Address(str(IPv4Address(number) if version == 4 else IPv6Address(number)))
