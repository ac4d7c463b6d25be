"""Act one device over any stream: play its talks, misbehave as its file says, and keep count of what was done to it."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from scanner.lab import talk as talks
from scanner.lab.device import Device, Door, fill
from scanner.lab.player import Act, Player
from scanner.lab.talk import End, Pause, Say, Talk
from scanner.model.net import Port

PATIENCE: Final = 30.0
"""Seconds that a device keeps an idle connection."""
HOUR: Final = 3600.0
"""Seconds over which a device counts connections."""
PUZZLED: Final = 1.0
"""Seconds after which it hangs up on what it does not understand."""
ENDLESS: Final = 32 * 1024 * 1024
"""Bytes after which even an endless stream ends: the lab must not fill a disk."""
KEPT: Final = 64 * 1024
"""Bytes kept of what a print port received, and of what no script foresaw."""
IDENTITIES: Final = frozenset({"guid", "serial", "host_key"})
"""Names in talks that no two devices share, unless their files say so."""


_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


class Heard(Protocol):
    """Where the caller's bytes come from: an asyncio.StreamReader, in all but name."""

    async def read(self, n: int = -1) -> bytes:
        """Read what came, at most `n` bytes; empty at the end."""


class Line(Protocol):
    """Where the device's bytes go."""

    def write(self, data: bytes) -> None:
        """Send, later."""

    async def drain(self) -> None:
        """Wait until what was written is on its way."""

    def close(self) -> None:
        """Close in order."""

    def reset(self) -> None:
        """Cut it off (RST)."""

    async def wait_closed(self) -> None:
        """Return once it is closed; raise ConnectionError where it was cut off."""


class Tally(Struct, kw_only=True):
    """What was done to one device in a run: the do-no-harm tests read it."""

    device: str
    connections: dict[str, int] = msgspec.field(default_factory=dict)
    """By port: `tcp/445`."""
    at_once: int = 0
    """The most connections that were open at the same time."""
    closest: float | None = None
    """Least seconds between two connections."""
    heard: int = 0
    """Bytes received."""
    said: int = 0
    """Bytes sent."""
    resets: int = 0
    """Connections that the caller cut off instead of closing."""
    recorded: dict[str, str] = msgspec.field(default_factory=dict)
    """Hex of what arrived on ports that record, such as a raw print port; an empty text = a bare connection."""
    unforeseen: dict[str, list[str]] = msgspec.field(default_factory=dict)
    """Hex of what no script of a port's talk foresaw."""
    died: bool = False
    cause: str = ""
    """What it died of."""


def cast(device: Device, folder: Path, now: datetime) -> dict[Port, Talk]:
    """Read the talks of a device with its own values filled in; raise DataError with file and line.

    Its clock says `now`, and it started as long ago as its file, or else the talk, has it.
    """
    read: dict[Port, Talk] = {}
    for door in device.doors:
        if door.talk is not None:
            path = folder / door.talk
            read[door.at] = talks.load(path, _values(device, door, talks.defaults(path), now))
    return read


def _values(device: Device, door: Door, defaults: Mapping[str, str], now: datetime) -> dict[str, str]:
    # the same on all cards and ports of one device, and on no other device
    base = f"{device.id}/{device.nics[0].mac}"
    own = {name: _identity(f"{base}/{name}", like) for name, like in defaults.items() if name in IDENTITIES}
    if {"clock", "boot"} <= defaults.keys():
        up = datetime.fromisoformat(defaults["clock"]) - datetime.fromisoformat(defaults["boot"])
        if device.behaviour.up_days is not None:
            up = timedelta(days=device.behaviour.up_days)
        jitter = timedelta(seconds=random.Random(base).randrange(36_000))  # noqa: S311 - reproducible, not secret
        own["boot"] = f"{now - up - jitter:{_MOMENT}}"
    card = device.nics[0]
    own |= {
        "clock": f"{now:{_MOMENT}}",
        "address": card.address,
        "mac": card.mac.replace(":", "").upper(),
        "card": card.mac,
    }
    return {**own, **device.values, **{name: fill(value, device.values) for name, value in door.set.items()}}


def _identity(of: str, like: str) -> str:
    """A value that only this device has, of the same alphabet and length as the talk's own."""
    rng = random.Random(of)  # noqa: S311 - reproducible, not secret
    if all(mark in "0123456789abcdefABCDEF-" for mark in like):  # hex, or a GUID as text
        return "".join(mark if mark == "-" else rng.choice("0123456789abcdef") for mark in like)
    if like.isascii() and like.isprintable():
        return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in like)
    return "".join(chr(rng.randrange(1, 256)) for _ in like)


