"""Link layers: where the network header of each frame begins and what it is, whatever the frame came over.

Ethernet with any stack of 802.1Q and 802.1ad tags, PPPoE, 802.3 with LLC or SNAP; Linux cooked captures (SLL, SLL2);
raw IP; BSD loopback; PPP; 802.11 data, with or without radiotap (encrypted and null frames have nothing to read).
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from msgspec import Struct

from scanner.observe.capture.batch import PAD, Batch, Memory, Numbers, half, octet

IPV4, IPV6 = 0x0800, 0x86DD
SNAP: Final = 1 << 40
"""Added to 2^16 times the organisation and the protocol, where a SNAP header names another organisation's."""
LLC: Final = 1 << 41
"""Added to the service access point of an LLC header."""

_TAGS: Final = (0x8100, 0x88A8, 0x9100, 0x9200)
_PPPOE: Final = 0x8864
_PPP: Final = ((0x0021, IPV4), (0x0057, IPV6))
_FIRST_TYPE: Final = 0x0600  # IEEE 802.3, 3.2.6: less is a length
_STACK: Final = 4
"""Tags on one frame that are looked behind."""


class Linked(Struct):
    """What the link layer says of each frame of a batch."""

    at: Numbers
    """Where its payload begins."""
    end: Numbers
    """Where that ends."""
    kind: Numbers
    """EtherType; or SNAP or LLC with what they say; 0 = nothing to read."""
    source: Numbers
    target: Numbers
    """Where the card's six octets stand: six zeros where there is none."""
    vlan: Numbers
    """The innermost tag; -1 = none."""


def linked(batch: Batch) -> Linked | None:
    """Read the link layer of every frame; None for a link type that we do not know."""
    read = _READERS.get(batch.link)
    if read is None:
        return None
    end = batch.start + batch.size
    nobody = np.full(len(end), len(batch.raw) - PAD, np.int64)
    frames = Linked(batch.start, end, np.zeros_like(end), nobody, nobody, np.full(len(end), -1, np.int64))
    read(batch.raw, frames)
    _untag(batch.raw, frames)
    frames.kind[frames.at > end] = 0
    return frames


def _ethernet(raw: Memory, frames: Linked) -> None:
    at = frames.at
    frames.kind, frames.source, frames.target = half(raw, at + 12), at + 6, at
    frames.at = at + 14
    _lengths(raw, frames)


def _untag(raw: Memory, frames: Linked) -> None:
    """Take off tags and PPPoE, one after another."""
    for _ in range(_STACK):
        kind = frames.kind
        tagged = np.flatnonzero(
            (kind == _TAGS[0]) | (kind == _TAGS[1]) | (kind == _TAGS[2]) | (kind == _TAGS[3])
        )
        if not len(tagged):
            break
        at = frames.at[tagged]
        frames.vlan[tagged] = half(raw, at) & 0xFFF
        frames.kind[tagged] = half(raw, at + 2)
        frames.at[tagged] = np.minimum(at + 4, frames.end[tagged] + 1)
    _lengths(raw, frames)
    over = np.flatnonzero(frames.kind == _PPPOE)
    if len(over):
        # RFC 2516, 4: six octets, then the PPP protocol
        frames.kind[over] = _ppp_kind(half(raw, frames.at[over] + 6))
        frames.at[over] = np.minimum(frames.at[over] + 8, frames.end[over] + 1)


def _lengths(raw: Memory, frames: Linked) -> None:
    """Frames with a length in place of a type: LLC follows."""
    rows = np.flatnonzero((frames.kind < _FIRST_TYPE) & (frames.kind > 0))
    if len(rows):
        frames.end[rows] = np.minimum(frames.end[rows], frames.at[rows] + frames.kind[rows])
        _llc(raw, frames, rows)


