"""TCP conversations: the first payload of each direction, and its first bytes in order, in bounded memory."""

from collections.abc import Callable
from typing import Final, Protocol

from scanner.observe.capture.routes import starts
from scanner.observe.dissect import Packet, Parser

OPEN: Final = 32_768
"""Directions that are gathered at a time; the oldest is told as far as it is known when there are more."""
HELD: Final = 24 << 20
"""Octets that are kept of all of them together."""
DONE: Final = 1 << 18
"""Directions that are remembered as read."""
WAYS: Final = 1 << 12
"""Beginnings that are remembered with who reads them."""
LATE: Final = 30.0
"""Seconds after its first payload at which a direction is told as far as it is known."""
_AHEAD: Final = 8
"""Segments that came before their turn and are kept."""
_WRAP, _BEHIND = 1 << 32, 1 << 31


class Sender(Protocol):
    """Who says something: no more of it is put in words than is asked for."""

    who: int
    """Alike for the same card and address on the same service."""
    time: float
    """When it began to, in seconds since the epoch, UTC."""
    sport: int
    dport: int

    def packet(self, payload: bytes) -> Packet:
        """Its words, for a parser."""

    def keep(self) -> None:
        """Let go of the batch that it came in: it may be asked later."""


Tell = Callable[[tuple[Parser, ...], bytes, Sender], None]


class _Direction:
    """What one side has said so far."""

    __slots__ = ("ahead", "enough", "got", "next", "parsers", "sender")

    def __init__(self, sender: Sender, expected: int) -> None:
        self.sender, self.next = sender, expected
        self.parsers: tuple[Parser, ...] = ()
        """Who still waits for more; nobody before the first payload."""
        self.enough = 0
        """Octets at which the first of them has what it wants, or may say so."""
        self.got = bytearray()
        self.ahead: dict[int, bytes] = {}


