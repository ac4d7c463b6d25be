"""TCP conversations: the first payload of each direction, and its first bytes in order, in bounded memory."""

from collections.abc import Callable
from typing import Final

from scanner.observe.capture.routes import starts
from scanner.observe.dissect import Packet, Parser

OPEN: Final = 32_768
"""Directions that are gathered at a time; the oldest is told as far as it is known when there are more."""
HELD: Final = 24 << 20
"""Octets that are kept of all of them together."""
DONE: Final = 1 << 18
"""Directions that are remembered as read."""
LATE: Final = 30.0
"""Seconds after its first payload at which a direction is told as far as it is known."""
_AHEAD: Final = 8
"""Segments that came before their turn and are kept."""
_WRAP, _BEHIND = 1 << 32, 1 << 31

Tell = Callable[[tuple[Parser, ...], Packet], None]


class _Direction:
    """What one side has said so far."""

    __slots__ = ("ahead", "enough", "first", "got", "next", "parsers")

    def __init__(self, first: Packet, expected: int) -> None:
        self.first, self.next = first, expected
        self.parsers: tuple[Parser, ...] = ()
        """Who still waits for more; nobody before the first payload."""
        self.enough = 0
        """Octets at which the first of them has what it wants."""
        self.got = bytearray()
        self.ahead: dict[int, bytes] = {}


class Conversations:
    """Sort segments into directions; `tell` is called with the parsers and what is for them."""

    def __init__(self, first: tuple[Parser, ...], by_port: dict[int, tuple[Parser, ...]], tell: Tell) -> None:
        self._single = _by_beginning([one for one in first if not one.gather])
        self._gather = _by_beginning([one for one in first if one.gather])
        self._servers = {
            port: tuple(one for one in first if port in one.servers and not one.gather)
            for port in {port for one in first for port in one.servers}
        }
        self._by_port, self._tell = by_port, tell
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

    def take(self, key: int, seq: int, payload: bytes, make: Callable[[], Packet]) -> bool:
        """A payload, and how to have its packet: whether a parser gets to see it, now or with what follows.

        One whose beginning was not seen counts as the first of its direction.
        """
        direction = self._open.get(key)
        if direction is not None and seq == direction.next and direction.parsers and not direction.ahead:
            # the next one of a direction that is waited for: nearly always so
            direction.got += payload
            direction.next = (seq + len(payload)) % _WRAP
            self._held += len(payload)
            if len(direction.got) >= direction.enough:
                self._tell_full(key, direction)
            return bool(payload)
        if direction is None:
            expected = self._begun.get(key, seq)
            if 0 < (expected - seq) % _WRAP < _BEHIND:
                return False  # from before its beginning: a keep-alive, or an older conversation of the same ports
            self._begun.pop(key, None)
            direction = self._open[key] = _Direction(make(), expected)
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
        self._tell_full(key, direction)
        return read

    def end(self, key: int) -> None:
        """The direction says no more (FIN, RST)."""
        self._begun.pop(key, None)
        if key in self._open:
            self._end(key)

    def settle(self, now: float) -> None:
        """Tell what has waited long enough."""
        while self._open:
            key, direction = next(iter(self._open.items()))
            if direction.first.time + LATE > now and len(self._open) <= OPEN and self._held <= HELD:
                return
            self._end(key)

    def finish(self) -> None:
        """Tell what is left."""
        for key in list(self._open):
            self._end(key)

    def _append(self, direction: _Direction, payload: bytes) -> bool:
        at_once: tuple[Parser, ...] = ()
        if payload and not direction.got:
            packet = direction.first = Packet(payload, *direction.first[1:])
            near = self._single[payload[0]]
            if packet.sport in self._servers:
                near = tuple({one.name: one for one in (*self._servers[packet.sport], *near)}.values())
            at_once = tuple([one for one in near if packet.sport in one.servers or starts(one, payload)])
            if at_once:
                self._tell(at_once, packet)
            direction.parsers = tuple([one for one in self._wanting(packet) if starts(one, payload)])
            direction.enough = min((one.gather for one in direction.parsers), default=0)
        direction.got += payload
        direction.next = (direction.next + len(payload)) % _WRAP
        return bool(payload and (at_once or direction.parsers))

    def _wanting(self, packet: Packet) -> tuple[Parser, ...]:
        """Those of any conversation and those of either port, each once."""
        ports = self._by_port
        any_ = self._gather[packet.payload[0]]
        near = (*any_, *ports.get(packet.dport, ()), *ports.get(packet.sport, ()))
        return tuple({one.name: one for one in near}.values()) if len(near) > 1 else near

    def _tell_full(self, key: int, direction: _Direction) -> None:
        if direction.parsers and len(direction.got) >= direction.enough:
            full = tuple(one for one in direction.parsers if len(direction.got) >= one.gather)
            direction.parsers = tuple(one for one in direction.parsers if one not in full)
            direction.enough = min((one.gather for one in direction.parsers), default=0)
            self._say(direction, full)
        if direction.got and not direction.parsers:
            self._close(key)

    def _say(self, direction: _Direction, parsers: tuple[Parser, ...]) -> None:
        for parser in parsers:
            payload = bytes(direction.got[: parser.gather])
            if payload and starts(parser, payload):
                self._tell((parser,), Packet(payload, *direction.first[1:]))

    def _end(self, key: int) -> None:
        direction = self._open[key]
        self._close(key)
        self._say(direction, direction.parsers)

    def _close(self, key: int) -> None:
        self._held -= len(self._open.pop(key).got)
        self._read(key)

    def _read(self, key: int) -> None:
        if len(self._done) >= DONE:
            self._done_before, self._done = self._done, set()
        self._done.add(key)
        self.read.append(key)


def _by_beginning(parsers: list[Parser]) -> tuple[tuple[Parser, ...], ...]:
    """Who may want a payload, by its first octet: most look for a beginning that is rare."""
    return tuple(tuple(one for one in parsers if starts(one, bytes([octet]))) for octet in range(256))
