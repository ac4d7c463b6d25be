"""Hear batches of frames: decide for a whole batch what is of interest, and have parsers read only that."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.observe.capture import routes, signs
from scanner.observe.capture.batch import Batch, Numbers
from scanner.observe.capture.conversations import Conversations, Sender
from scanner.observe.capture.headers import FIN, RST, SYN, TCP, mixed, service
from scanner.observe.capture.known import Known
from scanner.observe.capture.links import linked
from scanner.observe.capture.memo import Memo, Told
from scanner.observe.capture.openings import openings
from scanner.observe.capture.scene import STARTS, Scene, Speaker, Spelling
from scanner.observe.capture.sights import Sights
from scanner.observe.capture.wanted import Wanted
from scanner.observe.capture.watch import Span, Watch
from scanner.observe.dissect import Packet, Parser

MEMO: Final = 1 << 17
"""Payloads that are remembered by their hash."""


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


class Ear:
    """What is heard of one network. Bounded in memory, whatever comes; nothing is sent and no clock is read.

    `told` hears of each sign of ill health at once.
    """

    def __init__(
        self,
        watch: Watch,
        parsers: Sequence[Parser],
        zone: Callable[[Address], str | None] | None = None,
        told: signs.Told | None = None,
    ) -> None:
        self.count = Count()
        self.bugs: dict[str, str] = {}
        """Parsers that failed, and their first trace: ours to mend; the capture is read on."""
        self.watch, self._routes = watch, routes.routes(parsers)
        self._sights, self._signs, self._spelling = Sights(watch, zone), signs.Signs(watch, told), Spelling()
        self._conversations = Conversations(self._routes.first, self._routes.gathered, self._first)
        self._read = Known()
        self._wanted, self._words = Wanted(self._routes), Memo()
        self._opened = Memo()
        """Opening segments."""
        self._memo: dict[int, Told] = {}
        """What conversations began with."""
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
        self._payloads(scene)
        self._streams(scene)
        if len(self._words) + len(self._opened) + len(self._memo) >= MEMO:
            self._settle()
            self._forget()

    def news(self) -> Iterator[Observation]:
        """What is new since the last call, or was told again."""
        self._settle()
        yield from self.watch.news()
        if self.watch.full:
            self._forget()
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
        self._words.settle()
        self._opened.settle()
        for told in self._memo.values():
            told.settle()
        self._sights.settle()

    def _forget(self) -> None:
        self._words.clear()
        self._opened.clear()
        self._memo.clear()

    def _payloads(self, scene: Scene) -> None:
        """Hand what is wanted to its parsers, one that was there before only to the memory."""
        asked = self._wanted.asked(scene)
        self.count.passed += asked.passed
        if not len(asked.rows):
            return
        parsed, before = 0, self._words.meet(asked.numbers, scene.time[asked.rows])
        columns = (one[before] for one in (asked.numbers, asked.rows, asked.rule, asked.start, asked.stop))
        for number, row, rule, start, stop in zip(*(one.tolist() for one in columns), strict=True):
            if self._words.again(number, scene.time.item(row)):
                continue
            parsed += 1
            packet = scene.packet(row, scene.raw[start:stop])
            told = self._parse(self._wanted.rules[rule].parsers, packet, near=scene.near.item(row))
            if told is not None:
                self._words.enter(number, told)
        self.count.parsed += parsed
        self.count.memoed += len(asked.rows) - parsed

    def _parse(self, parsers: Sequence[Parser], packet: Packet, *, near: bool) -> Told | None:
        """Read a payload; what came of it, to be remembered. None when it tells of the one that it was sent to."""
        spans, aside = list[Span](), False
        for parser in parsers:
            if (
                parser.begins
                and packet.sport not in parser.servers
                and not routes.starts(parser, packet.payload)
            ):
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
        return None if aside else Told(packet.time, tuple(spans))

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
        opening = found.flags[rows] & SYN != 0
        self._read.forget(keys[opening])
        self._syn(scene, rows[opening])
        new = np.flatnonzero(~self._read.holds(keys))
        rows, keys = rows[new], keys[new]
        whose = mixed(scene.cards[rows], found.source[rows], service(found, rows))
        columns = (rows, keys, whose, found.flags[rows], found.seq[rows], found.body[rows], found.end[rows])
        talks, gathered = self._conversations, 0
        for row, key, who, flags, seq, start, stop in zip(*(one.tolist() for one in columns), strict=True):
            if flags & SYN:
                talks.begin(key, seq)
                continue
            if start < stop and talks.wants(key):
                gathered += talks.take(key, seq, scene.raw[start:stop], Speaker(scene, row, who))
            if flags & (FIN | RST):
                talks.end(key)
        self.count.gathered += gathered
        talks.settle(self._now)
        self._read.enter_all(talks.read, self._now)
        talks.read.clear()

    def _syn(self, scene: Scene, rows: Numbers) -> None:
        """Opening segments, but for those of a shape that came from the same address before."""
        found = openings(scene, rows)
        for row, pair, ticks in found.clocks:
            self._signs.clock(pair, ticks, scene.time.item(row), scene.source(row))
        if not self._routes.syn:
            return
        parsed, before = 0, self._opened.meet(found.numbers, scene.time[rows])
        for number, row in zip(found.numbers[before].tolist(), rows[before].tolist(), strict=True):
            if self._opened.again(number, scene.time.item(row)):
                continue
            parsed += 1
            payload = scene.raw[scene.heads.ip.item(row) : scene.heads.body.item(row)]
            told = self._parse(self._routes.syn, scene.packet(row, payload), near=scene.near.item(row))
            if told is not None:
                self._opened.enter(number, told)
        self.count.parsed += parsed
        self.count.memoed += len(rows) - parsed

    def _first(self, parsers: tuple[Parser, ...], payload: bytes, sender: Sender) -> None:
        """Payloads out of conversations."""
        gist = parsers[0].gist
        # of several parsers none speaks for the others
        said = payload if gist is None or len(parsers) > 1 else gist(payload)
        key = hash((parsers[0].name, len(parsers), sender.who, said))
        told = self._memo.get(key)
        if told is None:
            packet = sender.packet(payload)
            self._remember(key, self._parse(parsers, packet, near=packet.ttl in STARTS))
        else:
            told.meet(sender.time)

    def _remember(self, key: int, told: Told | None) -> None:
        if told is not None:
            self._memo[key] = told
