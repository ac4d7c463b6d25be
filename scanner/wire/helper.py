"""The main process's end of the raw helper: start it, ask it, hear it, end it. No scapy on this side."""

import asyncio
import math
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from ipaddress import IPv4Network
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from scanner.errors import HostError, ScopeError
from scanner.model.net import Address
from scanner.scope import approval
from scanner.scope.engagement import SCOPE_FILE
from scanner.scope.exclude import avoided
from scanner.scope.file import Scope
from scanner.wire.audit import Audit
from scanner.wire.fragile import tell as told
from scanner.wire.grant import Grant, tell
from scanner.wire.pipe import (
    HEAD,
    Answer,
    Ask,
    Avoid,
    Batch,
    Caught,
    Done,
    Failed,
    Frame,
    Heard,
    Hello,
    Hold,
    Listen,
    Method,
    Overhear,
    Pace,
    Progress,
    Ready,
    Reply,
    Request,
    Stop,
    answer,
    length,
    pack,
)

COMMAND: Final = (sys.executable, "-P", "-m", "scanner.wire.raw")
"""`-P`: no module is ever taken from the current directory, since this process may be privileged."""

_PATIENCE: Final = 3.0
"""Seconds that the helper is given to end by itself."""


_NAMED: Final = 64
"""Targets that the audit names; of a longer list it has the number."""


def _hello(scope: Scope) -> Hello:
    authority = scope.authority
    return Hello(
        scope=scope.text,
        where=str(Path(authority.folder) / SCOPE_FILE),
        signatures=authority.signatures,
        allowed_signers=authority.allowed_signers,
        approval=approval.line(authority.approval),
        avoid=avoided(scope),
        learned=told(scope),
    )


def _words(wish: Ask) -> dict[str, str | float | None]:
    """An ask as the audit tells it: payloads and cards are counted, not kept."""
    return {
        "method": wish.method,
        "interface": wish.interface,
        "source": wish.source,
        "targets": " ".join(wish.targets[:_NAMED]),
        "targets_in_all": len(wish.targets),
        "ports": " ".join(map(str, wish.ports)),
        "via": wish.via,
        "vlan": wish.vlan,
        "rate": wish.rate,
        "tries": wish.tries,
        "seed": wish.seed,
        "begin": wish.begin,
    }


