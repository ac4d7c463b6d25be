"""Ask all nodes of a link by one echo request to their group, a few times, and tell who answered from where."""

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Final

import numpy as np

from scanner.errors import ScopeError
from scanner.model.net import Address, Mac
from scanner.scope.exclude import avoiding
from scanner.scope.file import Scope
from scanner.wire.pipe import ALL_NODES, Ask, Batch, Done, Heard, Method, Progress
from scanner.wire.raw import group
from scanner.wire.raw.answers import read
from scanner.wire.raw.asking import LOOK, READ
from scanner.wire.raw.cookie import cookies
from scanner.wire.raw.line import Control, Line
from scanner.wire.raw.permits import ALLOWED, Cards
from scanner.wire.raw.proof import expected
from scanner.wire.raw.segment import Segment
from scanner.wire.raw.sieve import number

APART: Final = 1.0
"""Seconds from one frame to a group to the next on the same link, and from the last one to the end of an ask."""

KEPT: Final = 2048
"""Answers told in one ask: more than a link holds is a flood."""
EACH: Final = 16
"""Of these from one card."""


class Nodes:
    """One ask of all nodes under way. What may be asked is worked out anew before each frame."""

    def __init__(
        self,
        wish: Ask,
        scope: Scope,
        mac: Mac,
        key: bytes,
        line: Line,
        control: Control,
        look: Callable[[], Segment],
    ) -> None:
        """Raise ScopeError for a wish beyond reason, or when the link may not be asked."""
        _sane(wish)
        self._wish, self._scope, self._mac = wish, scope, mac
        self._line, self._control, self._look = line, control, look
        to = int(IPv6Address(ALL_NODES))
        high, low = np.array([to >> 64], np.uint64), np.array([to & (1 << 64) - 1], np.uint64)
        self._proof = int(expected(Method.NODES, cookies(key, high, low, np.zeros(1, np.uint64)))[0])
        self._source = Address(str(ip_address(wish.source)))
        here = look()
        if self._source not in here.own:
            raise ScopeError(
                f"{wish.source} is no address of {wish.interface}: a group is asked in our own name"
            )
        word = group.may(scope, here.ranges, datetime.now(UTC))
        # where a window is shut, another network's perhaps, nobody waits: neighbour discovery has more to do
        if word.code != ALLOWED:
            raise ScopeError(f"all nodes of {wish.interface} are not asked: {word.why}")
        self._tries = group.tries(scope, here.ranges, wish.tries)
        self._own = here.own
        self._frame = _craft(wish, mac, self._proof)
        self._cards = Cards(scope)
        self._told: dict[Mac, set[Address]] = defaultdict(set)
        self._place = wish.begin
        self._sent = self._refused = self._strays = self._repeats = 0

    def run(self) -> Iterator[Batch | Progress | Done]:
        """Ask, listen, and ask again; answers come as they arrive, Done last."""
        apart = max(APART, 1 / self._wish.rate)
        while self._place < self._tries and not self._control.stopped:
            if (yield from self._ask()):
                yield from self._listen(apart)
        yield from self._listen(self._wish.wait - apart if self._sent else 0.0)
        yield self._progress()
        yield Done(
            sent=self._sent,
            refused=self._refused,
            dropped=self._line.dropped(),
            strays=self._strays,
            repeats=self._repeats,
            place=self._place,
        )

    def _ask(self) -> Generator[Batch | Progress, None, bool]:
        """Send the frame if the link may be asked at this moment; the generator's value: whether it is on the cable."""
        here = self._look()
        word = group.may(self._scope, here.ranges, datetime.now(UTC))
        if (
            word.code != ALLOWED
            or self._source not in here.own
            or not group.is_it(self._frame, self._mac, self._source, self._proof)
        ):
            self._refused += self._tries - self._place
            self._place = self._tries
            return False
        row = np.frombuffer(self._frame, np.uint8).reshape(1, -1)
        if not self._line.send(row, np.array([len(self._frame)], np.int64)):
            # the card's queue is full: the same frame goes first next time
            yield from self._listen(0.01)
            return False
        self._sent += 1
        self._place += 1
        yield self._progress()
        return True

    def _listen(self, seconds: float) -> Iterator[Batch | Progress]:
        end = time.monotonic() + seconds
        while True:
            yield from self._hear()
            wait = end - time.monotonic()
            if self._control.stopped or wait <= 0:
                return
            self._line.wait(min(wait, LOOK))
            self._line.check()
            if self._control.avoid:
                self._scope = avoiding(self._scope, self._control.avoid)
                self._control.avoid.clear()

    def _hear(self) -> Iterator[Batch]:
        frames = self._line.hear(READ)
        if frames is None:
            return
        rows = frames.rows
        # what brings back our identifier and sequence number, and came without a tag (RFC 4443 4.2)
        good = (frames.lengths >= 62) & (frames.tags <= 0) & (rows.shape[1] >= 62)
        if rows.shape[1] >= 62:
            right = np.uint64((self._proof & 0xFFFF) << 16 | self._proof >> 16)
            good &= (number(rows, 58, 4) == right) & self._cards.allowed(number(rows, 6, 6), groups=False)
        told = []
        for row in np.flatnonzero(good).tolist():
            one = self._heard(rows[row, : frames.lengths[row]].tobytes())
            if one is None:
                self._strays += 1
            elif self._is_new(one.address, one.mac):
                told.append(one)
            else:
                self._repeats += 1
        self._strays += int((~good).sum())
        if told:
            yield Batch(heard=tuple(told))

    def _is_new(self, address: Address, mac: Mac | None) -> bool:
        """Whether this was not told yet, and is not one too many; from now on it was."""
        many = sum(map(len, self._told.values())) >= KEPT
        if mac is None or many or len(known := self._told[mac]) >= EACH or address in known:
            return False
        known.add(address)
        return True

    def _heard(self, frame: bytes) -> Heard | None:
        """An answer to us from a single address that is not our own; whose it is, is for others to judge."""
        reading = read(Method.NODES, frame)
        if reading is None or frame[38:54] != IPv6Address(self._source).packed:
            return None
        by = IPv6Address(reading.target)
        address = Address(str(by))
        if reading.proof != self._proof or by.is_multicast or by.is_unspecified or address in self._own:
            return None
        return Heard(address=address, mac=reading.mac, state="there", ttl=reading.ttl)

    def _progress(self) -> Progress:
        left = max(0, self._tries - self._place)
        return Progress(asked=self._sent, total=self._sent + left, place=self._place, rate=0.0)


