"""A cable in one direction that holds every frame back for a while: packet rings in, packet rings out, numpy between.

Kernels without `netem` can do this, and nothing is added on anybody's interface: the two ends are veths of the middle.
"""

import mmap
import socket
import struct
import time
from collections.abc import Sequence
from typing import Final

import numpy as np

_SOL_PACKET: Final = 263
_RX_RING, _STATISTICS, _VERSION, _TX_RING, _QDISC_BYPASS, _IGNORE_OUTGOING = 5, 6, 10, 13, 20, 23
_V2: Final = 1
_FRAME, _BLOCK, _BLOCKS = 256, 1 << 20, 64
_SLOTS: Final = _BLOCK * _BLOCKS // _FRAME
_IN: Final = 66
"""Where the kernel puts the frame behind the header of a slot (packet(7), TPACKET_V2)."""
_OUT: Final = 32
_LONGEST: Final = _FRAME - _IN
_BATCH: Final = 2048
_NAP: Final = 0.0002


class Cable:
    """From one interface to another."""

    def __init__(self, source: str, target: str, delay: float) -> None:
        self._delay = int(delay * 1e9)
        self._in, self._slots_in = _ring(source, _RX_RING)
        self._out, self._slots_out = _ring(target, _TX_RING)
        self._head_in = self._slots_in[:, :32].view("<u4")
        self._head_out = self._slots_out[:, :8].view("<u4")
        self._at_in = self._at_out = self._carried = self._too_long = 0

    def carry(self) -> int:
        """Pass on what has waited long enough; how many frames that were."""
        head = self._head_in[self._at_in : self._at_in + _BATCH]
        room = _SLOTS - self._at_out
        head = head[:room]
        # status, len, snaplen, mac and net, sec, nsec
        since = head[:, 4].astype(np.int64) * 1_000_000_000 + head[:, 5]
        due = (head[:, 0] & 1 != 0) & (since <= time.time_ns() - self._delay)
        count = len(due) if due.all() else int(due.argmin())
        if not count:
            return 0
        into = slice(self._at_out, self._at_out + count)
        while self._head_out[into, 0].any():
            self._out.send(b"")
        taken = slice(self._at_in, self._at_in + count)
        self._too_long += int((head[:count, 1] > _LONGEST).sum())
        self._slots_out[into, _OUT : _OUT + _LONGEST] = self._slots_in[taken, _IN:]
        self._head_out[into, 1] = np.minimum(head[:count, 1], _LONGEST)
        self._head_out[into, 0] = 1
        self._head_in[taken, 0] = 0
        self._out.send(b"")
        self._at_in = (self._at_in + count) % _SLOTS
        self._at_out = (self._at_out + count) % _SLOTS
        self._carried += count
        return count

    def counted(self, name: str) -> dict[str, int]:
        """Frames carried since the last call, and those for which there was no room."""
        _, lost = struct.unpack("II", self._in.getsockopt(_SOL_PACKET, _STATISTICS, 8))
        carried, self._carried = self._carried, 0
        return {name: carried, f"{name}_lost": lost + self._too_long}


def run(cables: Sequence[Cable]) -> None:
    """Carry for as long as the process lives."""
    while True:
        if not sum(one.carry() for one in cables):
            time.sleep(_NAP)


def _ring(interface: str, kind: int) -> tuple[socket.socket, np.ndarray]:
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.setsockopt(_SOL_PACKET, _VERSION, _V2)
    if kind == _TX_RING:
        link.setsockopt(_SOL_PACKET, _QDISC_BYPASS, 1)
    else:
        link.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
    link.setsockopt(_SOL_PACKET, kind, struct.pack("IIII", _BLOCK, _BLOCKS, _FRAME, _SLOTS))
    # a sender hears nothing: protocol 0
    link.bind((interface, 3 if kind == _RX_RING else 0))
    memory = mmap.mmap(link.fileno(), _BLOCK * _BLOCKS, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    return link, np.frombuffer(memory, np.uint8).reshape(_SLOTS, _FRAME)
