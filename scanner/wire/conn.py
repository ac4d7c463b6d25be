"""What a probe may do on one connection: send, and receive a bounded reply before a deadline."""

from typing import Protocol

from scanner.model.kinds import Outcome
from scanner.model.net import Address, Port


class Conn(Protocol):
    """One open connection to one port, with caps on bytes and time.

    Nothing here raises for what a device does: a read that meets the deadline, a reset, the end of the stream or
    the cap gives the bytes that came so far (perhaps none) and notes it in `outcome`; a send after that is a no-op.
    """

    @property
    def address(self) -> Address:
        """Whom we talk to."""

    @property
    def port(self) -> Port:
        """On which port."""

    @property
    def outcome(self) -> Outcome:
        """OK, or the first thing that went wrong: SILENT, RESET, ENDLESS (the byte cap), BUG (never-list)."""

    async def send(self, data: bytes) -> None:
        """Send all of `data` (the gate and the never-list have the last word)."""

    async def some(self, limit: int = 4096) -> bytes:
        """Receive whatever comes next, at most `limit` bytes; empty at the end or the deadline."""

    async def exactly(self, count: int) -> bytes:
        """Receive `count` bytes; fewer only when the stream ended."""

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Receive up to and including `marker`, at most `limit` bytes."""

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        """Receive until the device has said nothing for `seconds`; that silence is no fault."""

    async def again(self) -> "Conn | None":
        """Open another connection to the same port; None when the profile allows no more or it fails.

        This one is closed in order first: a fragile device never sees two of ours at once.
        """

    async def close(self) -> None:
        """Close in order (FIN, not RST); harmless when already closed."""


class Dialled(Conn, Protocol):
    """A connection as the dialer gives it, before a probe was chosen for it."""

    def allow(self, connections: int, why: str) -> None:
        """Let one probe, named by `why` in the audit, use so many connections, this one included."""
