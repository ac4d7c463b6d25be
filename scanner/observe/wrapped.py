"""Services that are wrapped in TLS on a port of their own: the handshake, the certificate, and inside it the usual probe.

One connection tells both. Where the device and our library have no version in common nothing is learnt; the ladder of old
versions is climbed on web ports only.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Port, tcp
from scanner.model.observation import Value
from scanner.observe import x509
from scanner.observe.inside import Inside, enter
from scanner.observe.probe import Probe
from scanner.wire import never_bytes
from scanner.wire.conn import Conn
from scanner.wire.through import Through

INNER: Final[Mapping[Port, str]] = {
    tcp(465): "smtp",
    tcp(563): "nntp",
    tcp(636): "ldap",
    tcp(990): "ftp",
    tcp(992): "telnet",
    tcp(993): "imap",
    tcp(995): "pop3",
    tcp(3269): "ldap",
    tcp(5671): "amqp",
}
"""Port (IANA's registry) -> the probe of what is inside."""

_MOST: Final = 512 * 1024
"""Bytes that are read inside, as on any connection."""
_NAMES: Final = {"TLSv1": "TLSv1.0"}
"""What our library calls otherwise than `tls.versions` does."""


class Within(Through):
    """A `Conn` whose words pass inside TLS; what leaves is held against the never-list before it is wrapped."""

    def __init__(self, conn: Conn, inside: Inside, usual: Port) -> None:
        super().__init__(conn)
        self._inside, self._usual = inside, usual
        self._held, self._said, self._read, self._fault = b"", b"", 0, Outcome.OK

    @property
    def outcome(self) -> Outcome:
        """OK, or the first thing that went wrong, here or on the connection."""
        return self._fault if self._fault is not Outcome.OK else self._conn.outcome

    async def send(self, data: bytes) -> None:
        """Send all of `data`; what the never-list names for the protocol's plain port, or for any, is a fault of ours."""
        if self._fault is not Outcome.OK:
            return
        if never_bytes.why_not(self._usual, self._said, data):
            self._fault = Outcome.BUG
            return
        self._said = (self._said + data)[-never_bytes.MEMORY :]
        await self._inside.send(data)

    async def some(self, limit: int = 4096) -> bytes:
        """Receive whatever comes next."""
        if not self._held:
            await self._more()
        return self._take(limit)

    async def exactly(self, count: int) -> bytes:
        """Receive `count` bytes; fewer when the stream ended."""
        return await self._gather(lambda held: count if len(held) >= count else 0, count)

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Receive up to and including `marker`, at most `limit` bytes."""
        return await self._gather(
            lambda held: held.find(marker) + len(marker) if marker in held else 0, limit
        )

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        """Receive until the device has said nothing for `seconds`."""
        while len(self._held) < limit and self._keep(await self._inside.quiet(seconds)):
            pass
        return self._take(limit)

    async def again(self) -> Conn | None:
        """No second one: the handshake was enough to ask of it."""
        await self._conn.close()
        return None

    async def _gather(self, end: Callable[[bytes], int], limit: int) -> bytes:
        while not (stop := end(self._held)) and len(self._held) < limit and await self._more():
            pass
        return self._take(min(stop or limit, limit))

    async def _more(self) -> bool:
        return self._keep(await self._inside.some(16384))

    def _keep(self, data: bytes) -> bool:
        self._held, self._read = self._held + data, self._read + len(data)
        if self._read > _MOST:
            self._fault = Outcome.ENDLESS
        return bool(data) and self._fault is Outcome.OK

    def _take(self, limit: int) -> bytes:
        got, self._held = self._held[:limit], self._held[limit:]
        return got


def within(inner: Probe, usual: Port) -> Probe:
    """The probe of a protocol as it is asked inside TLS; `usual` is its port in the clear, whose never-list holds."""

    async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
        inside = await enter(conn)
        if inside is None:
            return
        version = inside.version()
        yield "tls.versions", {"accepted": [_NAMES.get(version, version)], "refused": []}
        for fact in x509.parse(inside.certificate()):
            yield fact
        async for field, value in inner.talk(Within(conn, inside, usual)):
            yield field, value

    asking = {Profile.OFFICE, Profile.LAB, Profile.BENCH} & set(inner.connections)
    return Probe(
        name=inner.name,
        ports=frozenset(port for port, name in INNER.items() if name == inner.name),
        touch=Touch.ASK,
        connections=dict.fromkeys(sorted(asking), 1),
        talk=talk,
        sends=f"A TLS handshake, and inside it: {inner.sends}",
    )
