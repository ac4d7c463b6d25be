"""Everything of ours that reads what others wrote: each target takes bytes, and must neither raise nor take long.

A target's name is `probe:ssh` (a probe's pure `parse`), `facts:ntp` (what an answer by datagram says), `talk:ssh` (the probe
against a device that says these bytes), `reader:x509`, `passive:dhcp` (a payload that passed by) or `import:zeek` (a file).
"""

import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from scanner.errors import DataError
from scanner.lab import talk
from scanner.model.kinds import Outcome
from scanner.model.net import Address, Mac, Port
from scanner.observe import bodyread, httpread, ntlm, passive, probes, reply, tlsread, x509
from scanner.observe.active import load_probes
from scanner.observe.dissect import Packet
from scanner.observe.importing import load_formats
from scanner.observe.smb import smb1, smb2

Target = Callable[[bytes], object]

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CAP = 512 * 1024
CONNECTIONS = 5
SHORT, WHOLE = 64, 4096
"""Bytes of one answer: a device may send its words in crumbs."""


class Device:
    """A device that says `says`, a piece at a time, whatever it hears; a `Conn`."""

    def __init__(self, says: bytes, left: int = CONNECTIONS) -> None:
        self.address, self.port = Address("192.0.2.1"), Port("tcp/1")
        self.outcome = Outcome.OK
        self._says, self._all, self._left, self._piece = says, says, left, SHORT if len(says) % 2 else WHOLE

    async def send(self, data: bytes) -> None:
        """Nothing that it hears changes what it says."""

    async def some(self, limit: int = 4096) -> bytes:
        """The next piece."""
        count = min(limit, self._piece)
        got, self._says = self._says[:count], self._says[count:]
        return got

    async def exactly(self, count: int) -> bytes:
        """As many as are left, at most the cap."""
        count = min(max(count, 0), CAP)
        got, self._says = self._says[:count], self._says[count:]
        return got

    async def until(self, marker: bytes, limit: int = 4096) -> bytes:
        """Up to the marker, the limit or the end."""
        at = self._says.find(marker)
        return await self.exactly(min(limit, at + len(marker)) if at >= 0 else limit)

    async def quiet(self, seconds: float, limit: int = 4096) -> bytes:  # noqa: ARG002  no time passes here
        """As many as are left within the limit."""
        return await self.exactly(limit)

    async def again(self) -> "Device | None":
        """Another connection to the same words."""
        return Device(self._all, self._left - 1) if self._left > 1 else None

    async def close(self) -> None:
        """Nothing is open."""


def targets() -> Mapping[str, Target]:
    """Every target by name."""
    return dict(sorted([*_probes(), *_readers(), *_passive(), *_imports()]))


def seeds() -> Iterator[tuple[str, bytes]]:
    """A target and what stands in our fixtures for it: where a search begins."""
    named = targets()
    for name in load_probes():
        for path in sorted((FIXTURES / name).glob("*.talk")):
            for script in talk.load(path).connections:
                said = b"".join(step.data for step in script if isinstance(step, talk.Say))
                for target in (f"probe:{name}", f"facts:{name}", f"talk:{name}"):
                    if said and target in named:
                        yield target, said
    for folder in sorted((FIXTURES / "imports").iterdir()):
        for path in sorted(folder.iterdir()):
            if f"import:{folder.name}" in named and path.is_file():
                yield f"import:{folder.name}", path.read_bytes()[:16384]


def _probes() -> Iterator[tuple[str, Target]]:
    for name, probe in load_probes().items():
        module = importlib.import_module(f"{probes.__name__}.{name}")
        yield f"probe:{name}", module.parse
        yield f"talk:{name}", partial(_talk, probe.talk)
        if probe.facts is not None:
            yield f"facts:{name}", probe.facts


def _readers() -> Iterator[tuple[str, Target]]:
    plain: Sequence[tuple[str, Target]] = (
        ("http", httpread.parse), ("ntlm", ntlm.parse), ("ntlm client", ntlm.parse_client), ("reply", reply.parse),
        ("tls", tlsread.parse), ("x509", x509.parse), ("smb1 negotiate", smb1.parse_negotiate),
        ("smb1 setup", smb1.parse_setup), ("smb1 request", smb1.parse_setup_request),
        ("smb2 negotiate", smb2.parse_negotiate), ("smb2 setup", smb2.parse_setup),
    )  # fmt: skip
    yield from ((f"reader:{name}", target) for name, target in plain)
    yield "reader:body", lambda data: list(bodyread.facts(data))


def _passive() -> Iterator[tuple[str, Target]]:
    for found in pkgutil.iter_modules(passive.__path__):
        parser = getattr(importlib.import_module(f"{passive.__name__}.{found.name}"), "PARSER", None)
        if parser is not None:
            yield f"passive:{parser.name}", partial(_passed, parser.parse)


def _imports() -> Iterator[tuple[str, Target]]:
    for name, form in load_formats().items():
        yield f"import:{name}", partial(_imported, form.read)


def _talk(speak: Callable[[Device], object], data: bytes) -> None:
    async def run() -> int:
        count = 0
        async for _ in speak(Device(data)):  # type: ignore[attr-defined]  # a Talk: an asynchronous iterator
            count += 1
        return count

    # nothing in it waits, so one step runs it to its end, without a loop
    try:
        run().send(None)
    except StopIteration:
        return
    raise AssertionError("a talk waited for something that is no connection")


def _passed(parse: Callable[[Packet], object], data: bytes) -> None:
    ports = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    list(
        parse(  # type: ignore[call-overload]  # an iterable of facts
            Packet(
                payload=data[4:],
                time=1.0,
                source_mac=Mac("02:00:00:00:00:01"),
                target_mac=Mac("02:00:00:00:00:02"),
                source=Address("192.0.2.1"),
                target=Address("192.0.2.2"),
                sport=ports >> 16,
                dport=ports & 0xFFFF,
                ttl=64,
                vlan=None,
            )
        )
    )


def _imported(read: Callable[[Path, datetime], Iterator[object]], data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as file:
        file.write(data)
        file.flush()
        try:
            for _ in read(Path(file.name), NOW):
                pass
        except DataError:
            # what cannot be read is said, with its place: that is the promise
            return
