"""Signs of ill health that only a listener hears: restarts, ARP storms, devices that fall silent (docs/safety.md).

Each becomes `health.sign` of the device, in words. Nothing is judged here: a restart may be somebody's evening.
"""

import re
from typing import Final, TypeVar

import numpy as np

from scanner.model.net import Address, Mac
from scanner.observe.capture.batch import half
from scanner.observe.capture.headers import UDP, Mixed, mixed
from scanner.observe.capture.known import Known
from scanner.observe.capture.scene import Scene
from scanner.observe.capture.watch import Watch
from scanner.observe.dissect import Fact, Packet

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

SOURCE: Final = "passive:health"
STORM: Final = 200
"""ARP frames of one card in a second; a sweep that keeps to any profile sends half as many at most."""
SLOT: Final = 10.0
REGULAR: Final = 60
"""Slots of SLOT seconds in a row in which a device spoke before its silence counts as one."""
SILENT: Final = 30.0
"""Seconds without a word."""
TOGETHER: Final = 60.0
"""Seconds between asking for an address and announcing it, at most, when both belong to one start."""
CLOCKS: Final = 3
"""So many times a clock must have gone forward before its going back counts; several machines behind one address never do."""
MOST: Final = 1 << 14
"""Devices, and pairs of them, that are followed."""

ARP: Final = 0x0806
_BOOT: Final = 67
_DISCOVER: Final = b"\x63\x82\x53\x63\x35\x01\x01"
"""RFC 2131, 3: the cookie, then the message type in the place where clients put it."""
# RFC 1157, 4.1.6: agent's address, generic trap 0; RFC 3418: snmpTraps.1
_TRAP: Final = re.compile(
    rb"\xa4.{2,80}?\x40\x04.{4}\x02\x01\x00|\x2b\x06\x01\x06\x03\x01\x01\x05\x01", re.DOTALL
)
# RFC 5424 has no word for it: what routers, switches and agents write
_LOGGED: Final = re.compile(rb"cold ?start|SYS-5-RESTART|SYS-6-BOOTTIME|system restarted", re.IGNORECASE)
_WORDS: Final = {
    162: (_TRAP, "restarted: says so by SNMP trap"),
    514: (_LOGGED, "restarted: says so by syslog"),
}
_COUNTED: Final = {
    "snmp.engine_boots": "restarted: its SNMP agent counts one start more",
    "smb2.boot_time": "restarted: its SMB server gives a later start",
}


