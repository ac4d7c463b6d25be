"""Hear everything that passes an interface, in bulk, from a process that has just given up every way of sending.

Frames are shared with the kernel in blocks (PACKET_MMAP, TPACKET_V3: Linux Documentation/networking/packet_mmap.rst), and
handed on as records of a capture file, so that what is heard and what is read from a file go the same way.
"""

import math
import mmap
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Final

from scanner.errors import HostError
from scanner.wire.pipe import Answer, Caught, Done, Overhear
from scanner.wire.raw.link import check_alive, dropped, only_incoming, open_link
from scanner.wire.raw.mute import mute
from scanner.wire.raw.ring import SOL_PACKET

_VERSION, _V3, _RX_RING = 10, 2, 5
_BLOCK: Final = 1 << 20
_BLOCKS: Final = 32
"""32 MB: a third of a second of a full gigabit."""
_RETIRE: Final = 100
"""Milliseconds after which a block is handed over although it is not full."""
_BEAT: Final = 1.0
"""Seconds between two looks at the link and at what was lost."""
_OURS: Final = 1
_TAGGED, _TYPED = 0x10, 0x40
"""Status bits: the kernel took an 802.1Q tag off; and says of which type it was."""

# tpacket_hdr_v1, behind version and offset: status, packets, where the first begins
_HEAD: Final = struct.Struct("=III")
# tpacket3_hdr: next, seconds, ns, kept, length, status, link header, network header, hash, tag, type of the tag
_PACKET: Final = struct.Struct("=IIIIIIHHIIH")
_RECORD: Final = struct.Struct("<IIII")

_LINKS: Final = {1: 1, 772: 1, 801: 105, 803: 127, 65534: 101, 512: 9}
"""ARPHRD (linux/if_arp.h) to LINKTYPE: Ethernet, loopback, 802.11 bare and with radiotap, no link layer, PPP."""


def overhear(wish: Overhear, ended: Callable[[], bool], control: int) -> Iterator[Answer]:
    """Frames as they pass until the time is over or `ended`, which is asked when `control` has something to read.

    Raises HostError when the interface cannot be opened or goes away, or when sending cannot be forbidden.
    """
    with open_link(wish.interface, promiscuous=True) as link:
        kind = link.getsockname()[3]
        if kind not in _LINKS:
            raise HostError(f"interface {wish.interface} is of a kind that we cannot read ({kind})")
        only_incoming(link)
        blocks = _Blocks(link)
        mute()
        yield from _heard(wish, link, blocks, _LINKS[kind], ended, control)


def _heard(
    wish: Overhear, link: socket.socket, blocks: "_Blocks", kind: int, ended: Callable[[], bool], control: int
) -> Iterator[Answer]:
    begun, beat, lost = time.monotonic(), -math.inf, 0
    while (left := begun + wish.seconds - time.monotonic()) > 0:
        watched: list[socket.socket | int] = [link, control]
        ready, _, _ = select.select(watched, [], [], max(0.0, min(left, _BEAT)))
        if control in ready and ended():
            break
        while (records := blocks.take()) is not None:
            yield Caught(records=records[0], frames=records[1], link=kind)
        if time.monotonic() - beat >= _BEAT:
            beat, missed = time.monotonic(), dropped(link)
            lost += missed
            check_alive(link, wish.interface)
            # also when nothing passes: whoever listens wants to know that it is quiet, and that we are here
            yield Caught(records=b"", frames=0, link=kind, dropped=missed)
    while (records := blocks.take()) is not None:
        yield Caught(records=records[0], frames=records[1], link=kind)
    yield Done(sent=0, refused=0, dropped=lost + dropped(link))


class _Blocks:
    """The ring."""

    def __init__(self, link: socket.socket) -> None:
        link.setsockopt(SOL_PACKET, _VERSION, _V3)
        wish = (_BLOCK, _BLOCKS, 2048, _BLOCK * _BLOCKS // 2048, _RETIRE, 0, 0)
        try:
            link.setsockopt(SOL_PACKET, _RX_RING, struct.pack("7I", *wish))
            self._memory = mmap.mmap(link.fileno(), _BLOCK * _BLOCKS)
        except OSError as error:
            raise HostError(f"the kernel gives us no memory to listen with: {error.strerror}") from error
        self._at = 0

    def take(self) -> tuple[bytes, int] | None:
        """The next block that is ready, as records; None when there is none."""
        begin = self._at * _BLOCK
        status, count, first = _HEAD.unpack_from(self._memory, begin + 8)
        if not status & _OURS:
            return None
        block = self._memory[begin : begin + _BLOCK]
        struct.pack_into("=I", self._memory, begin + 8, 0)
        self._at = (self._at + 1) % _BLOCKS
        return records(block, first, count), count


def records(block: bytes, first: int, count: int) -> bytes:
    """The frames of a block as records of a capture file with nanoseconds; a tag that was taken off is put back."""
    made, at = [], first
    for _ in range(count):
        step, seconds, part, kept, length, status, begin, _, _, tag, kind = _PACKET.unpack_from(block, at)
        frame = block[at + begin : at + begin + kept]
        if status & _TAGGED:
            frame = (
                frame[:12]
                + struct.pack("!HH", kind if status & _TYPED else 0x8100, tag & 0xFFFF)
                + frame[12:]
            )
            length += 4
        made += [_RECORD.pack(seconds, part, len(frame), length), frame]
        at += step
    return b"".join(made)
