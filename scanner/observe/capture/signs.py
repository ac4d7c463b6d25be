"""Signs of ill health that only a listener hears: restarts, storms, resets, devices that fall silent (docs/safety.md).

Each becomes `health.sign` of the device, in words, and is told at once to who listens beside a scan. Nothing is judged
here: a restart may be somebody's evening.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
from msgspec import Struct

from scanner.model.net import Address, Mac
from scanner.observe.capture.batch import half
from scanner.observe.capture.clocks import Clocks
from scanner.observe.capture.headers import ACK, ICMP6, RST, SYN, TCP, UDP, Mixed, mixed
from scanner.observe.capture.known import Known
from scanner.observe.capture.scene import Scene
from scanner.observe.capture.watch import Watch
from scanner.observe.dissect import Fact, Packet

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

SOURCE: Final = "passive:health"
FIELD: Final = "health.sign"
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
FASTEST: Final = 1100
"""Ticks a second (RFC 7323, 5.4 allows 1000) that a clock gains at most; Windows 10 and macOS draw each conversation's anew."""
MOST: Final = 1 << 14
"""Devices, and pairs of them, that are followed."""
RESETS: Final = 3
"""So many others must be told within SLOT that no conversation of theirs is known any more: one alone is a program's end."""
REPEATS: Final = 12
"""Segments to one device that are sent anew within SLOT, by two others or more: it answers nobody."""
ANEW: Final = 0.15
"""Seconds after which a segment that comes again is a repeat (RFC 6298 waits 0.2 s at least in practice); sooner, a mirror
port has shown it twice."""

ARP: Final = 0x0806
_LLDP, _SOLICIT = 0x88CC, 133
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
_STARTS: Final = {
    ("asked", "announced"): "restarted: asks for an address and announces it",
    ("asked", "joined"): "its link came up anew: asks for an address and looks for routers",
    ("announced", "joined"): "its link came up anew: announces its address and looks for routers",
}
"""What a machine does as it starts or is plugged in, two and two: each alone has other reasons."""


class Sign(Struct, frozen=True, kw_only=True):
    """One sign as it was heard."""

    why: str
    time: float
    """Seconds since the epoch, UTC."""
    address: Address | None
    mac: Mac | None
    """Its card; None where it was heard through a router. One of the two is there."""


Told = Callable[[Sign], None]


