"""Which payloads of a batch are for a parser, and a number for what each says: all protocols decided at once, without a loop."""

from typing import NamedTuple

import numpy as np

from scanner.observe.capture import routes, words
from scanner.observe.capture.batch import Flags, Memory, Numbers
from scanner.observe.capture.headers import ICMP, ICMP6, TCP, UDP, Mixed, mixed, service
from scanner.observe.capture.scene import Scene


class Asked(NamedTuple):
    """Payloads, in order of their kind and then of the batch; one that two want stands there twice."""

    rows: Numbers
    """Of the scene."""
    rule: Numbers
    """As in `Wanted.rules`."""
    start: Numbers
    stop: Numbers
    numbers: Mixed
    """Alike for the same words to the same parsers on the same port from the same card and address."""
    passed: int
    """Payloads that lack what their parser looks for: they are not here."""


class Wanted:
    """What all parsers want that is not in a conversation."""

    def __init__(self, routed: routes.Routes) -> None:
        self._kinds = routed.kinds
        self.rules = [*routed.frames]
        self._ports: list[tuple[int, Numbers]] = []
        for protocol, port in (
            (UDP, routed.udp), (TCP, routed.tcp), (ICMP, routed.icmp), (ICMP6, routed.icmp6),
        ):  # fmt: skip
            if len(port.rules) > 1:
                # nobody's is -1 here
                self._ports.append((protocol, np.where(port.table > 0, port.table + len(self.rules) - 1, -1)))
                self.rules += port.rules[1:]
        self._cut, self._on = (np.array([one[at] for one in self.rules], np.int64) for at in (1, 2))
        self._picky = [number for number, one in enumerate(self.rules) if one.begins or one.holds]

    def asked(self, scene: Scene) -> Asked:
        """Everything of a batch."""
        found = [self._bare(scene), *(self._by_port(scene, *port) for port in self._ports)]
        rows, rule, start, stop = (np.concatenate(columns) for columns in zip(*found, strict=True))
        sound = self._fits(scene.raw, rule, start, stop)
        passed = len(rows) - int(np.count_nonzero(sound))
        if passed:
            rows, rule, start, stop = (one[sound] for one in (rows, rule, start, stop))
        return Asked(rows, rule, start, stop, self._numbers(scene, rows, rule, start, stop), passed)

    def _bare(self, scene: Scene) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """What is wanted by its EtherType, or by its LLC or SNAP header."""
        frames, wanted = scene.frames, self._kinds
        if not len(wanted):
            return _NONE
        places = np.minimum(np.searchsorted(wanted, frames.kind), len(wanted) - 1)
        rows = np.flatnonzero(wanted[places] == frames.kind)
        return rows, places[rows], frames.at[rows], frames.end[rows]

    @staticmethod
    def _by_port(scene: Scene, protocol: int, table: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Payloads that are wanted by either port, or by type: the receiver's first, when both are."""
        found = scene.heads
        rows = np.flatnonzero((found.protocol == protocol) & (found.body < found.end))
        to, by = table[found.dport[rows]], table[found.sport[rows]]
        one, other = np.flatnonzero(to >= 0), np.flatnonzero((by >= 0) & (by != to))
        both = np.concatenate((rows[one], rows[other]))
        return both, np.concatenate((to[one], by[other])), found.body[both], found.end[both]

    def _fits(self, raw: Memory, rule: Numbers, start: Numbers, stop: Numbers) -> Flags:
        """Which have what their parser looks for."""
        sound = np.ones(len(rule), np.bool_)
        for number in self._picky:
            rows = np.flatnonzero(rule == number)
            if not len(rows):
                continue
            one, ends = self.rules[number], (start[rows], stop[rows])
            fits = words.beginning(raw, *ends, one.begins) if one.begins else np.ones(len(rows), np.bool_)
            if one.holds:
                fits &= words.holding(raw, *ends, one.holds)
            sound[rows] = fits
        return sound

    def _numbers(self, scene: Scene, rows: Numbers, rule: Numbers, start: Numbers, stop: Numbers) -> Mixed:
        heads, cut, on = scene.heads, self._cut[rule], self._on[rule]
        said = words.said(scene.raw, start + on, stop)
        parted = np.flatnonzero(on)
        said[parted] ^= mixed(
            words.said(scene.raw, start[parted], np.minimum(start + cut, stop)[parted]), cut[parted]
        )
        return mixed(scene.cards[rows], heads.source[rows], (rule << 20) + service(heads, rows), said)


_NONE = (np.zeros(0, np.int64),) * 4