class Signs:
    """What is followed of each device, and told to a watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._storms: dict[tuple[int, int], int] = {}
        self._starts: dict[tuple[int, str], float] = {}
        self._speakers: dict[int, tuple[int, float]] = {}
        """By card: slots in a row, and the last."""
        self._spoken, self._slot = Known(), 0.0
        self._counts: dict[tuple[str, str], str] = {}
        self._clocks: dict[bytes, tuple[int, int]] = {}

    def see(self, scene: Scene) -> None:
        """Look at the headers of a batch."""
        cards = scene.cards
        self._arp(scene, cards)
        self._datagrams(scene, cards)
        self._silence(scene, cards)

    def hear(self, fact: Fact, packet: Packet, *, near: bool) -> None:
        """A fact that a parser found: counts of starts go up when something starts."""
        why, who = _COUNTED.get(fact.field), packet.source or packet.source_mac
        if why is None or who is None or not isinstance(fact.value, str):
            return
        key = (who, fact.field)
        before = self._counts.get(key)
        self._bound(self._counts)
        self._counts[key] = fact.value
        if before is not None and _order(fact.value) > _order(before):
            self._say(why, packet.time, packet.source, packet.source_mac if near else None)

    def clock(self, pair: bytes, ticks: int, time: float, address: Address | None) -> None:
        """A time stamp of TCP (RFC 7323) in an opening segment between two addresses; one that goes back is a restart."""
        last, forward = self._clocks.get(pair, (ticks, 0))
        back = (last - ticks) & 0xFFFFFFFF
        self._bound(self._clocks)
        if 0 < back < 1 << 31:
            if forward >= CLOCKS:
                self._say("restarted: its TCP clock began anew", time, address, None)
            # a clock that went back is followed no more: it may be several machines'
            self._clocks[pair] = (ticks, -1 << 30)
        else:
            self._clocks[pair] = (ticks, forward + 1)

    def _arp(self, scene: Scene, cards: Mixed) -> None:
        rows = np.flatnonzero(scene.frames.kind == ARP)
        if not len(rows):
            return
        seconds, at = scene.time[rows].astype(np.int64), scene.frames.at[rows]
        _, first, counts = np.unique(mixed(cards[rows], seconds), return_index=True, return_counts=True)
        columns = (cards[rows][first], seconds[first], counts)
        for card, second, count in zip(*(one.tolist() for one in columns), strict=True):
            before = self._storms.get((card, second), 0)
            self._bound(self._storms)
            self._storms[card, second] = before + count
            if before < STORM <= before + count:
                self._say("ARP storm", float(second), None, _card(card))
        # RFC 5227, 1.1: who announces an address names it as its own and as the one asked for
        own = (half(scene.raw, at + 14) << 16 | half(scene.raw, at + 16)) == (
            half(scene.raw, at + 24) << 16 | half(scene.raw, at + 26)
        )
        for row in rows[own].tolist():
            self._start(cards.item(row), "announced", scene.time.item(row))

    def _datagrams(self, scene: Scene, cards: Mixed) -> None:
        found = scene.heads
        port = found.dport
        rows = np.flatnonzero((found.protocol == UDP) & ((port == _BOOT) | (port == 162) | (port == 514)))
        for row in rows.tolist():
            payload = scene.raw[found.body.item(row) : found.end.item(row)]
            if port.item(row) == _BOOT:
                if payload[:1] == b"\x01" and (_DISCOVER in payload or b"\x63\x82\x53\x63" not in payload):
                    self._start(cards.item(row), "asked", scene.time.item(row))
                continue
            pattern, why = _WORDS[port.item(row)]
            if pattern.search(payload[:2048]):
                near = scene.near.item(row)
                self._say(why, scene.time.item(row), scene.source(row), scene.card(row) if near else None)

    def _start(self, card: int, what: str, time: float) -> None:
        self._bound(self._starts)
        self._starts[card, what] = time
        both = [self._starts.get((card, one)) for one in ("asked", "announced")]
        if card and None not in both and abs((both[0] or 0.0) - (both[1] or 0.0)) <= TOGETHER:
            self._say("restarted: asks for an address and announces it", time, None, _card(card))

    def _silence(self, scene: Scene, cards: Mixed) -> None:
        """Each card once in each slot: what it says more of changes nothing."""
        rows = np.flatnonzero(scene.near & (cards != 0))
        slots = scene.time[rows] // SLOT
        numbers = mixed(cards[rows], slots)
        new = self._spoken.meet(numbers, slots)
        _, once = np.unique(numbers[new], return_index=True)
        # in order of time: what is new in a batch came in its first packets
        new = new[np.sort(once)]
        columns = (cards[rows][new], slots[new], numbers[new])
        for card, slot, known in zip(*(one.tolist() for one in columns), strict=True):
            self._spoken.enter(known, slot)
            if slot > self._slot:
                self._slot = slot
                self._missed(slot)
            count, before = self._speakers.get(card, (0, slot - 1))
            self._bound(self._speakers)
            self._speakers[card] = (
                count + 1 if slot == before + 1 else max(count, 1) if slot == before else 1,
                slot,
            )

    def _missed(self, now: float) -> None:
        for card, (count, slot) in list(self._speakers.items()):
            if (now - slot - 1) * SLOT >= SILENT:
                del self._speakers[card]
                if count >= REGULAR:
                    self._say("fell silent", (slot + 1) * SLOT, None, _card(card))

    def _say(self, why: str, time: float, address: Address | None, mac: Mac | None) -> None:
        self._watch.note(SOURCE, "health.sign", why, time, address, mac)

    @staticmethod
    def _bound(table: dict[_Key, _Value]) -> None:
        """The oldest makes room."""
        if len(table) >= MOST:
            del table[next(iter(table))]


def _card(value: int) -> Mac:
    return Mac(value.to_bytes(6, "big").hex(":"))


def _order(value: str) -> tuple[int, str]:
    """Numbers by size, times (ISO 8601) by the alphabet."""
    return (int(value), "") if value.isdecimal() else (0, value)