class Signs:
    """What is followed of each device, and told to a watch.

    `told` hears of each sign at once. Where it is given, what costs a look at every segment is followed too.
    """

    def __init__(self, watch: Watch, told: Told | None = None) -> None:
        self._watch, self._told = watch, told
        self._storms: dict[tuple[int, int], int] = {}
        self._starts: dict[tuple[int, str], float] = {}
        self._speakers: dict[int, tuple[int, float]] = {}
        """By card: slots in a row, and the last."""
        self._spoken, self._slot = Known(), 0.0
        self._counts: dict[tuple[str, str], str] = {}
        self._clocks: dict[bytes, tuple[int, int, float]] = {}
        """By pair of addresses: the clock, how often it went forward, and when it was heard."""
        self._runs = Clocks(watch)
        self._cut, self._refused = Known(), dict[int, dict[int, float]]()
        """By device that resets: whom it told so, and when."""
        self._segments, self._unheard = Known(), dict[int, dict[int, tuple[float, int]]]()
        """By device that is spoken to: who sent it anew, since when and how often."""

    def see(self, scene: Scene) -> None:
        """Look at the headers of a batch."""
        cards = scene.cards
        self._arp(scene, cards)
        self._datagrams(scene, cards)
        self._links(scene, cards)
        self._resets(scene)
        if self._told is not None:
            self._repeats(scene)
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
        if address is not None:
            self._runs.hear(address, pair[len(pair) // 2 :], ticks, time)
        last, forward, before = self._clocks.get(pair, (ticks, 0, time))
        back = (last - ticks) & 0xFFFFFFFF
        ahead = (ticks - last) & 0xFFFFFFFF
        self._bound(self._clocks)
        if ahead <= FASTEST * (1 + max(0.0, time - before)):
            self._clocks[pair] = (ticks, forward + 1, time)
            return
        if forward >= CLOCKS and back < 1 << 31:
            self._say("restarted: its TCP clock began anew", time, address, None)
        # a clock that jumped is followed no more: it may be several machines', or none
        self._clocks[pair] = (ticks, -1 << 30, time)

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
        for both, why in _STARTS.items():
            times = [self._starts.get((card, one)) for one in both if what in both]
            if (
                card
                and times
                and None not in times
                and abs((times[0] or 0.0) - (times[1] or 0.0)) <= TOGETHER
            ):
                self._say(why, time, None, _card(card))

    def _links(self, scene: Scene, cards: Mixed) -> None:
        """Ports that come up, by who looks for routers (RFC 4861, 6.3.7), and that go down in order, by LLDP."""
        found, frames = scene.heads, scene.frames
        asking = np.flatnonzero(found.sport == _SOLICIT)
        for row in asking[found.protocol[asking] == ICMP6].tolist():
            self._start(cards.item(row), "joined", scene.time.item(row))
        for row in np.flatnonzero(frames.kind == _LLDP).tolist():
            if _shut(scene.raw[frames.at.item(row) : frames.end.item(row)]):
                self._say("its port goes down: says so by LLDP", scene.time.item(row), None, scene.card(row))

    def _resets(self, scene: Scene) -> None:
        """Who knows no conversation any more: RFC 9293, 3.10.7.1 has it answer each with a reset that acknowledges nothing."""
        found = scene.heads
        # what is not TCP has no flags; few segments pass the first look
        rows = np.flatnonzero(found.flags & (RST | ACK | SYN) == RST)
        rows = rows[found.seq[rows] != 0]
        if not len(rows):
            return
        # each pair once in each slot: what it says more of changes nothing
        numbers = mixed(found.source[rows], found.target[rows], scene.time[rows] // SLOT)
        columns = (found.source[rows], found.target[rows], scene.time[rows], numbers, rows)
        new = self._cut.meet(numbers, scene.time[rows])
        for source, target, time, number, row in zip(*(one[new].tolist() for one in columns), strict=True):
            self._cut.enter(number, time)
            told = {one: at for one, at in self._refused.get(source, {}).items() if abs(time - at) <= SLOT}
            told[target] = time
            self._bound(self._refused)
            self._refused[source] = told
            if len(told) >= RESETS:
                del self._refused[source]
                self._say(f"{RESETS} others' conversations are unknown to it", time, scene.source(row), None)

    def _repeats(self, scene: Scene) -> None:
        """To whom segments are sent anew, since it acknowledges none."""
        found = scene.heads
        rows = np.flatnonzero(
            (found.protocol == TCP) & ((found.end > found.body) | (found.flags & (SYN | ACK) == SYN))
        )
        numbers = mixed(
            found.source[rows],
            found.target[rows],
            found.sport[rows] << 16 | found.dport[rows],
            found.seq[rows],
        )
        again = self._segments.holds(numbers)
        for number, row in zip(numbers[again].tolist(), rows[again].tolist(), strict=True):
            time = scene.time.item(row)
            if time - (self._segments.last(number) or time) >= ANEW:
                self._anew(found.target.item(row), found.source.item(row), time, scene.target(row))
        for one in self._segments.meet(numbers, scene.time[rows]).tolist():
            self._segments.enter(int(numbers[one]), scene.time.item(int(rows[one])))

    def _anew(self, device: int, peer: int, time: float, address: Address | None) -> None:
        told = {one: held for one, held in self._unheard.get(device, {}).items() if time - held[0] <= SLOT}
        first, count = told.get(peer, (time, 0))
        told[peer] = first, count + 1
        self._bound(self._unheard)
        self._unheard[device] = told
        # each peer counts for one at least, so no more than REPEATS of them are ever kept
        if len(told) > 1 and sum(count for _, count in told.values()) >= REPEATS:
            del self._unheard[device]
            self._say("others repeat themselves to it: it answers nobody", time, address, None)

    def _silence(self, scene: Scene, cards: Mixed) -> None:
        """Each card once in each slot: what it says more of changes nothing."""
        rows = np.flatnonzero(scene.near & (cards != 0))
        slots = scene.time[rows] // SLOT
        numbers = mixed(cards[rows], slots)
        new = self._spoken.meet(numbers, slots)
        _, once = np.unique(numbers[new], return_index=True)
        # in order of time: what is new in a batch came in its first packets
        new = new[np.sort(once)]
        columns = (cards[rows][new], slots[new])
        self._spoken.enter_all(numbers[new], self._slot)
        for card, slot in zip(*(one.tolist() for one in columns), strict=True):
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
        self._watch.note(SOURCE, FIELD, why, time, address, mac)
        if self._told is not None:
            self._told(Sign(why=why, time=time, address=address, mac=mac))

    @staticmethod
    def _bound(table: dict[_Key, _Value]) -> None:
        """The oldest makes room."""
        if len(table) >= MOST:
            del table[next(iter(table))]


def _card(value: int) -> Mac:
    return Mac(value.to_bytes(6, "big").hex(":"))


def _shut(data: bytes) -> bool:
    """Whether an announcement says that its port goes down: IEEE 802.1AB, 8.5.4 has it live for 0 seconds."""
    while len(data) >= 2:
        head = int.from_bytes(data[:2], "big")
        if head >> 9 in {0, 3}:
            return data[:4] == b"\x06\x02\0\0"
        data = data[2 + (head & 0x1FF) :]
    return False


def _order(value: str) -> tuple[int, str]:
    """Numbers by size, times (ISO 8601) by the alphabet."""
    return (int(value), "") if value.isdecimal() else (0, value)
