"""A connection around a connection: it passes everything on, and whoever needs more overrides that."""

from scanner.model.kinds import Outcome
from scanner.model.net import Address, Port
from scanner.wire.conn import Conn


class Through:
    """A `Conn` that does what the one inside does."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

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
        return self._came(await self._conn.some(limit))

    async def exactly(self, count: int) -> bytes:
        """Receive `count` bytes; fewer when the stream ended."""
        return self._came(await self._conn.exactly(count))

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Receive up to and including `marker`, at most `limit` bytes."""
        return self._came(await self._conn.until(marker, limit))

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        """Receive until the device has said nothing for `seconds`."""
        return self._came(await self._conn.quiet(seconds, limit))

    async def again(self) -> Conn | None:
        """Open another connection to the same port, which passes nothing through this one."""
        return await self._conn.again()

    async def close(self) -> None:
        """Close in order."""
        await self._conn.close()

    def _came(self, data: bytes) -> bytes:
        """What the device said, on its way to whoever asked."""
        return data
