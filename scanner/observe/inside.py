"""Speak inside TLS over a connection of ours, with whatever old version and key the device has: we verify nothing."""

import ssl
import warnings
from functools import cache
from typing import Final

from scanner.wire.conn import Conn

_FLIGHTS: Final = 64
"""Most times that we wait for the device in one handshake or one read."""


class Inside:
    """What is inside a TLS connection: it sends and receives text in the clear."""

    def __init__(self, conn: Conn, tls: ssl.SSLObject, come: ssl.MemoryBIO, go: ssl.MemoryBIO) -> None:
        self._conn, self._tls, self._come, self._go = conn, tls, come, go

    async def handshake(self) -> bool:
        """Agree on a version and a key; False when we cannot."""
        for _ in range(_FLIGHTS):
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                if not await self._exchange():
                    return False
            except ssl.SSLError:
                # our alert, if there is one: the device need not wait for more
                await self._conn.send(self._go.read())
                return False
            else:
                await self._conn.send(self._go.read())
                return True
        return False

    def certificate(self) -> bytes:
        """The device's own certificate in DER; empty when it showed none."""
        return self._tls.getpeercert(binary_form=True) or b""

    def version(self) -> str:
        """The version that was agreed on, as `TLSv1.2`; empty before that."""
        return self._tls.version() or ""

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        try:
            self._tls.write(data)
        except ssl.SSLError:
            return
        await self._conn.send(self._go.read())

    async def some(self, limit: int = 4096) -> bytes:
        """Receive whatever comes next; empty at the end or when it cannot be read."""
        for _ in range(_FLIGHTS):
            try:
                return self._tls.read(limit)
            except ssl.SSLWantReadError:
                if not await self._exchange():
                    return b""
            except ssl.SSLError:
                return b""
        return b""

    async def quiet(self, seconds: float, limit: int = 16384) -> bytes:
        """Receive whatever comes before the device has said nothing for `seconds`; that silence is no fault."""
        for _ in range(_FLIGHTS):
            try:
                return self._tls.read(limit)
            except ssl.SSLWantReadError:
                data = await self._conn.quiet(seconds, limit)
                self._come.write(data)
                if not data:
                    return b""
            except ssl.SSLError:
                return b""
        return b""

    async def _exchange(self) -> bool:
        pending = self._go.read()
        if pending:
            await self._conn.send(pending)
        data = await self._conn.some(16384)
        self._come.write(data)
        return bool(data)


async def enter(conn: Conn) -> Inside | None:
    """Shake hands on a new connection; None when the device and our library have nothing in common."""
    come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
    inside = Inside(conn, _context().wrap_bio(come, go, server_side=False), come, go)
    return inside if await inside.handshake() else None


@cache
def _context() -> ssl.SSLContext:
    # one for all: making it takes longer than a handshake, and no session of one device is offered to another
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # the device's own certificate is what we came to see; nothing secret is sent
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        # an old device speaks nothing newer, and saying so is our job
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    # SSL_OP_LEGACY_SERVER_CONNECT: servers from before RFC 5746
    context.options |= 0x4
    return context
