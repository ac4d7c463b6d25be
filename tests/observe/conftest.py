"""A connection that plays a talk, and ones that misbehave: fakes that keep `scanner.wire.conn.Conn`."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scanner.lab.player import Act, Player
from scanner.lab.talk import End, Pause, Say, Talk
from scanner.model.kinds import Outcome
from scanner.model.net import Address, Port
from scanner.model.observation import Value

DEADLINE = 3.0
CAP = 512 * 1024


class TalkConn:
    """Our side of a connection to a simulated device, without sockets and without waiting.

    `connections` is how many the profile allows in all, this one included. `sent` and `received` are what
    went over the wire on this connection; `opened` lists every connection made, this one first.
    """

    def __init__(
        self,
        talk: Talk,
        *,
        connections: int = 5,
        turn: int = 0,
        opened: "list[TalkConn] | None" = None,
        cap: int = CAP,
    ) -> None:
        self.address = Address("192.0.2.10")
        self.port: Port = talk.port
        self.outcome = Outcome.OK
        self.sent = b""
        self.received = 0
        self.closed = False
        self.player = Player(talk, turn)
        self.opened = [] if opened is None else opened
        self.opened.append(self)
        self._talk, self._connections, self._cap = talk, connections, cap
        self._come: list[Act] = list(self.player.start())

    @property
    def unforeseen(self) -> bytes | None:
        """What we sent, on any connection, that no script of the talk foresaw."""
        return next((c.player.unforeseen for c in self.opened if c.player.unforeseen is not None), None)

    async def send(self, data: bytes) -> None:
        if self.outcome is Outcome.OK and not self.closed:
            self.sent += data
            self._come += self.player.hear(data)

    async def some(self, limit: int = 4096) -> bytes:
        return self._next(limit)

    async def exactly(self, count: int) -> bytes:
        return self._gather(lambda got: len(got) >= count, lambda got: count - len(got))

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        return self._gather(lambda got: got.endswith(marker) or len(got) >= limit, lambda _: 1)

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:
        return self._gather(lambda got: len(got) >= limit, lambda got: limit - len(got), seconds)

    def allow(self, connections: int, why: str) -> None:
        self.allowed = (connections, why)

    async def again(self) -> "TalkConn | None":
        await self.close()
        if len(self.opened) >= self._connections:
            return None
        return TalkConn(
            self._talk,
            connections=self._connections,
            turn=len(self.opened),
            opened=self.opened,
            cap=self._cap,
        )

    async def close(self) -> None:
        self.closed = True

    def _gather(
        self, done: Callable[[bytes], bool], want: Callable[[bytes], int], silence: float | None = None
    ) -> bytes:
        got = b""
        while not done(got):
            more = self._next(want(got), silence)
            if not more:
                break
            got += more
        return got

    def _next(self, limit: int, silence: float | None = None) -> bytes:
        """The next bytes; empty at the end, the deadline, or (for `quiet`) the silence asked for."""
        if self.closed or self.outcome is not Outcome.OK or limit <= 0:
            return b""
        if not self._come and self.player._heard and not self.player.ended:
            self._come += self.player.give_up()
        while self._come:
            act = self._come[0]
            if isinstance(act, Pause):
                if act.seconds >= (silence or DEADLINE):
                    return self._silent(silence)
                self._come.pop(0)
            elif isinstance(act, End):
                return self._ended(act, silence)
            else:
                return self._take(act, limit)
        return b"" if self.player.ended else self._silent(silence)

    def _take(self, act: Say, limit: int) -> bytes:
        data, rest = act.data[:limit], act.data[limit:]
        self._come[:1] = [Say(rest)] if rest else []
        self.received += len(data)
        if self.received > self._cap:
            self.outcome = Outcome.ENDLESS
        return data

    def _ended(self, act: End, silence: float | None) -> bytes:
        if act.how == "reset":
            self.outcome = Outcome.RESET
        return self._silent(silence) if act.how == "silence" else b""

    def _silent(self, silence: float | None) -> bytes:
        if silence is None:
            self.outcome = Outcome.SILENT
        return b""


@pytest.fixture
def talk_conn() -> type[TalkConn]:
    """Class of connections to a device that plays a talk."""
    return TalkConn


@pytest.fixture
def gather() -> Callable[[AsyncIterator[tuple[str, Value]]], "list[tuple[str, Value]]"]:
    """Function that runs what a probe's `talk` yields to its end."""

    def run(things: AsyncIterator[tuple[str, Value]]) -> Sequence[tuple[str, Value]]:
        import asyncio

        async def everything() -> list[tuple[str, Value]]:
            return [thing async for thing in things]

        return asyncio.run(everything())

    return run


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """Clock that stands still."""
    return lambda: datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate and its key, as one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(days=999))
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path
