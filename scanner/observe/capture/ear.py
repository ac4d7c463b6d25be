"""Hear batches of frames: decide for a whole batch what is of interest, and have parsers read only that."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np
from msgspec import Struct

from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.observe.capture import routes
from scanner.observe.capture.batch import Batch, Numbers
from scanner.observe.capture.conversations import Conversations
from scanner.observe.capture.headers import ACK, FIN, ICMP, ICMP6, RST, SYN, TCP, UDP, mixed
from scanner.observe.capture.known import Known
from scanner.observe.capture.links import linked
from scanner.observe.capture.scene import STARTS, Scene, Spelling
from scanner.observe.capture.sights import Sights
from scanner.observe.capture.signs import Signs
from scanner.observe.capture.watch import Span, Watch
from scanner.observe.dissect import Packet, Parser

MEMO: Final = 1 << 17
"""Payloads that are remembered by their hash."""
_TIMES: Final = b"\x08\x0a"  # RFC 7323, 3: the option that is different in each segment


class Count(Struct):
    """What was done with the packets."""

    frames: int = 0
    octets: int = 0
    unread: int = 0
    """Frames of link types that we cannot read."""
    parsed: int = 0
    """Packets that were handed to a payload parser."""
    passed: int = 0
    """Packets on a parser's port that lack what it looks for."""
    memoed: int = 0
    """Packets whose like, from the same card, had been parsed: the interval was widened."""
    gathered: int = 0
    """Segments whose payload went into what a parser gets in order."""

    @property
    def reached(self) -> int:
        """Packets whose payload came to a parser, or was known to have come."""
        return self.parsed + self.memoed + self.gathered


class _Told:
    """What came of a payload, and when its like was last met."""

    __slots__ = ("last", "spans")

    def __init__(self, last: float, spans: tuple[Span, ...]) -> None:
        self.last, self.spans = last, spans


