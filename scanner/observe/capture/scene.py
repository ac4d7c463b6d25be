"""One batch with all its headers read, and any one packet of it in words."""

import ipaddress
from functools import cached_property
from typing import Final

import numpy as np

from scanner.model.net import Address, Mac
from scanner.observe.capture.batch import Batch, Flags, Numbers, column, octet
from scanner.observe.capture.headers import Heads, Mixed, heads
from scanner.observe.capture.links import Linked
from scanner.observe.dissect import Packet

STARTS: Final = (32, 64, 128, 255)
"""Hop counts that systems begin with: what arrives with one of these has passed no router."""
NAMES: Final = 1 << 16
"""Addresses whose spelling is remembered."""
_CARD: Final = np.dtype([("high", ">u2"), ("low", ">u4")])


class Spelling:
    """Addresses and cards as text, each spelled once."""

    def __init__(self) -> None:
        self._words: dict[bytes, str] = {}

    def address(self, raw: bytes) -> Address | None:
        """Four or sixteen octets; None for the unspecified address."""
        word = self._words.get(raw)
        if word is None:
            word = self._keep(raw, str(ipaddress.ip_address(raw)) if any(raw) else "")
        return Address(word) if word else None

    def card(self, raw: bytes) -> Mac | None:
        """Six octets; None for none."""
        word = self._words.get(raw)
        if word is None:
            word = self._keep(raw, raw.hex(":") if any(raw) else "")
        return Mac(word) if word else None

    def _keep(self, raw: bytes, word: str) -> str:
        if len(self._words) >= NAMES:
            self._words.clear()
        self._words[raw] = word
        return word


class Scene:
    """A batch, what its link layer and its headers say, and who in it is near."""

    def __init__(self, batch: Batch, frames: Linked, spelling: Spelling) -> None:
        self.raw, self.time, self.frames = batch.raw, batch.time, frames
        self.heads: Heads = heads(batch.raw, frames)
        self._spelling = spelling

    @cached_property
    def near(self) -> Flags:
        """Whether a frame comes from its sender's own card, through no router: by its hop count, or sent to a group."""
        ttl, version = self.heads.ttl, self.heads.version
        direct = (version == 0) | (octet(self.raw, self.frames.target) & 1 == 1)
        for start in STARTS:
            direct |= ttl == start
        return np.asarray(direct, np.bool_)

    @cached_property
    def cards(self) -> Mixed:
        """The sender's card as a number; 0 = none."""
        found = column(self.raw, self.frames.source, _CARD)
        return np.asarray(found["high"].astype(np.uint64) << np.uint64(32) | found["low"], np.uint64)

    def card(self, row: int) -> Mac | None:
        """The sender's card."""
        at = self.frames.source.item(row)
        return self._spelling.card(self.raw[at : at + 6])

    def source(self, row: int) -> Address | None:
        """The sender's address."""
        return self._address(row, 0)

    def target(self, row: int) -> Address | None:
        """The receiver's address."""
        return self._address(row, 1)

    def packet(self, row: int, payload: bytes) -> Packet:
        """One packet, for a parser."""
        found, frames, spelling, raw = self.heads, self.frames, self._spelling, self.raw
        to, by, tag = frames.target.item(row), frames.source.item(row), frames.vlan.item(row)
        wide = self.width.item(row)
        at = found.addresses.item(row)
        ported = found.transport.item(row) != found.body.item(row)
        return Packet(
            payload,
            self.time.item(row),
            spelling.card(raw[by : by + 6]),
            spelling.card(raw[to : to + 6]),
            spelling.address(raw[at : at + wide]) if wide else None,
            spelling.address(raw[at + wide : at + 2 * wide]) if wide else None,
            found.sport.item(row) if ported else 0,
            found.dport.item(row) if ported else 0,
            found.ttl.item(row),
            None if tag < 0 else tag,
        )

    @cached_property
    def width(self) -> Numbers:
        """Octets of an address: 4, 16, or 0 where there is none."""
        return np.where(self.heads.version == 4, 4, np.where(self.heads.version == 6, 16, 0))

    def _address(self, row: int, which: int) -> Address | None:
        wide = self.width.item(row)
        at = self.heads.addresses.item(row) + which * wide
        return self._spelling.address(self.raw[at : at + wide]) if wide else None


class Speaker:
    """Who says one payload of a conversation; put in words only when they are asked for."""

    __slots__ = ("_packet", "_row", "_scene", "dport", "sport", "time", "who")

    def __init__(self, scene: Scene, row: int, who: int) -> None:
        self._scene = scene
        self._packet: Packet | None = None
        self._row, self.who, self.time = row, who, scene.time.item(row)
        """`who` is alike for the same card and address on the same service."""
        self.sport, self.dport = scene.heads.sport.item(row), scene.heads.dport.item(row)

    def packet(self, payload: bytes) -> Packet:
        """Its words, for a parser."""
        if self._packet is None:
            return self._scene.packet(self._row, payload)
        return Packet(payload, *self._packet[1:])

    def keep(self) -> None:
        """Let go of the batch that it came in: it may be asked later."""
        self._packet = self._scene.packet(self._row, b"")
        del self._scene
