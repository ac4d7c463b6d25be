"""Virtual time, a scope, and devices made of streams: nothing here opens a socket or waits."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.observe.packets import questions
from scanner.scope.approval import granted
from scanner.scope.file import Authority, Known, Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.wire.audit import Audit
from scanner.wire.breaker import Breaker
from scanner.wire.care import Care
from scanner.wire.dial import Dialer
from scanner.wire.ledger import Ledger
from scanner.wire.pace import Pacer
from scanner.wire.stop import Stop

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)

SCOPE = """
[engagement]
name = "wire"
owner = "St Example"
authorized_by = "J. Doe"
contact = "+44 1"
reference = "CHG-1"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "hospital"

[[network]]
cidr = "10.1.0.0/24"
zone = "ward"
profile = "clinical"

[[network]]
cidr = "10.2.0.0/24"
zone = "office"
profile = "office"

[[network]]
cidr = "10.3.0.0/24"
zone = "bench"
profile = "lab"

[[network]]
cidr = "10.4.0.0/24"
zone = "plant"
profile = "ot"

[[exclude]]
address = "10.2.0.66"
reason = "never"

[[exclude]]
mac = "00:09:fb:00:00:00/24"
reason = "ventilators"
"""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes as soon as everyone waits for it."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        select = self._selector.select

        def advance(timeout):
            if timeout is None:
                raise RuntimeError("everyone waits for everyone")
            if ready := select(0):
                return ready
            self.now += max(0, timeout)
            return []

        self._selector.select = advance

    def time(self):
        return self.now


def virtually(coroutine):
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


class Writer:
    """Our side of a device: keeps what it is sent, and may answer."""

    def __init__(self, device, reader):
        self.device, self.reader = device, reader
        self.sent, self.finished, self.closed = b"", False, False

    def write(self, data):
        self.sent += data
        for answer in self.device.answers.get(data, ()):
            self.reader.feed_data(answer)

    async def drain(self):
        if self.device.breaks:
            raise ConnectionResetError

    def write_eof(self):
        self.finished = True
        if self.device.polite and not self.reader.at_eof():
            self.reader.feed_eof()

    def close(self):
        self.closed = True

    async def wait_closed(self):
        if self.device.breaks:
            raise ConnectionResetError


class Device:
    """What is behind a port: `greeting` at once, `answers` to what it hears, then silence or the end."""

    def __init__(
        self, greeting=b"", *, answers=None, ends=False, polite=True, breaks=False, error=None, drip=None
    ):
        self.greeting, self.answers, self.ends = greeting, answers or {}, ends
        self.polite, self.breaks, self.error, self.drip = polite, breaks, error, drip
        self.opened = []
        self.times = []

    async def connect(self, address, port):
        self.times.append(asyncio.get_running_loop().time())
        self.opened.append((address, port))
        if self.error is not None:
            if self.error == "never":
                await asyncio.sleep(1e6)
            raise self.error
        reader = asyncio.StreamReader()
        reader.feed_data(self.greeting)
        if self.ends:
            reader.feed_eof()
        if self.drip:
            self.dripping = asyncio.create_task(self._drip(reader))
        self.writer = Writer(self, reader)
        return reader, self.writer

    async def _drip(self, reader):
        while not self.writer.closed:
            await asyncio.sleep(self.drip)
            reader.feed_data(b"x")


@pytest.fixture
def scope():
    return signed(parse(SCOPE, "scope.toml"))


def signed(scope):
    """As if two people had signed it, a third had approved its plan, and the log knew every host of its wards."""
    signers = tuple(Signer(principal=name, key=f"SHA256:{name}") for name in ("a", "b"))
    approval = granted(scope, questions(scope), "C. Board", NOW)
    known = tuple(
        Known(kind=Kind.MODALITY, address=Address(str(host)))
        for network in scope.networks
        if network.needs_signatures
        for host in network.cidr.hosts()
    )
    authority = Authority(signers=signers, approval=approval)
    return msgspec.structs.replace(scope, known=known, authority=authority)


@pytest.fixture
def gate(scope):
    return Gate(scope)


@pytest.fixture
def audit(tmp_path):
    with Audit(tmp_path / "audit.jsonl", lambda: NOW) as audit:
        yield audit


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield ledger


@pytest.fixture(scope="session")
def run():
    return virtually


@pytest.fixture(scope="session")
def device():
    return Device


@pytest.fixture(scope="session")
def now():
    return NOW


@pytest.fixture
def dialer(gate, audit, ledger):
    """A dialer that reaches one device whatever the address; called inside the loop."""

    def make(device, **options):
        pacer = Pacer(asyncio.get_running_loop().time)
        made = Dialer(
            gate,
            pacer=pacer,
            audit=audit,
            ledger=ledger,
            clock=lambda: NOW,
            transport=device.connect,
            **options,
        )
        made.pacer = pacer
        return made

    return make


@pytest.fixture
def at():
    """An address in the network of each profile."""
    thirds = {Profile.CLINICAL: 1, Profile.OFFICE: 2, Profile.LAB: 3, Profile.OT: 4}
    return {profile: Address(f"10.{third}.0.5") for profile, third in thirds.items()}


@pytest.fixture
def care(tmp_path, now):
    """Judges by what the observations themselves say."""

    def judge(seen):
        return next((Kind(one.value) for one in reversed(seen) if one.field == "device.kind"), None)

    with Breaker(tmp_path / "care.db") as breaker:
        yield Care(breaker, Stop(), lambda: now, judge)


@pytest.fixture
def careful(scope, care):
    """Give the scope and care: Hypothesis writes down what it is given, and a whole scope is too long for that."""
    return lambda: (scope, care)


@pytest.fixture
def seen(now):
    return Observation(source="probe:x", first=now, last=now, field="x", value="x")