def _sane(wish: Ask) -> None:
    if wish.targets != (ALL_NODES,):
        raise ScopeError(
            f"of groups only {ALL_NODES} is ever asked, not {' '.join(wish.targets) or 'nothing'}"
        )
    if wish.ports or wish.payloads or wish.cards or wish.via is not None or wish.vlan is not None:
        raise ScopeError("all nodes are asked on our own link, untagged, by a plain echo and nothing else")
    if not wish.rate > 0 or wish.tries < 1 or wish.wait < 0 or not 0 <= wish.begin <= wish.tries:
        raise ScopeError("asking all nodes needs a rate above 0, one try at least, and no wait below 0")
    try:
        source = IPv6Address(wish.source)
    except ValueError as error:
        raise ScopeError(f"cannot ask from {wish.source}: {error}") from error
    if source.is_multicast or source.is_unspecified or source.scope_id is not None:
        raise ScopeError(f"cannot ask from {wish.source}: it is no plain address of one host")


def _craft(wish: Ask, mac: Mac, proof: int) -> bytes:
    # scapy loads here, and only when something is to be sent
    from scanner.wire.raw.template import Sender, frame

    sender = Sender(method=wish.method, mac=mac, source=wish.source, key=b"")
    return frame(sender, group.CARD, ALL_NODES, proof=proof)
