"""A connection whose first bytes were already read, or are kept, to find out which protocol speaks."""

from typing import Final

from scanner.model.kinds import Outcome
from scanner.model.net import Address, Port
from scanner.wire.conn import Conn

KEPT: Final = 1024
"""Bytes that tell one protocol from another."""


class Heard:
    """A `Conn` that gives `first` again before it reads on; where it is `mute`, nothing is sent and none opened after it."""

    def __init__(self, conn: Conn, first: bytes, *, mute: bool = False) -> None:
        self._conn = conn
        self._first = first
        self._mute = mute

    @property
    def address(self) -> Address:
        """Whom we talk to."""
        return self._conn.address

    @property
    def port(self) -> Port:
        """On which port."""
        return self._conn.port

    @property
    def outcome(self) -> Outcome:
        """OK, or the first thing that went wrong."""
        return self._conn.outcome

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        if not self._mute:
            await self._conn.send(data)

    async def some(self, limit: int = 4096) -> bytes:
        """Receive whatever comes next."""
        return self._take(limit) or await self._conn.some(limit)

    async def exactly(self, count: int) -> bytes:
        """Receive `count` bytes."""
        got = self._take(count)
        return got + await self._conn.exactly(count - len(got)) if len(got) < count else got

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Receive up to and including `marker`."""
        at = self._first.find(marker)
        got = self._take(min(limit, at + len(marker)) if at >= 0 else limit)
        # the marker may begin in what was heard and end in what comes
        while marker not in got and len(got) < limit:
            more = await self._conn.until(marker[-1:], limit - len(got))
            got += more
            if not more:
                break
        return got

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        """Receive until the device has said nothing for `seconds`."""
        got = self._take(limit)
        return got + await self._conn.quiet(seconds, limit - len(got)) if len(got) < limit else got

    async def again(self) -> Conn | None:
        """Open another connection to the same port."""
        return None if self._mute else await self._conn.again()

    async def close(self) -> None:
        """Close in order."""
        await self._conn.close()

    def _take(self, limit: int) -> bytes:
        got, self._first = self._first[:limit], self._first[limit:]
        return got


class Overheard:
    """A `Conn` that keeps the first bytes that the device says on it."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        self.first = b""
        """What came first, at most `KEPT` bytes."""

    @property
    def address(self) -> Address:
        """Whom we talk to."""
        return self._conn.address

    @property
    def port(self) -> Port:
        """On which port."""
        return self._conn.port

    @property
    def outcome(self) -> Outcome:
        """OK, or the first thing that went wrong."""
        return self._conn.outcome

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        await self._conn.send(data)

    async def some(self, limit: int = 4096) -> bytes:
        """Receive whatever comes next."""
        return self._keep(await self._conn.some(limit))

    async def exactly(self, count: int) -> bytes:
        """Receive `count` bytes."""
        return self._keep(await self._conn.exactly(count))

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Receive up to and including `marker`."""
        return self._keep(await self._conn.until(marker, limit))

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        """Receive until the device has said nothing for `seconds`."""
        return self._keep(await self._conn.quiet(seconds, limit))

    async def again(self) -> Conn | None:
        """Open another connection to the same port; what is said there is not kept."""
        return await self._conn.again()

    async def close(self) -> None:
        """Close in order."""
        await self._conn.close()

    def _keep(self, data: bytes) -> bytes:
        self.first += data[: KEPT - len(self.first)]
        return data
