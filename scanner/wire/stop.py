"""The one flag that ends all sending: set by Ctrl-C, by `stalehost abort`, by the breaker, by a lost operator."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

ABORT: Final = "abort"
"""The file of an engagement folder that ends the scan that runs there."""

LOOK: Final = 0.05
"""Seconds between two looks at the files: half of what is promised for `stalehost abort` to be noticed."""

HEARTBEAT: Final = 30.0
"""Seconds after which an operator who gave no sign counts as gone (clinical and ot)."""

_NAP: Final = 10.0
"""Seconds between two looks at a flag that no file can set; whoever sets it wakes us."""


class Watched(Struct, frozen=True, kw_only=True):
    """The files that may set the flag; without any only a call can."""

    abort: Path | None = None
    """Whoever makes this file ends the scan; what it says is the reason."""
    heartbeat: Path | None = None
    """Must have been touched within HEARTBEAT seconds."""


class Stop:
    """Falsy until set, then truthy for good. Whoever is about to send asks it first.

    Asking it looks at the watched files when the last look is older than LOOK, so that no queue of senders can
    come between an abort and its effect.
    """

    def __init__(
        self,
        watched: Watched | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,  # a file's age is told by the wall clock
    ) -> None:
        self._watched, self._clock, self._wall = watched or Watched(), clock, wall
        self._looked = -LOOK
        self._event = asyncio.Event()
        self.reason: str | None = None
        """Why, in words for the report; None while nothing was said."""

    def watch(self, watched: Watched) -> None:
        """Let these files set the flag too."""
        self._watched = watched

    def set(self, reason: str) -> None:
        """End all sending; the first reason stays."""
        if self.reason is None:
            self.reason = reason
            self._event.set()

    def __bool__(self) -> bool:
        if self.reason is None and self._watches and self._clock() - self._looked >= LOOK:
            self._looked = self._clock()
            self._look()
        return self.reason is not None

    async def wait(self) -> str:
        """Return the reason as soon as there is one."""
        while not self:
            try:
                async with asyncio.timeout(LOOK if self._watches else _NAP):
                    await self._event.wait()
            except TimeoutError:
                continue
        return self.reason or ""

    @property
    def _watches(self) -> bool:
        return self._watched != Watched()

    def _look(self) -> None:
        if (flag := self._watched.abort) is not None and flag.exists():
            self.set(_said(flag))
        if (sign := self._watched.heartbeat) is not None and (age := _age(sign, self._wall())) > HEARTBEAT:
            gone = "its heartbeat file is gone" if age == float("inf") else f"no sign for {age:.0f} s"
            self.set(f"the operator was lost: {gone}")


def fresh(heartbeat: Path, now: float) -> bool:
    """Whether the operator's sign is there and young enough to begin with."""
    return _age(heartbeat, now) <= HEARTBEAT


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except OSError:
        return float("inf")


def _said(flag: Path) -> str:
    try:
        word = flag.read_text("utf-8", "replace").strip()[:200]
    except OSError:
        word = ""  # it is there, and that is what counts
    return word or f"{flag.name} was put into the engagement folder"