class Conversations:
    """Sort segments into directions; `tell` is called with the parsers and what is for them."""

    def __init__(self, first: tuple[Parser, ...], by_port: dict[int, tuple[Parser, ...]], tell: Tell) -> None:
        self._first, self._by_port, self._tell = first, by_port, tell
        self._named = {port for one in first for port in one.servers} | set(by_port)
        parsers = (*first, *(one for of in by_port.values() for one in of))
        self._looked = max((len(one) for parser in parsers for one in parser.begins), default=0)
        """Octets of a beginning that anybody looks at."""
        self._ways: dict[tuple[bytes, int, int], tuple[tuple[Parser, ...], tuple[Parser, ...]]] = {}
        """Who reads what begins so, between ports that count: found once."""
        self._begun: dict[int, int] = {}
        self._open: dict[int, _Direction] = {}
        self._done: set[int] = set()
        self._done_before: set[int] = set()
        self._held = 0
        self.read: list[int] = []
        """Directions that were read to their end since the last look: nobody wants more of them."""

    def begin(self, key: int, seq: int) -> None:
        """A direction has said SYN: its first octet will have the next sequence number (RFC 9293, 3.4)."""
        expected = (seq + 1) % _WRAP
        if self._begun.get(key) == expected:
            return
        if key in self._open:
            self._end(key)
        self._done.discard(key)
        self._done_before.discard(key)
        while len(self._begun) >= OPEN:
            del self._begun[next(iter(self._begun))]
        self._begun[key] = expected

    def wants(self, key: int) -> bool:
        """Whether a payload of this direction is still of interest."""
        return key not in self._done and key not in self._done_before

    def take(self, key: int, seq: int, payload: bytes, sender: Sender) -> bool:
        """A payload, and whose it is: whether a parser gets to see it, now or with what follows.

        One whose beginning was not seen counts as the first of its direction.
        """
        direction = self._open.get(key)
        if direction is None:
            return self._begins(key, seq, payload, sender)
        if seq != direction.next or not direction.parsers or direction.ahead:
            return self._sort(key, direction, seq, payload)
        # the next one of a direction that is waited for: nearly always so
        before = len(direction.got)
        self._append(direction, payload)
        self._held += len(direction.got) - before
        if not direction.parsers:
            self._close(key)
        return bool(payload)

    def end(self, key: int) -> None:
        """The direction says no more (FIN, RST)."""
        self._begun.pop(key, None)
        if key in self._open:
            self._end(key)

    def settle(self, now: float) -> None:
        """Tell what has waited long enough."""
        while self._open:
            key, direction = next(iter(self._open.items()))
            if direction.sender.time + LATE > now and len(self._open) <= OPEN and self._held <= HELD:
                return
            self._end(key)

    def finish(self) -> None:
        """Tell what is left."""
        for key in list(self._open):
            self._end(key)

    def _begins(self, key: int, seq: int, payload: bytes, sender: Sender) -> bool:
        expected = self._begun.get(key, seq)
        if 0 < (expected - seq) % _WRAP < _BEHIND:
            return (
                False  # from before its beginning: a keep-alive, or an older conversation of the same ports
            )
        self._begun.pop(key, None)
        if expected == seq and payload:
            told, waiting = self._hear(payload, sender)
            if not waiting:
                # all that anybody wants to know, at once: nearly always so
                self._read(key)
                return told
            direction = self._opened(key, sender, expected)
            self._wait(direction, waiting, payload)
            self._held += len(payload)
            return told
        return self._sort(key, self._opened(key, sender, expected), seq, payload)

    def _opened(self, key: int, sender: Sender, expected: int) -> _Direction:
        sender.keep()
        direction = self._open[key] = _Direction(sender, expected)
        return direction

    def _sort(self, key: int, direction: _Direction, seq: int, payload: bytes) -> bool:
        """A segment that came out of its turn."""
        before = len(direction.got)
        late = (direction.next - seq) % _WRAP
        if late < _BEHIND:
            # seen before, in whole or in part: only what is new counts
            read = self._append(direction, payload[late:])
        elif len(direction.ahead) < _AHEAD:
            read, direction.ahead[seq] = True, payload
        else:
            # a gap that does not fill: the capture lost a segment
            self._end(key)
            return False
        while direction.next in direction.ahead:
            self._append(direction, direction.ahead.pop(direction.next))
        self._held += len(direction.got) - before
        if direction.got and not direction.parsers:
            self._close(key)
        return read

    def _append(self, direction: _Direction, payload: bytes) -> bool:
        """The next octets: whether anybody reads them."""
        if not payload:
            return False
        if not direction.got:
            told, waiting = self._hear(payload, direction.sender)
            self._wait(direction, waiting, payload)
            return told
        direction.got += payload
        direction.next = (direction.next + len(payload)) % _WRAP
        if direction.parsers and len(direction.got) >= direction.enough:
            self._wait(direction, self._full(direction.parsers, bytes(direction.got), direction.sender))
        return True

    @staticmethod
    def _wait(direction: _Direction, parsers: tuple[Parser, ...], payload: bytes = b"") -> None:
        direction.got += payload
        direction.next = (direction.next + len(payload)) % _WRAP
        direction.parsers = parsers
        direction.enough = min((0 if one.enough else one.gather for one in parsers), default=0)

    def _hear(self, payload: bytes, sender: Sender) -> tuple[bool, tuple[Parser, ...]]:
        """The first words of a direction: whether anybody reads them, and who waits for more."""
        sport, dport = sender.sport, sender.dport
        way = (
            payload[: self._looked],
            sport if sport in self._named else 0,
            dport if dport in self._named else 0,
        )
        parsers = self._ways.get(way)
        if parsers is None:
            if len(self._ways) >= WAYS:
                self._ways.clear()
            parsers = self._ways[way] = self._at_once(payload, sport), self._wanting(payload, sport, dport)
        at_once, gathering = parsers
        if at_once:
            self._tell(at_once, payload, sender)
        waiting = gathering and self._full(gathering, payload, sender)
        return bool(at_once or gathering), waiting

    def _at_once(self, payload: bytes, sport: int) -> tuple[Parser, ...]:
        """Those who read a first payload as it comes, each once."""
        near = [one for one in self._first if not one.gather]
        served = [one for one in near if sport in one.servers]
        said = [one for one in near if starts(one, payload)]
        return tuple({one.name: one for one in (*served, *said)}.values())

    def _wanting(self, payload: bytes, sport: int, dport: int) -> tuple[Parser, ...]:
        """Those of any conversation and those of either port who may wait for more, each once."""
        any_ = [one for one in self._first if one.gather]
        near = (*any_, *self._by_port.get(dport, ()), *self._by_port.get(sport, ()))
        return tuple({one.name: one for one in near if starts(one, payload)}.values())

    def _full(self, parsers: tuple[Parser, ...], got: bytes, sender: Sender) -> tuple[Parser, ...]:
        """Tell those who have what they want; who still waits."""
        waiting = list[Parser]()
        for one in parsers:
            if len(got) >= one.gather or (one.enough is not None and one.enough(got)):
                self._say(one, got, sender)
            else:
                waiting.append(one)
        return tuple(waiting)

    def _say(self, parser: Parser, got: bytes, sender: Sender) -> None:
        payload = got[: parser.gather]
        if payload and starts(parser, payload):
            self._tell((parser,), payload, sender)

    def _end(self, key: int) -> None:
        direction = self._open[key]
        self._close(key)
        for parser in direction.parsers:
            self._say(parser, bytes(direction.got), direction.sender)

    def _close(self, key: int) -> None:
        self._held -= len(self._open.pop(key).got)
        self._read(key)

    def _read(self, key: int) -> None:
        if len(self._done) >= DONE:
            self._done_before, self._done = self._done, set()
        self._done.add(key)
        self.read.append(key)
