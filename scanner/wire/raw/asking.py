"""One ask from its first frame to its last answer: gate, stamp, look again, send; hear, believe, tell."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from scanner.wire.pipe import Ask, Batch, Done, Method, Progress
from scanner.wire.raw.believe import Believer
from scanner.wire.raw.cookie import U64, cookies
from scanner.wire.raw.line import FAST, Control, Line
from scanner.wire.raw.order import I64, Order, Space
from scanner.wire.raw.permits import ALLOWED, REFUSED, WAITS, Cards, Permits
from scanner.wire.raw.stamp import Batch as Stamped
from scanner.wire.raw.stamp import Rows, Stamp
from scanner.wire.raw.tempo import Tempo

SILENCE: Final = 4
"""Where it is fast, listening ends before its time when nobody has answered for so many of the slowest round trips,
and for one part in so many of that time."""
EVERY: Final = 0.5
"""Seconds between two words on progress."""
LOOK: Final = 0.25
"""Seconds between two looks at the interface and, while no window is open, at the clock."""
AHEAD: Final = 4096
"""Frames stamped at once when it has to be fast."""
READ: Final = 4096
"""Frames taken in at once: whoever floods us gets so much of our time before the next frame of ours leaves."""


class Job(Struct, frozen=True, kw_only=True):
    """An ask, made ready."""

    wish: Ask
    among: Space
    order: Order
    permits: Permits
    cards: Cards
    stamp: Stamp
    key: bytes
    card_of: U64 | None
    """The card of each address by number, 0 = unknown; None where all frames go to one, or the method knows."""
    own: int | None
    """The number of our own address in the space: asking for oneself reads as a conflict to everyone who hears it."""


class _Ahead(Struct):
    """Frames that are stamped and not yet sent."""

    rows: Rows
    lengths: I64
    places: I64
    """Where in the order of all passes each stands."""
    indexes: I64
    ports: I64
    sent: int = 0


class Asking:
    """One ask under way."""

    def __init__(self, job: Job, line: Line, control: Control) -> None:
        self._job, self._line, self._control = job, line, control
        self._wish = job.wish
        self._numbers = np.array(job.wish.ports or (0,), np.uint64)
        pace = job.permits.pace(job.wish.rate, job.wish.tries, datetime.now(UTC))
        self._ceiling, self._tries, self._version = pace.rate, pace.tries, job.permits.version
        self._apart = 1 / pace.rate_host
        """Seconds between two rounds through all addresses, so that none is asked faster than a host may be."""
        self._free = pace.rate_host >= pace.rate
        self._tempo = Tempo(pace.rate)
        self._believer = Believer(
            job.wish.method, job.among, job.order, job.wish.ports, job.key, self._may_ask
        )
        self._place = self._reached = job.wish.begin
        self._sent = self._refused = self._dropped = 0
        self._told = self._looked = self._answered = 0.0
        self._before = (0, time.monotonic())

    @property
    def rate(self) -> float:
        """Frames a second, as the profiles allow."""
        return self._ceiling

    def run(self) -> Iterator[Batch | Progress | Done]:
        """Ask in passes; answers come as they arrive, Done last."""
        total = self._job.order.total
        # where a host may be asked as fast as all together, rounds need no pauses: a pass goes through in one
        size = total if self._free else self._job.order.size
        while self._place < total * self._tries and not self._stopped:
            end = min(self._place // size * size + size, total * self._tries)
            yield from self._round(end)
            last = end % total == 0
            yield from self._late(self._wish.wait) if last else self._quiet(self._apart)
        self._dropped += self._line.dropped()
        yield self._progress()
        yield Done(
            sent=self._sent,
            refused=self._refused,
            dropped=self._dropped,
            strays=self._believer.strays,
            repeats=self._believer.repeats,
            place=self._place,
        )

    def _may_ask(self, index: int) -> bool:
        codes = self._job.permits.codes(np.array([index], np.int64), np.zeros(1, np.int64), datetime.now(UTC))
        return index != self._job.own and bool(codes[0] != REFUSED)

    @property
    def _stopped(self) -> bool:
        return self._control.stopped

    def _round(self, end: int) -> Iterator[Batch | Progress]:
        """Ask each address once, on the port whose turn it is."""
        while self._place < end and not self._stopped:
            ahead = self._stamped(min(end, self._place + self._chunk()))
            while ahead.sent < len(ahead.rows) and not self._stopped:
                if not self._line.busy:
                    # what is stamped is not sent yet: a run that is killed now goes on from here
                    self._reached = int(ahead.places[ahead.sent])
                yield from self._listen(0.0)
                if self._stopped:
                    break
                now = time.monotonic()
                if self._line.busy or self._tempo.room(now):
                    yield from self._send(ahead)
                else:
                    yield from self._listen(self._tempo.wait(now))
            if ahead.sent < len(ahead.rows):
                self._place = int(ahead.places[ahead.sent])
            if not self._line.busy:
                self._reached = self._place
            if not len(ahead.rows):
                # millions of places may go by without one that may be asked: a word to stop is heard there too
                yield from self._listen(0.0)
        self._line.settle()
        self._reached = self._place

    def _chunk(self) -> int:
        # slowly: few ahead, so that what has answered meanwhile, or may no longer be asked, is not stamped in vain
        return int(min(AHEAD, max(64, self._tempo.rate / 4)))

    def _stamped(self, end: int) -> _Ahead:
        """Stamp what of the next places is to be asked: not who answered, not who must not be."""
        job, begin = self._job, self._place
        places = np.arange(begin, end, dtype=np.int64)
        self._place = end
        within = places % job.order.total
        if begin >= job.order.total:
            silent = ~self._believer.answered(within)
            places, within = places[silent], within[silent]
        indexes, ports = job.order.at(within)
        good = job.permits.codes(indexes, ports, datetime.now(UTC)) != REFUSED
        if job.card_of is not None:
            good &= job.cards.allowed(job.card_of[indexes], groups=False)
        if begin < job.order.total:
            self._refused += int((~good).sum())
        if job.own is not None:
            ours = indexes == job.own
            self._refused -= int((ours & ~good).sum()) if begin < job.order.total else 0
            good &= ~ours
        places, indexes, ports = places[good], indexes[good], ports[good]
        rows, lengths = self._frames(indexes, ports)
        return _Ahead(rows, lengths, places, indexes, ports)

    def _frames(self, indexes: I64, ports: I64) -> tuple[Rows, I64]:
        job = self._job
        high, low = job.among.addresses(indexes)
        numbers = self._numbers[ports]
        via = int(self._wish.via.replace(":", ""), 16) if self._wish.via else 0
        card = np.full(len(indexes), via, np.uint64) if job.card_of is None else job.card_of[indexes]
        which = ports if self._wish.method is Method.UDP else np.zeros_like(ports)
        cookie = cookies(job.key, high, low, numbers)
        return job.stamp.frames(Stamped(high, low, numbers, cookie, card, which))

    def _send(self, ahead: _Ahead) -> Iterator[Batch | Progress]:
        """Send the next frames that the gate allows at this moment; wait while all that lacks is an open window."""
        here = slice(ahead.sent, min(len(ahead.rows), ahead.sent + self._tempo.batch))
        codes = self._checked(ahead, here)
        if self._job.permits.version != self._version:
            # the gate was asked anew: networks that may be asked only now have their own ceilings
            self._lower()
            return
        count = int(np.argmax(codes != ALLOWED)) if (codes != ALLOWED).any() else len(codes)
        if count == 0 and codes[0] == WAITS:
            yield from self._listen(LOOK)
            return
        if count == 0:
            self._refused += 1
            ahead.sent += 1
            return
        # all this was done while the frames before went out: now they have, and the next may follow when their time is
        self._line.settle()
        self._reached = int(ahead.places[ahead.sent])
        since, before = time.monotonic(), time.time()
        count = min(count, self._tempo.room(since))
        if not count:
            return
        out = self._line.send(ahead.rows[here][:count], ahead.lengths[here][:count])
        if out:
            self._believer.sent(
                int(ahead.places[ahead.sent]), int(ahead.places[ahead.sent + out - 1]), before
            )
        if self._tempo.rate > FAST:
            # sending takes as long as the batch may: it counts from its beginning, and goes on while we do
            self._tempo.mark(since, out)
        else:
            self._line.settle()
            self._tempo.mark(time.monotonic(), out)
        self._sent += out
        ahead.sent += out
        if out < count:
            # the card's queue is full: nothing is lost, the same frame goes first next time
            yield from self._listen(0.001)

    def _lower(self) -> None:
        pace = self._job.permits.pace(self._ceiling, self._tries, datetime.now(UTC))
        self._version = self._job.permits.version
        self._ceiling, self._tries = pace.rate, pace.tries
        self._apart = max(self._apart, 1 / pace.rate_host)
        self._free = self._free and pace.rate_host >= pace.rate
        if self._tempo.rate > pace.rate:
            self._tempo.set(pace.rate)

    def _checked(self, ahead: _Ahead, here: slice) -> npt.NDArray[np.int8]:
        """The last look: what the bytes say themselves is what the gate is asked about."""
        job = self._job
        high, low, port, card = job.stamp.targets(ahead.rows[here])
        indexes, ports = ahead.indexes[here], ahead.ports[here]
        meant = job.among.addresses(indexes)
        good = (high == meant[0]) & (low == meant[1])
        if self._wish.ports:
            good &= port == self._numbers[ports]
        good &= job.cards.allowed(card, groups=self._wish.method in {Method.ARP, Method.ND})
        codes = job.permits.codes(indexes, ports, datetime.now(UTC))
        codes[~good] = REFUSED
        return codes

    def _quiet(self, seconds: float) -> Iterator[Batch | Progress]:
        end = time.monotonic() + seconds
        while (wait := end - time.monotonic()) > 0 and not self._stopped:
            yield from self._listen(min(wait, LOOK))

    def _late(self, seconds: float) -> Iterator[Batch | Progress]:
        """Listen for late answers, so long at most.

        Where frames leave by the ring (`FAST`, no careful profile), it ends earlier once the silence since the last
        frame or answer exceeds `SILENCE` times the slowest round trip of this ask, a `SILENCE`th of that time, and
        the pause that hosts are due between two rounds. Without an answer whose round trip is known it never does.
        Once every port of a SYN sweep has answered nothing is left to wait for.
        """
        began = time.monotonic()
        while not self._stopped:
            yield from self._hear()
            if self._all:
                return
            until, slowest = began + seconds, self._believer.slowest
            if self._tempo.rate > FAST and slowest is not None:
                silence = max(seconds / SILENCE, slowest * SILENCE, self._apart)
                until = min(until, max(began, self._answered) + silence)
            if (wait := until - time.monotonic()) <= 0:
                return
            yield from self._listen(min(wait, LOOK))

    @property
    def _all(self) -> bool:
        """Whether every place has answered for good.

        By ARP and ND a second card may still answer for the same address, so there the time is waited out.
        """
        return self._wish.method is Method.SYN and self._believer.answers == self._job.order.total

    def _listen(self, seconds: float) -> Iterator[Batch | Progress]:
        """Hear what is there, wait up to so long for more, and tell it."""
        yield from self._hear()
        self._line.wait(seconds)
        if seconds:
            yield from self._hear()
        if self._control.rate is not None:
            self._tempo.set(min(self._ceiling, max(self._control.rate, 1e-3)))
            self._control.rate = None
        if self._control.avoid:
            self._job.permits.avoid(self._control.avoid)
            self._control.avoid.clear()
        now = time.monotonic()
        if now - self._looked > LOOK:
            self._looked = now
            self._line.check()
        if now - self._told > EVERY:
            yield self._progress()

    def _hear(self) -> Iterator[Batch]:
        frames = self._line.hear(READ)
        if frames is None:
            return
        heard = self._believer.heard(frames, self._wish.vlan)
        if heard:
            self._answered = time.monotonic()
            yield Batch(heard=tuple(heard))

    def _progress(self) -> Progress:
        now = time.monotonic()
        count, since = self._before
        self._told, self._before = now, (self._sent, now)
        return Progress(
            asked=self._sent,
            total=self._sent + self._left(),
            place=self._reached,
            rate=round((self._sent - count) / max(now - since, 1e-3), 1),
        )

    def _left(self) -> int:
        """Frames yet to be sent if nobody else answers: the rest of the first pass, then those still silent."""
        total = self._job.order.total
        allowed = self._job.permits.share(datetime.now(UTC))
        first = max(0, total - self._reached)
        again = (total * self._tries - max(self._reached, total)) / total
        return round(first * allowed + again * max(0.0, total * allowed - self._believer.answers))
