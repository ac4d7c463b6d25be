"""A probe's second connection: opened where the profile allows one, closed however its use ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from scanner.wire.conn import Conn


@asynccontextmanager
async def another(conn: Conn) -> AsyncIterator[Conn | None]:
    """Close `conn` and open another to the same port; None when the profile allows no more or it fails."""
    second = await conn.again()
    try:
        yield second
    finally:
        if second is not None:
            await second.close()
