"""Listen on an interface: what the raw helper hears goes the way of a capture file, and comes out at intervals."""

import math
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Final, Protocol

from scanner.model.observation import Observation
from scanner.observe.capture import files, pcap
from scanner.observe.capture.ear import Ear
from scanner.wire.pipe import Caught

EVERY: Final = 5.0
"""Seconds between two batches of news."""


class Hearer(Protocol):
    """Who hears: `scanner.wire.helper.RawHelper`, or a test's."""

    def overhear(self, interface: str, seconds: float) -> AsyncGenerator[Caught, None]:
        """Frames as they pass."""


async def news(
    hearer: Hearer,
    interface: str,
    ear: Ear,
    *,
    seconds: float = math.inf,
    told: Callable[[int, int], None] = lambda _frames, _dropped: None,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[tuple[Observation, ...], None]:
    """What is new every few seconds, and the rest at the end; `told` hears how many frames came and were lost so far."""
    dropped, last = 0, clock()
    async with aclosing(hearer.overhear(interface, seconds)) as caught:
        async for one in caught:
            if one.frames:
                ear.hear(pcap.records(one.records, one.link, 0.0))
            dropped += one.dropped
            if clock() - last >= EVERY or ear.full:
                last = clock()
                yield tuple(ear.news())
            told(ear.count.frames, dropped)
    yield tuple(ear.finish())


def recorded(path: Path, ear: Ear, now: float) -> Iterator[Observation]:
    """What a capture tells, as far as it has to be given out before its end; `ear.finish` has the rest.

    Raises DataError for what could not be read, when all else has been.
    """
    for batch in files.batches(path, now):
        ear.hear(batch)
        if ear.full:
            yield from ear.news()


def lines(ear: Ear, dropped: int | None) -> Iterator[str]:
    """What was done, in words for people; `dropped` is None where a file was read, out of which nothing is lost."""
    count = ear.count
    yield (
        f"{count.frames:,} frames, {count.octets:,} bytes; {count.reached:,} payloads reached a parser:"
        f" {count.parsed:,} parsed, {count.gathered:,} as part of a conversation, {count.memoed:,} were repeats"
    )
    if dropped is not None:
        yield f"dropped by the kernel: {dropped:,}" + (
            "; what passed meanwhile was not heard" if dropped else ""
        )
    if ear.watch.outside:
        yield f"{ear.watch.outside:,} facts about addresses outside were not kept"
    if ear.watch.churned:
        yield f"{ear.watch.churned:,} facts that change too often to be kept were not"
    if count.unread:
        yield f"{count.unread:,} frames of a link type that we cannot read"
    for name, trace in sorted(ear.bugs.items()):
        yield f"a parser failed, please report it: {name}: {trace.strip().splitlines()[-1]}"
