"""One connection as probes see it, or one question by UDP: deadlines, byte caps, an orderly end; nothing is raised."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from scanner.model.kinds import Outcome
from scanner.model.net import Address, Port, is_udp
from scanner.scope.profile import Limits
from scanner.wire import never_bytes
from scanner.wire.audit import Audit

CAP: Final = 1 << 20
"""Bytes accepted on one connection; no device that we ask anything needs more to say what it is."""

LIFE: Final = 10
"""A connection lives at most this many times the read deadline, however slowly the device drips."""

_DRAIN_SECONDS: Final = 0.5
_DRAIN_BYTES: Final = 1 << 16


class Reader(Protocol):
    """What we need of asyncio.StreamReader; the lab's in-process devices have it too."""

    async def read(self, n: int = -1, /) -> bytes:
        """Up to `n` bytes, at least one unless the stream has ended."""


class Writer(Protocol):
    """What we need of asyncio.StreamWriter."""

    def write(self, data: bytes, /) -> None:
        """Queue bytes to send."""

    async def drain(self) -> None:
        """Wait until the queue has room."""

    def write_eof(self) -> None:
        """Say that we send no more (FIN)."""

    def close(self) -> None:
        """Let go of the stream."""

    async def wait_closed(self) -> None:
        """Wait until it is gone."""


class TcpConn:
    """A `scanner.wire.conn.Conn` over one stream; made by the dialer only."""

    def __init__(
        self,
        address: Address,
        port: Port,
        reader: Reader,
        writer: Writer,
        *,
        limits: Limits,
        audit: Audit,
        going: Callable[[], bool],
        ended: Callable[[Outcome], None],
        allowance: int,
        more: Callable[[], Awaitable["TcpConn | Outcome"]],
        seconds: float,
    ) -> None:
        self._address, self._port, self._reader, self._writer = address, port, reader, writer
        self._limits, self._audit, self._going, self._ended, self._more = limits, audit, going, ended, more
        self.seconds = seconds
        """How long the connect took."""
        self._outcome = Outcome.OK
        self._held = b""
        self._eof = self._closed = False
        self._sent = self._got = 0
        self._said = b""
        self._left = allowance
        self._why = ""
        self._dies = asyncio.get_running_loop().time() + limits.read_seconds * LIFE

    @property
    def address(self) -> Address:
        """Whom we talk to."""
        return self._address

    @property
    def port(self) -> Port:
        """On which port."""
        return self._port

    @property
    def outcome(self) -> Outcome:
        """OK, or the first thing that went wrong."""
        return self._outcome

    def allow(self, connections: int, why: str) -> None:
        """Let one probe, named by `why` in the audit, use so many connections, this one included."""
        self._left, self._why = connections, why

    async def send(self, data: bytes) -> None:
        """Send all of `data`; nothing after the stream ended, a fault, or a stop.

        What the never-list of bytes names is not sent: that is a fault of ours, Outcome.BUG; and so is a second
        datagram, since pace and budget count one for each time a port is asked (`again` asks once more).
        """
        if not data or self._eof or self._closed or self._outcome is not Outcome.OK or not self._going():
            return
        if never := self._never(data):
            self._audit.write("refused", to=self._address, port=self._port, reason=never, probe=self._why)
            self._fault(Outcome.BUG)
            return
        self._audit.write("send", to=self._address, port=self._port, bytes=len(data), probe=self._why)
        self._sent += len(data)
        self._said = (self._said + data)[-never_bytes.MEMORY :]
        try:
            self._writer.write(data)
            async with asyncio.timeout(self._limits.read_seconds):
                await self._writer.drain()
        except TimeoutError:
            self._fault(Outcome.SILENT)
        except OSError:
            self._fault(Outcome.RESET)

    def _never(self, data: bytes) -> str | None:
        if self._said and is_udp(self._port):
            return "one datagram is all that a port gets at a time"
        return never_bytes.why_not(self._port, self._said, data)

    async def some(self, limit: int = 4096) -> bytes:
        """Receive whatever comes next, at most `limit` bytes; empty at the end or the deadline."""
        if not self._held:
            await self._fill(self._deadline())
        return self._take(limit)

    async def exactly(self, count: int) -> bytes:
        """Receive `count` bytes; fewer only when the stream ended."""
        deadline = self._deadline()
        while len(self._held) < count and await self._fill(deadline):
            pass
        return self._take(count)

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Receive up to and including `marker`, at most `limit` bytes."""
        deadline, looked = self._deadline(), 0
        while (at := self._held.find(marker, looked)) < 0 and len(self._held) < limit:
            looked = max(0, len(self._held) - len(marker) + 1)
            if not await self._fill(deadline):
                return self._take(limit)
        return self._take(min(limit, at + len(marker)) if at >= 0 else limit)

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        """Receive until the device has said nothing for `seconds`; that silence is no fault."""
        clock = asyncio.get_running_loop().time
        end = min(clock() + self._limits.read_seconds * LIFE, self._dies)
        while len(self._held) < limit:
            if not await self._fill(min(clock() + seconds, end), fault=False):
                break
        return self._take(limit)

    async def again(self) -> "TcpConn | None":
        """Close this connection and open another to the same port, when the allowance holds one more."""
        await self.close()
        if self._left <= 1:
            return None
        conn = await self._more()
        if isinstance(conn, Outcome):
            return None
        conn.allow(self._left - 1, self._why)
        return conn

    async def close(self) -> None:
        """Close in order: FIN, listen for the other side's, let go. Harmless when already closed.

        Letting go with unread bytes would make the kernel send a reset, so what still comes is read, within bounds.
        """
        if self._closed:
            return
        self._closed = True
        try:
            await self._part()
        finally:
            self._ended(self._outcome)
            self._audit.write(
                "end",
                to=self._address,
                port=self._port,
                outcome=self._outcome,
                sent=self._sent,
                received=self._got,
                probe=self._why,
            )

    async def _part(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                self._writer.write_eof()
                drained = 0
                while not self._eof and drained < _DRAIN_BYTES and self._outcome is not Outcome.RESET:
                    data = await self._reader.read(4096)
                    self._eof, drained = not data, drained + len(data)
        except OSError:  # the deadline, or the device let go first: either way it is over
            pass
        finally:
            self._writer.close()
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._writer.wait_closed()
        except OSError:  # a reset in answer to our FIN is the device's own affair
            pass

    def _deadline(self) -> float:
        return min(asyncio.get_running_loop().time() + self._limits.read_seconds, self._dies)

    async def _fill(self, deadline: float, *, fault: bool = True) -> bool:
        """Hold more bytes; False when none will come: the end, a fault, or the deadline."""
        if self._eof or self._closed or self._outcome is not Outcome.OK:
            return False
        try:
            async with asyncio.timeout_at(deadline):
                data = await self._reader.read(65536)
        except TimeoutError:
            if fault or asyncio.get_running_loop().time() >= self._dies:
                self._fault(Outcome.SILENT)
            return False
        except ConnectionRefusedError:
            self._fault(Outcome.CLOSED)  # only UDP: the question was answered by `port unreachable`
            return False
        except OSError:
            self._fault(Outcome.RESET)
            return False
        self._eof = not data
        room = CAP - self._got
        self._got += len(data)
        self._held += data[:room]
        if len(data) > room:
            self._fault(Outcome.ENDLESS)
        return bool(data)

    def _take(self, count: int) -> bytes:
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def _fault(self, outcome: Outcome) -> None:
        if self._outcome is Outcome.OK:
            self._outcome = outcome