class Ear:
    """What is heard of one network. Bounded in memory, whatever comes; nothing is sent and no clock is read."""

    def __init__(
        self, watch: Watch, parsers: Sequence[Parser], zone: Callable[[Address], str | None] | None = None
    ) -> None:
        self.count = Count()
        self.bugs: dict[str, str] = {}
        """Parsers that failed, and their first trace: ours to mend; the capture is read on."""
        self.watch, self._routes = watch, routes.routes(parsers)
        self._sights, self._signs, self._spelling = Sights(watch, zone), Signs(watch), Spelling()
        self._conversations = Conversations(self._routes.first, self._routes.gathered, self._first)
        self._read = Known()
        self._memo: dict[int, _Told] = {}
        self._now = 0.0

    def hear(self, batch: Batch) -> None:
        """Take in one batch."""
        self.count.frames += len(batch.start)
        self.count.octets += int(batch.size.sum())
        frames = linked(batch)
        if frames is None:
            self.count.unread += len(batch.start)
            return
        scene = Scene(batch, frames, self._spelling)
        self._now = max(self._now, float(batch.time.max(initial=0.0)))
        self._sights.see(scene)
        self._signs.see(scene)
        self._bare(scene)
        self._by_port(scene, UDP, self._routes.udp)
        self._by_port(scene, TCP, self._routes.tcp)
        self._by_port(scene, ICMP, self._routes.icmp)
        self._by_port(scene, ICMP6, self._routes.icmp6)
        self._streams(scene)
        if len(self._memo) >= MEMO:
            self._settle()
            self._memo.clear()

    def news(self) -> Iterator[Observation]:
        """What is new since the last call, or was told again."""
        self._settle()
        yield from self.watch.news()
        if self.watch.full:
            self._memo.clear()
            self._sights.forget()
            self.watch.forget()

    def finish(self) -> Iterator[Observation]:
        """The rest, when nothing more comes."""
        self._conversations.finish()
        yield from self.news()

    @property
    def full(self) -> bool:
        """Whether `news` should be called before more is heard."""
        return self.watch.full

    def _settle(self) -> None:
        for told in self._memo.values():
            for span in told.spans:
                span.widen(told.last)
        self._sights.settle()

    def _bare(self, scene: Scene) -> None:
        """What is wanted by its EtherType, or by its LLC or SNAP header."""
        kinds, wanted = scene.frames.kind, self._routes.kinds
        if not len(wanted):
            return
        places = np.minimum(np.searchsorted(wanted, kinds), len(wanted) - 1)
        rows = np.flatnonzero(wanted[places] == kinds)
        self._payloads(scene, rows, places[rows], self._routes.frames, 0, (scene.frames.at, scene.frames.end))

    def _by_port(self, scene: Scene, protocol: int, port: routes.Port) -> None:
        """Payloads that are wanted by either port, or by type: the receiver's first, when both are."""
        if len(port.rules) < 2:
            return
        found = scene.heads
        rows = np.flatnonzero((found.protocol == protocol) & (found.body < found.end))
        to, by = port.wanted(found.dport[rows]), port.wanted(found.sport[rows])
        by[by == to] = 0
        for wanted in (to, by):
            some = np.flatnonzero(wanted)
            self._payloads(scene, rows[some], wanted[some], port.rules, protocol, (found.body, found.end))

    def _payloads(
        self,
        scene: Scene,
        rows: Numbers,
        wanted: Numbers,
        rules: tuple[routes.Rule, ...],
        kind: int,
        ends: tuple[Numbers, Numbers],
    ) -> None:
        """Hand payloads to their parsers, one that was there before only to the memory."""
        if not len(rows):
            return
        raw, memo, found, passed, parsed = scene.raw, self._memo, scene.heads, 0, 0
        sport, dport = found.sport[rows], found.dport[rows]
        # the lower port is the service's; the other may change with every question
        service = np.where(sport < dport, sport, -dport)
        addresses = found.addresses[rows]
        columns = (
            rows, wanted, scene.frames.source[rows], addresses, addresses + scene.width[rows], service,
            ends[0][rows], ends[1][rows], scene.time[rows],
        )  # fmt: skip
        for row, route, card, at, to, port, start, stop, time in zip(
            *(one.tolist() for one in columns), strict=True
        ):
            parsers, cut, on, holds, begins = rules[route]
            if (begins and not raw.startswith(begins, start, stop)) or (
                holds and all(raw.find(one, start, stop) < 0 for one in holds)
            ):
                passed += 1
                continue
            said = (raw[start : start + cut], raw[start + on : stop]) if on else raw[start:stop]
            key = hash((kind, route, port, raw[card : card + 6], raw[at:to], said))
            told = memo.get(key)
            if told is None:
                parsed += 1
                self._parse(key, parsers, scene.packet(row, raw[start:stop]), near=scene.near.item(row))
            elif time > told.last:
                told.last = time
        self.count.parsed += parsed
        self.count.passed += passed
        self.count.memoed += len(rows) - parsed - passed

    def _parse(self, key: int, parsers: Sequence[Parser], packet: Packet, *, near: bool) -> None:
        """Read a payload, and remember what came of it; not what it tells of the one that it was sent to."""
        spans, aside = list[Span](), False
        for parser in parsers:
            if parser.begins and not routes.starts(parser, packet.payload):
                continue
            try:
                facts = list(parser.parse(packet))
            except Exception:  # noqa: BLE001 - a bug of ours costs one packet, not the capture; `bugs` tells of it
                self.bugs.setdefault(parser.name, traceback.format_exc())
                continue
            for fact in facts:
                aside |= fact.target
                self._signs.hear(fact, packet, near=near)
                span = self.watch.tell(parser.name, fact, packet, near=near)
                if span is not None:
                    spans.append(span)
        if not aside:
            self._memo[key] = _Told(packet.time, tuple(spans))

    def _streams(self, scene: Scene) -> None:
        """SYNs, and first payloads of conversations that have not been read yet."""
        found = scene.heads
        length = found.end - found.body
        rows = np.flatnonzero(
            (found.protocol == TCP) & ((length > 0) | (found.flags & (SYN | FIN | RST) != 0))
        )
        if not len(rows):
            return
        keys = mixed(found.source[rows], found.target[rows], found.sport[rows] << 16 | found.dport[rows])
        self._read.forget(keys[found.flags[rows] & SYN != 0])
        new = np.flatnonzero(~self._read.holds(keys))
        rows, keys = rows[new], keys[new]
        columns = (rows, keys, found.flags[rows], found.seq[rows], found.body[rows], found.end[rows])
        talks = self._conversations
        for row, key, flags, seq, start, stop in zip(*(one.tolist() for one in columns), strict=True):
            if flags & SYN:
                talks.begin(key, seq)
                self._syn(scene, row, flags)
                continue
            if start < stop and talks.wants(key):
                self.count.gathered += talks.take(
                    key, seq, scene.raw[start:stop], partial(scene.packet, row, b"")
                )
            if flags & (FIN | RST):
                talks.end(key)
        talks.settle(self._now)
        for key in talks.read:
            self._read.enter(key, self._now)
        talks.read.clear()

    def _syn(self, scene: Scene, row: int, flags: int) -> None:
        """The opening segment, unless one of the same shape came from the same card and address before."""
        raw, found = scene.raw, scene.heads
        ip, tcp, end = (one.item(row) for one in (found.ip, found.transport, found.body))
        options = raw[tcp + 20 : end]
        times = options.find(_TIMES)
        at, wide = found.addresses.item(row), scene.width.item(row)
        if times >= 0:
            ticks = int.from_bytes(options[times + 2 : times + 6], "big")
            self._signs.clock(raw[at : at + 2 * wide], ticks, scene.time.item(row), scene.source(row))
            options = options[: times + 2] + options[times + 10 :]
        if not self._routes.syn:
            return
        sender = raw[at : at + wide]
        marks = (raw[ip + 6 : ip + 7], raw[ip + 4 : ip + 6] == b"\0\0") if wide == 4 else ()
        port = found.sport.item(row) if flags & ACK else -1
        key = hash((port, sender, marks, found.ttl.item(row), raw[tcp + 12 : tcp + 16], options))
        told = self._memo.get(key)
        if told is not None:
            told.last = max(told.last, scene.time.item(row))
            self.count.memoed += 1
            return
        self.count.parsed += 1
        packet = scene.packet(row, raw[ip:end])
        self._parse(key, self._routes.syn, packet, near=scene.near.item(row))

    def _first(self, parsers: tuple[Parser, ...], packet: Packet) -> None:
        """Payloads out of conversations."""
        service = packet.sport if packet.sport < packet.dport else -packet.dport
        key = hash((parsers[0].name, len(parsers), service, packet.source_mac, packet.source, packet.payload))
        told = self._memo.get(key)
        if told is None:
            self._parse(key, parsers, packet, near=packet.ttl in STARTS)
        else:
            told.last = max(told.last, packet.time)