def _llc(raw: Memory, frames: Linked, rows: Numbers) -> None:
    at = frames.at[rows]
    point, other, control = octet(raw, at), octet(raw, at + 1), octet(raw, at + 2)
    snap = (point == 0xAA) & (other == 0xAA) & (control == 3)
    maker, protocol = octet(raw, at + 3) << 16 | half(raw, at + 4), half(raw, at + 6)
    foreign = np.where(maker == 0, protocol, SNAP | maker << 16 | protocol)
    frames.kind[rows] = np.where(snap, foreign, LLC | point)
    frames.at[rows] = np.minimum(at + np.where(snap, 8, 3), frames.end[rows] + 1)


def _cooked(raw: Memory, frames: Linked) -> None:
    """LINKTYPE_LINUX_SLL: direction, card type, address length, address (8), protocol."""
    at = frames.at
    card = (half(raw, at + 2) == 1) & (half(raw, at + 4) == 6)
    frames.source = np.where(card, at + 6, frames.source)
    frames.kind, frames.at = half(raw, at + 14), at + 16


def _cooked2(raw: Memory, frames: Linked) -> None:
    """LINKTYPE_LINUX_SLL2: protocol, 2 reserved, interface (4), card type, direction, address length, address (8)."""
    at = frames.at
    card = (half(raw, at + 8) == 1) & (octet(raw, at + 11) == 6)
    frames.source = np.where(card, at + 12, frames.source)
    frames.kind, frames.at = half(raw, at), at + 20


def _ip(raw: Memory, frames: Linked) -> None:
    version = octet(raw, frames.at) >> 4
    frames.kind = np.where(version == 4, IPV4, np.where(version == 6, IPV6, 0))


def _loopback(raw: Memory, frames: Linked) -> None:
    """LINKTYPE_NULL and LOOP: the address family in four octets, in whichever order; BSDs number IPv6 as they like."""
    frames.at = frames.at + 4
    _ip(raw, frames)


def _ppp(raw: Memory, frames: Linked) -> None:
    """RFC 1662: FF 03 may be left out."""
    framed = half(raw, frames.at) == 0xFF03
    at = frames.at + np.where(framed, 2, 0)
    frames.kind, frames.at = _ppp_kind(half(raw, at)), at + 2


def _ppp_kind(protocol: Numbers) -> Numbers:
    kind = np.zeros_like(protocol)
    for number, becomes in _PPP:
        kind[protocol == number] = becomes
    return kind


def _pppoe(_raw: Memory, frames: Linked) -> None:
    frames.kind = np.full_like(frames.at, _PPPOE)


def _radiotap(raw: Memory, frames: Linked) -> None:
    """Its length stands at 2, little end first; the frame follows."""
    frames.at = np.minimum(
        frames.at + (octet(raw, frames.at + 2) | octet(raw, frames.at + 3) << 8), frames.end
    )
    _wireless(raw, frames)


def _wireless(raw: Memory, frames: Linked) -> None:
    """IEEE 802.11, 9.2.3 and 9.3.2: which address is whose depends on the direction; LLC follows the header."""
    at, end = frames.at, frames.end
    first, second = octet(raw, at), octet(raw, at + 1)
    data = (first >> 2 & 3 == 2) & (first & 0x40 == 0) & (second & 0x40 == 0) & (at + 24 < end)
    to, back, quality = second & 1, second >> 1 & 1, first >> 7
    length = 24 + 6 * (to & back) + 2 * quality + 4 * (quality & second >> 7)
    frames.source = np.where(data, at + np.where(back == 0, 10, np.where(to == 0, 16, 24)), frames.source)
    frames.target = np.where(data, at + np.where(to == 0, 4, 16), frames.target)
    frames.at = np.where(data, np.minimum(at + length, end), at)
    rows = np.flatnonzero(data)
    _llc(raw, frames, rows)


_READERS: Final[Mapping[int, Callable[[Memory, Linked], None]]] = {
    0: _loopback, 108: _loopback, 1: _ethernet, 9: _ppp, 50: _ppp, 51: _pppoe, 12: _ip, 14: _ip, 101: _ip,
    228: _ip, 229: _ip, 105: _wireless, 127: _radiotap, 113: _cooked, 276: _cooked2,
}  # fmt: skip
"""LINKTYPE numbers of the tcpdump.org list; 12 and 14 are what BSDs write for raw IP."""
