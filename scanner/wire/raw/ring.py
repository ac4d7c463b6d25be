"""Frames shared with the kernel in memory (PACKET_MMAP, TPACKET_V2): thousands for one system call. Linux only.

Layout: Linux Documentation/networking/packet_mmap.rst. Neither ring needs more than CAP_NET_RAW.
"""

import contextlib
import errno
import mmap
import socket
import struct
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from scanner.wire.raw.stamp import Rows

SOL_PACKET: Final = 263
_RX_RING, _TX_RING, _VERSION, _QDISC_BYPASS, _V2 = 5, 13, 10, 20, 1
_BLOCK: Final = 1 << 18

_FREE, _SEND, _SENDING, _WRONG = 0, 1, 2, 4
"""States of a slot that we send from."""
_OURS, _TAGGED = 1, 0x10
"""Bits of a slot that we receive in: it is ours to read; the kernel took an 802.1Q tag off."""

_TX_DATA: Final = 32
"""Where the frame begins in a slot to send: behind tpacket2_hdr, which a sockaddr_ll would overlap (ignored)."""
_STUCK: Final = 2.0
"""Seconds after which a card that takes nothing counts as gone."""


class Frames(Struct, frozen=True):
    """Frames that came in: a row each, cut or padded to one width."""

    rows: Rows
    lengths: npt.NDArray[np.int64]
    at: npt.NDArray[np.float64]
    """Wall-clock seconds at which the kernel had them."""
    tags: npt.NDArray[np.int64]
    """The 802.1Q tag that each bore; -1 = none."""


class TxRing:
    """Send many frames by one system call, past the queueing discipline.

    The call is made by a thread of its own, during which the caller can make the next frames: it lasts as long as the
    kernel works, and that is most of the work of a sweep.
    """

    def __init__(self, link: socket.socket, longest: int, slots: int = 8192) -> None:
        self._link, self.slots = link, slots
        self._width = _power(_TX_DATA + longest)
        link.setsockopt(SOL_PACKET, _VERSION, _V2)
        link.setsockopt(SOL_PACKET, _QDISC_BYPASS, 1)
        size = slots * self._width
        link.setsockopt(SOL_PACKET, _TX_RING, struct.pack("IIII", _BLOCK, size // _BLOCK, self._width, slots))
        self._memory = mmap.mmap(link.fileno(), size)
        self._ring = np.frombuffer(self._memory, np.uint8).reshape(slots, self._width)
        self._status = self._ring[:, :4].view("<u4")[:, 0]
        self._at = 0
        link.setblocking(True)
        self._hand = ThreadPoolExecutor(1, "ring")
        self._kicked: Future[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether frames are still going out."""
        return self._kicked is not None and not self._kicked.done()

    def send(self, rows: Rows, lengths: npt.NDArray[np.int64]) -> None:
        """Begin to send them, at most `slots`, once those before have gone out; raises as `settle`."""
        self.settle()
        before = min(len(rows), self.slots - self._at)
        parts = [slice(self._at, self._at + before), slice(0, len(rows) - before)]
        for here, part in zip(parts, (slice(0, before), slice(before, len(rows))), strict=True):
            self._ring[here, _TX_DATA : _TX_DATA + rows.shape[1]] = rows[part]
            self._ring[here, 4:8] = lengths[part].astype("<u4").view(np.uint8).reshape(-1, 4)
        for here in parts:
            self._status[here] = _SEND
        self._at = (self._at + len(rows)) % self.slots
        # a thread that has to wait for its turn with the interpreter would leave the card idle meanwhile: we go on
        # only when it is on its way into the system call
        begun = threading.Event()
        self._kicked = self._hand.submit(self._kick, parts, begun)
        begun.wait()

    def settle(self) -> None:
        """Wait until the card has all; raises OSError when the interface is gone."""
        kicked, self._kicked = self._kicked, None
        if kicked is not None:
            kicked.result()

    def _kick(self, parts: list[slice], begun: threading.Event) -> None:
        """Have the kernel send; what a full queue kept back is sent again, so that none is lost."""
        give_up = time.monotonic() + _STUCK
        begun.set()
        while True:
            try:
                self._link.send(b"")
            except OSError as error:
                if error.errno not in {errno.ENOBUFS, errno.EAGAIN}:
                    raise
                time.sleep(0.0005)
            status = [self._status[here] for here in parts]
            if not any(one.any() for one in status):
                return
            if any((one == _WRONG).any() for one in status):
                raise OSError(errno.EINVAL, "the kernel does not take our frames")
            if time.monotonic() > give_up:
                raise OSError(errno.ENOBUFS, "the card takes no frames")

    def close(self) -> None:
        """Let go of the memory, once nothing is going out; the link itself stays open."""
        self._hand.shutdown()
        del self._status, self._ring
        _release(self._memory)


class RxRing:
    """Hear many frames without a system call for each; what does not fit is counted by the kernel."""

    def __init__(self, link: socket.socket, width: int, slots: int) -> None:
        self._width, self._slots, self._at = width, slots, 0
        link.setsockopt(SOL_PACKET, _VERSION, _V2)
        size = slots * width
        link.setsockopt(SOL_PACKET, _RX_RING, struct.pack("IIII", _BLOCK, size // _BLOCK, width, slots))
        self._memory = mmap.mmap(link.fileno(), size)
        self._ring = np.frombuffer(self._memory, np.uint8).reshape(slots, width)
        self._status = self._ring[:, :4].view("<u4")[:, 0]

    def take(self, most: int) -> Frames | None:
        """Frames that wait, at most so many and in order; None when there are none."""
        ahead = self._status[self._at : self._at + most]
        ready = ahead & _OURS != 0
        count = int(np.argmin(ready)) if not ready.all() else len(ready)
        if not count:
            return None
        here = slice(self._at, self._at + count)
        slots = self._ring[here].copy()
        self._status[here] = _FREE
        self._at = (self._at + count) % self._slots
        return _frames(slots)

    def close(self) -> None:
        """Let go of the memory; the link itself stays open."""
        del self._status, self._ring
        _release(self._memory)


def _release(memory: mmap.mmap) -> None:
    # an error under way still holds a view in its traceback: the memory then goes with that
    with contextlib.suppress(BufferError):
        memory.close()


def _frames(slots: Rows) -> Frames:
    """Read tpacket2_hdr: status, length, kept, where the frame begins, where its payload, seconds, ns, tag."""
    words = slots[:, :32].view("<u4")
    halves = slots[:, :32].view("<u2")
    begin = int(halves[0, 6])
    # the beginning depends on the header length of the device type, which is one for a socket that is bound
    return Frames(
        rows=slots[:, begin:],
        lengths=np.minimum(words[:, 2], slots.shape[1] - begin).astype(np.int64),
        at=words[:, 4] + words[:, 5] / 1e9,
        tags=np.where(words[:, 0] & _TAGGED != 0, halves[:, 12].astype(np.int64) & 0xFFF, -1),
    )


def _power(least: int) -> int:
    """The next power of two: slots must fill blocks exactly."""
    return 1 << max(7, (least - 1).bit_length())
