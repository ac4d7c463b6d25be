"""UDP in the shape of a stream, so that a probe speaks over the same `Conn` whatever carries it.

The socket is connected: the kernel hands on nothing but what comes from the device and port that were asked, and
refuses to send to a broadcast address, which would ask a whole ward at once.
"""

import asyncio
from typing import Final, cast

from scanner.model.net import Address, Port, number

HELD: Final = 16
"""Datagrams that wait to be read; whoever sends more is not listened to any further."""


class Datagrams(asyncio.DatagramProtocol):
    """Both ends of the shape: `read` gives one datagram at a time, `write` sends one."""

    def __init__(self) -> None:
        self._come: asyncio.Queue[bytes | OSError] = asyncio.Queue(HELD)
        self._transport: asyncio.DatagramTransport | None = None
        self._ended = False
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what sends."""
        # asyncio's own datagram transport does not derive from the class that describes it (Python 3.11)
        self._transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # an error was already told by a read
        """The socket is gone."""
        self._gone.set()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002  # the socket is connected
        """Hold one datagram; an empty one says nothing, and would read as the end."""
        if data and not self._come.full():
            self._come.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """Hold what the network says: mostly that nobody listens on the port (ICMP, RFC 792)."""
        if isinstance(exc, OSError) and not self._come.full():
            self._come.put_nowait(exc)

    async def read(self, n: int = -1, /) -> bytes:
        """The next datagram, cut to `n` bytes; nothing after `write_eof`. Raises OSError for what the network said."""
        if self._ended:
            return b""
        came = await self._come.get()
        if isinstance(came, OSError):
            raise came
        return came if n < 0 else came[:n]

    def write(self, data: bytes, /) -> None:
        """Send one datagram."""
        if self._transport is not None:
            self._transport.sendto(data)

    async def drain(self) -> None:
        """Nothing waits: a datagram is with the kernel at once, or lost as any may be."""

    def write_eof(self) -> None:
        """UDP has no end to announce; what still comes is not waited for."""
        self._ended = True

    def close(self) -> None:
        """Let go of the socket."""
        if self._transport is not None:
            self._transport.close()

    async def wait_closed(self) -> None:
        """Wait until the socket is gone."""
        await self._gone.wait()

    def get_extra_info(self, name: str) -> object:
        """What asyncio knows of the socket; nothing for `socket`, since no TCP timing is to be had from it."""
        return None if name == "socket" or self._transport is None else self._transport.get_extra_info(name)


async def over_udp(address: Address, port: Port) -> tuple[Datagrams, Datagrams]:
    """A socket of its own for one device and port; nothing is sent yet. Raises OSError as sockets do."""
    loop = asyncio.get_running_loop()
    _, ends = await loop.create_datagram_endpoint(Datagrams, remote_addr=(address, number(port)))
    return ends, ends