class RawHelper:
    """`async with RawHelper(scope, audit) as helper`; one request at a time.

    Entering raises HostError when raw sockets are not to be had here, ScopeError when the helper refuses the scope.
    """

    def __init__(
        self,
        scope: Scope,
        audit: Audit,
        command: tuple[str, ...] = COMMAND,
        grant: Grant | None = None,
    ) -> None:
        self._scope, self._audit, self._command, self._grant = scope, audit, command, grant
        self._granted = math.inf
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._size: int | None = None
        self._rate = 0.0
        self.last: Done | None = None
        """How the last ask ended; None before there was one."""

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            await self._greet()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def ask(
        self, wish: Ask, progress: Callable[[Progress], None] = lambda _progress: None
    ) -> AsyncGenerator[Heard, None]:
        """Ask many targets by one method; answers come as they arrive, progress about twice a second.

        Leaving early stops the sending. Raises ScopeError when the scope forbids the whole of it, HostError when
        the interface or the helper goes away. What was sent, and what may be missing, is told in `last`.
        """
        self._audit.write("ask", **_words(wish))
        self._rate = wish.rate
        end: dict[str, str | float | None] = {"stopped": "before its end"}
        try:
            async with aclosing(self._ask(wish, (Batch, Progress, Done))) as answers:
                async for said in answers:
                    if isinstance(said, Batch):
                        for one in said.heard:
                            yield one
                    elif isinstance(said, Progress):
                        progress(said)
                    elif isinstance(said, Done):
                        self.last, end = said, msgspec.structs.asdict(said)
        finally:
            self._audit.write("asked", method=wish.method, interface=wish.interface, **end)

    async def pace(self, rate: float) -> None:
        """Let the ask that runs go on at so many frames a second; never above the profile's ceiling."""
        self._rate = rate
        await self._say(Pace(rate=min(rate, self._granted)))

    @asynccontextmanager
    async def _granting(self, wish: Request) -> AsyncGenerator[None, None]:
        """While an ask runs, keep the helper to what is ours of a shared rate."""
        if self._grant is None or not isinstance(wish, Ask):
            yield
            return
        # until a word of ours has come nothing is sent
        await self._say(Hold(until=0.0))
        telling = asyncio.create_task(tell(self._grant, lambda: self._rate, self._held))
        try:
            yield
        finally:
            telling.cancel()
            # that the helper is gone is told by whoever waits for its answers
            await asyncio.gather(telling, return_exceptions=True)

    async def _held(self, rate: float, until: float) -> None:
        """Pass on what is ours of a shared rate, and until when."""
        if rate > 0:
            self._granted = rate
            await self._say(Pace(rate=min(rate, self._rate)))
        await self._say(Hold(until=until))

    def avoid(self, addresses: Sequence[Address]) -> None:
        """Let these get no frame any more, also out of the ask that runs; at once, so nobody waits for it."""
        process = self._running()
        assert process.stdin is not None  # noqa: S101  # asked for with PIPE
        process.stdin.write(pack(Avoid(addresses=tuple(addresses))))

    async def slower(self, factor: float) -> None:
        """Let the ask that runs go on at `factor` times the rate last wished for; above 1 raises it again."""
        await self.pace(self._rate * factor)

    async def arp_sweep(
        self,
        interface: str,
        network: IPv4Network,
        *,
        source: str,
        rate: float,
        tries: int = 1,
        seed: int = 0,
        wait: float = 1.0,
        progress: Callable[[int, int], None] = lambda _asked, _total: None,
    ) -> AsyncGenerator[Reply, None]:
        """Ask every allowed address of an on-link network; replies come as they arrive.

        `source` is our address there, `rate` requests a second (never more than the profile allows), `tries`
        passes over those that stay silent. Raises HostError when the interface or the helper goes away.
        """
        wish = Ask(
            method=Method.ARP,
            interface=interface,
            targets=(str(network),),
            source=source,
            rate=rate,
            tries=tries,
            seed=seed,
            wait=wait,
        )
        async with aclosing(self.ask(wish, lambda said: progress(said.asked, said.total))) as heard:
            async for one in heard:
                if one.mac is not None and not one.again:
                    yield Reply(address=one.address, mac=one.mac, rtt_ms=one.rtt_ms or 0.0)

    async def capture(
        self, interface: str, seconds: float, limit: int = 1_000_000, *, arp_only: bool = False
    ) -> AsyncGenerator[Frame, None]:
        """Frames as they pass, for so many seconds or until `limit`; nothing is sent."""
        wish = Listen(interface=interface, seconds=seconds, limit=limit, arp_only=arp_only)
        async with aclosing(self._ask(wish, (Frame, Done))) as answers:
            async for said in answers:
                if isinstance(said, Frame):
                    yield said

    async def overhear(self, interface: str, seconds: float) -> AsyncGenerator[Caught, None]:
        """Everything that passes, in bulk, for so many seconds; what was lost is told in `last`.

        The helper gives up every way of sending before it hears the first frame, so it can be asked nothing more.
        Raises HostError when the interface cannot be opened or goes away, or when sending cannot be forbidden.
        """
        self._audit.write("listen", interface=interface, seconds=seconds if seconds < math.inf else None)
        wish = Overhear(interface=interface, seconds=seconds)
        async with aclosing(self._ask(wish, (Caught, Done))) as answers:
            async for said in answers:
                if isinstance(said, Caught):
                    yield said
                elif isinstance(said, Done):
                    self.last = said

    async def _greet(self) -> None:
        await self._say(_hello(self._scope))
        first = await self._hear()
        if not isinstance(first, Ready):
            raise HostError(f"the raw helper did not get ready: {first}")

    async def _ask(self, wish: Request, kinds: tuple[type[Answer], ...]) -> AsyncGenerator[Answer, None]:
        """Every answer to one request, Done last; leaving early stops it and waits for its end."""
        async with self._turn, self._granting(wish):
            await self._say(wish)
            said: Answer | None = None
            try:
                while not isinstance(said, Done):
                    said = await self._hear()
                    if not isinstance(said, kinds):
                        raise HostError(f"the raw helper answered {wish} with {said}")
                    yield said
            except (GeneratorExit, asyncio.CancelledError):
                if not isinstance(said, Done):
                    await self._stop()
                raise

    async def _stop(self) -> None:
        await self._say(Stop())
        while not isinstance(await self._hear(), Done):
            pass

    async def _say(self, wish: Request) -> None:
        process = self._running()
        assert process.stdin is not None  # noqa: S101  # asked for with PIPE
        try:
            process.stdin.write(pack(wish))
            await process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise HostError(await self._obituary()) from error

    async def _hear(self) -> Answer:
        process = self._running()
        assert process.stdout is not None  # noqa: S101  # asked for with PIPE
        try:
            # kept across a cancelled call: half a message taken would leave the pipe out of step
            if self._size is None:
                self._size = length(await process.stdout.readexactly(HEAD.size))
            said = answer(await process.stdout.readexactly(self._size))
            self._size = None
        except asyncio.IncompleteReadError as error:
            raise HostError(await self._obituary()) from error
        if isinstance(said, Failed):
            raise (HostError if said.kind == "host" else ScopeError)(said.text)
        return said

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise HostError("the raw helper is not running; use `async with`")
        return self._process

    async def _obituary(self) -> str:
        process = self._running()
        assert process.stderr is not None  # noqa: S101  # asked for with PIPE
        last = (await process.stderr.read(65536)).decode("utf-8", "replace").strip().splitlines()[-1:]
        code = await process.wait()
        return f"the raw helper ended (status {code}){': ' + last[0] if last else ''}"

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
