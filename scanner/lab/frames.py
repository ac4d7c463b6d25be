"""What a device's card hears before any socket does: datagrams, half-open connections, floods of ARP. Pure."""

import struct
from collections import deque
from collections.abc import Callable, Container
from typing import Final

_ETHERNET: Final = 14
_SYN, _RST, _ACK = 0x02, 0x04, 0x10


class Card:
    """Listens to one card of a device, frame by frame, and says what happened.

    `udp` is called for each datagram to the device, `half_open` for each connection to one of `ports` that was
    begun and reset before it was complete.
    """

    def __init__(
        self,
        address: bytes,
        ports: Container[int],
        udp: Callable[[], None],
        half_open: Callable[[], None],
    ) -> None:
        self._address, self._ports, self._udp, self._half_open = address, ports, udp, half_open
        self._begun: set[tuple[bytes, int, int]] = set()

    def hear(self, frame: bytes) -> None:
        """Take in one frame; anything but IPv4 to this address is nothing."""
        packet = frame[_ETHERNET:]
        if frame[12:14] != b"\x08\x00" or len(packet) < 20 or packet[16:20] != self._address:
            return
        segment = packet[(packet[0] & 15) * 4 :]
        # RFC 790: 6 is TCP, 17 is UDP
        if packet[9] == 17:
            self._udp()
        elif packet[9] == 6 and len(segment) >= 14:
            self._tcp(packet[12:16], segment)

    def _tcp(self, source: bytes, segment: bytes) -> None:
        theirs, ours = struct.unpack_from("!HH", segment)
        flow, flags = (source, theirs, ours), segment[13]
        if flags & _RST:
            if flow in self._begun:
                self._begun.discard(flow)
                self._half_open()
        elif flags & _SYN:
            if ours in self._ports:
                self._begun.add(flow)
        elif flags & _ACK:
            self._begun.discard(flow)


class Inspection:
    """A switch that counts the ARP requests coming in by one port, and shuts it at `limit` within a second."""

    def __init__(self, limit: int, clock: Callable[[], float], shut: Callable[[], None]) -> None:
        self._limit, self._clock, self._shut = limit, clock, shut
        self._heard: deque[float] = deque()
        self.most = 0
        """The most requests within any second."""

    def hear(self, frame: bytes) -> None:
        """Take in one frame that came in by the port."""
        # RFC 826: operation 1 is a request
        if frame[12:14] != b"\x08\x06" or frame[20:22] != b"\x00\x01":
            return
        now = self._clock()
        self._heard.append(now)
        while now - self._heard[0] > 1:
            self._heard.popleft()
        self.most = max(self.most, len(self._heard))
        if len(self._heard) >= self._limit:
            self._shut()