class Actor:
    """One device; `dies` is called once when a fragile one falls over."""

    def __init__(self, device: Device, cast: Mapping[Port, Talk], dies: Callable[[], None]) -> None:
        self.device = device
        self.tally = Tally(device=device.id)
        self._cast, self._dies = cast, dies
        self._open: set[Line] = set()
        self._last: float | None = None
        self._begun: deque[float] = deque()
        self._empty = self._conversations = 0

    async def meet(self, door: Door, heard: Heard, line: Line) -> None:
        """Act one connection from its first byte to its end; never raises for what the caller does."""
        turn = self._opened(door)
        self._open.add(line)
        self.tally.at_once = max(self.tally.at_once, len(self._open))
        try:
            if self.device.behaviour.second_connection == "dies" and len(self._open) > 1:
                self.die("a second connection at the same time")
                return
            if self._too_many():
                self.die("too many connections in an hour")
                return
            before = self.tally.heard
            await self._do(door, turn, heard, line)
            if self.tally.heard == before and len(self._open) == 1:
                self.left_empty()
        except ConnectionError:
            self.tally.resets += 1
            self._abandoned()
        except TimeoutError:
            pass  # an idle caller: the device hangs up, below
        finally:
            self._open.discard(line)
            line.close()
        await self._wear_out(line)

    def asked(self, door: Door, question: bytes) -> list[bytes]:
        """What it answers to one datagram: each of its own datagrams, in turn; nothing to what no script foresaw."""
        turn = self._opened(door)
        self.tally.heard += len(question)
        if door.does != "talk":
            return []
        player = Player(self._cast[door.at], turn)
        said = [act.data for act in (*player.start(), *player.hear(question)) if isinstance(act, Say)]
        if not player.ended:
            player.give_up()
        if player.unforeseen:
            self.tally.unforeseen.setdefault(door.at, []).append(player.unforeseen[:KEPT].hex())
        self.tally.said += sum(map(len, said))
        return said

    @property
    def late(self) -> float:
        """Seconds by which its card is late now."""
        return self.device.behaviour.drag * len(self._open)

    def left_empty(self) -> None:
        """Somebody opened a connection, wholly or half, and said nothing on it."""
        self._empty += 1
        limit = self.device.behaviour.empty
        if limit is not None and self._empty >= limit:
            self.die(f"{limit} connections on which nothing was said")

    def die(self, cause: str) -> None:
        """Fall off the network, once."""
        if not self.tally.died:
            self.tally.died, self.tally.cause = True, cause
            self._dies()
        for line in self._open:
            line.reset()

    async def _wear_out(self, line: Line) -> None:
        """Hang once the last conversation that it can bear has ended, in order."""
        self._conversations += 1
        if self._conversations == self.device.behaviour.conversations:
            with contextlib.suppress(ConnectionError):
                await line.wait_closed()
            self.die("a connection too many: it gives nothing back of what one took")

    def _too_many(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._begun.append(now)
        while self._begun and now - self._begun[0] > HOUR:
            self._begun.popleft()
        limit = self.device.behaviour.per_hour
        return limit is not None and len(self._begun) > limit

    def _abandoned(self) -> None:
        if self.device.behaviour.cut_off == "dies" and not self.tally.died:
            self.die("a conversation that was cut off")

    def _opened(self, door: Door) -> int:
        now = asyncio.get_running_loop().time()
        if self._last is not None:
            gap = now - self._last
            self.tally.closest = gap if self.tally.closest is None else min(gap, self.tally.closest)
        self._last = now
        turn = self.tally.connections.get(door.at, 0)
        self.tally.connections[door.at] = turn + 1
        return turn

    async def _do(self, door: Door, turn: int, heard: Heard, line: Line) -> None:
        match door.does:
            case "talk":
                await self._play(door, turn, heard, line)
            case "garbage":
                rng = random.Random(self.device.id)  # noqa: S311 - reproducible, not secret
                await self._say(rng.randbytes(600), line)
                await self._listen(door, heard)
            case "endless":
                await self._endless(line)
            case "reset":
                line.reset()
            case "silent":
                await self._listen(door, heard)
            case "record":
                await self._record(door, heard)

    async def _play(self, door: Door, turn: int, heard: Heard, line: Line) -> None:
        player = Player(self._cast[door.at], turn)
        open_ended = await self._act(player.start(), line)
        puzzled = False
        while not player.ended:
            data = await self._read(heard, PUZZLED if puzzled else PATIENCE)
            acts = player.hear(data) if data else player.give_up()
            puzzled = bool(data)
            open_ended = await self._act(acts, line)
        if player.unforeseen:
            self.tally.unforeseen.setdefault(door.at, []).append(player.unforeseen[:KEPT].hex())
            if self.device.behaviour.garbage == "dies":
                self.die("bytes that it did not expect")
                return
        if open_ended:
            await self._listen(door, heard)

    async def _read(self, heard: Heard, seconds: float) -> bytes:
        """What came next; empty at the end of the stream or of patience."""
        try:
            data = await asyncio.wait_for(heard.read(4096), seconds)
        except TimeoutError:
            if seconds >= PATIENCE:
                self._abandoned()
            return b""
        self.tally.heard += len(data)
        return data

    async def _act(self, acts: list[Act], line: Line) -> bool:
        """Do what the script says; True when it ends in silence, with the connection open."""
        for act in acts:
            match act:
                case Pause():
                    await asyncio.sleep(act.seconds)
                case Say():
                    more = self.device.behaviour.load * (len(self._open) - 1)
                    await asyncio.sleep(self.device.behaviour.slow + more)
                    await self._say(act.data, line)
                case End(how="silence"):
                    return True
                case End(how="reset"):
                    line.reset()
                case End():
                    line.close()
        return False

    async def _say(self, data: bytes, line: Line) -> None:
        line.write(data)
        await line.drain()
        self.tally.said += len(data)

    async def _endless(self, line: Line) -> None:
        chunk = b"0123456789abcdef" * 256
        for _ in range(ENDLESS // len(chunk)):
            await self._say(chunk, line)
            await asyncio.sleep(0.001)

    async def _listen(self, door: Door, heard: Heard) -> None:
        """Say nothing until the caller goes away."""
        del door
        while await self._read(heard, PATIENCE):
            pass

    async def _record(self, door: Door, heard: Heard) -> None:
        kept = self.tally.recorded.setdefault(door.at, "")
        while data := await self._read(heard, PATIENCE):
            kept = (kept + data.hex())[: 2 * KEPT]
            self.tally.recorded[door.at] = kept
