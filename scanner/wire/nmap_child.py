"""One nmap process: start it, hear it, count its knocks, and end it within a quarter of a second when it must stop."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from scanner.errors import HostError
from scanner.model.net import Address
from scanner.wire.nmap_trace import Lines

LOOK: Final = 0.05
"""Seconds between two looks at whether it must end."""

MOST: Final = 64 << 20
"""Bytes of XML that one batch may give."""

_PIECE: Final = 65536
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


class Ended(Struct, frozen=True, kw_only=True):
    """How a run ended."""

    xml: bytes
    why: str | None
    """Why it was ended before it was done; None when it ended by itself."""


def require(program: str) -> None:
    """Raise HostError when there is no such program."""
    if shutil.which(program) is None:
        raise HostError(f"{program} is not installed; install it, or leave --engine nmap out")


async def run(
    program: str,
    words: Callable[[str], Sequence[str]],
    knocked: Callable[[Address], None] = lambda _address: None,
    why_end: Callable[[], str | None] = lambda: None,
) -> Ended:
    """Run it to its end, or until `why_end` gives a reason (asked every LOOK seconds and after every knock).

    `words` gives the command line for the place that the XML is to go to; `knocked` hears of each connection as it is
    begun. HostError when the program is missing or fails. Cancelling ends it; so does the death of this process.
    """
    require(program)
    mine, its = os.pipe()
    try:
        process = await _start(program, words(f"/dev/fd/{its}"), its)
    except OSError as error:
        os.close(mine)
        raise HostError(f"{program} cannot be started: {error.strerror}") from error
    finally:
        os.close(its)
    try:
        return await _Child(program, process, knocked, why_end).hear(mine)
    finally:
        _kill(process)
        await process.wait()


async def version(program: str = "nmap") -> str:
    """The version of the nmap that is installed; HostError when there is none."""
    require(program)
    pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(program, "--version", stdin=none, stdout=pipe, stderr=none)
    out, _ = await process.communicate()
    return out.decode("utf-8", "replace").partition("\n")[0].strip()


async def _start(program: str, words: Sequence[str], its: int) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        program,
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        pass_fds=(its,),
        # a terminal's Ctrl-C is for us: we end it, and know why it ended
        start_new_session=True,
        # its own settings in the environment could undo ours, and its words must be those of locale C
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/nonexistent"},
        # one call into a library that is loaded already: it ignores a broken pipe, so nothing else ends it with us
        preexec_fn=_die_with_us,
    )


def _kill(process: asyncio.subprocess.Process) -> None:
    """End it and whatever it started: it leads a session of its own."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself just now
            os.killpg(process.pid, signal.SIGKILL)


def _die_with_us() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class _Child:
    """The streams of one process."""

    def __init__(
        self,
        program: str,
        process: asyncio.subprocess.Process,
        knocked: Callable[[Address], None],
        why_end: Callable[[], str | None],
    ) -> None:
        self._program, self._process = program, process
        self._knocked, self._why_end = knocked, why_end
        self._why: str | None = None
        self._xml = bytearray()
        self._complaints = Lines()

    async def hear(self, mine: int) -> Ended:
        """Everything that it says, on its three streams, until it has ended."""
        out, err = self._process.stdout, self._process.stderr
        assert out is not None  # noqa: S101  # asked for with PIPE
        assert err is not None  # noqa: S101  # asked for with PIPE
        xml = asyncio.StreamReader()
        file = os.fdopen(mine, "rb", 0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(xml), file
        )
        work = (self._keep(xml), self._trace(out, Lines()), self._trace(err, self._complaints), self._watch())
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.gather(*tasks)
            await self._process.wait()
        finally:
            for task in tasks:
                task.cancel()
            transport.close()
        if self._why is None and self._process.returncode != 0:
            last = self._complaints.last.decode("utf-8", "replace").strip() or "no word why"
            raise HostError(f"{self._program} failed (status {self._process.returncode}): {last}")
        return Ended(xml=bytes(self._xml), why=self._why)

    async def _keep(self, stream: asyncio.StreamReader) -> None:
        while data := await stream.read(_PIECE):
            if len(self._xml) + len(data) > MOST:
                self._end(f"it wrote more than {MOST} bytes about one batch")
                continue
            self._xml += data

    async def _trace(self, stream: asyncio.StreamReader, lines: Lines) -> None:
        while data := await stream.read(_PIECE):
            for address in lines.feed(data):
                self._knocked(address)
            self._look()

    async def _watch(self) -> None:
        while self._process.returncode is None:
            self._look()
            await asyncio.sleep(LOOK)

    def _look(self) -> None:
        if self._why is None and (why := self._why_end()) is not None:
            self._end(why)

    def _end(self, why: str) -> None:
        self._why = self._why or why
        _kill(self._process)
