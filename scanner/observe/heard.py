"""A connection whose first bytes were already read, or are kept, to find out which protocol speaks."""

from typing import Final

from scanner.wire.conn import Conn
from scanner.wire.through import Through

KEPT: Final = 1024
"""Bytes that tell one protocol from another."""


class Heard(Through):
    """A `Conn` that gives `first` again before it reads on; where it is `mute`, nothing is sent and none opened after it."""

    def __init__(self, conn: Conn, first: bytes, *, mute: bool = False) -> None:
        super().__init__(conn)
        self._first = first
        self._mute = mute

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

    def _take(self, limit: int) -> bytes:
        got, self._first = self._first[:limit], self._first[limit:]
        return got


class Overheard(Through):
    """A `Conn` that keeps the first bytes that the device says on it."""

    def __init__(self, conn: Conn) -> None:
        super().__init__(conn)
        self.first = b""
        """What came first, at most `KEPT` bytes."""

    def _came(self, data: bytes) -> bytes:
        self.first += data[: KEPT - len(self.first)]
        return data
