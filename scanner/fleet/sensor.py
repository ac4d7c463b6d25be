"""A sensor's work: take a chunk, look at it while it is ours, keep what was seen on disk, hand it in."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from scanner.errors import ScopeError, StoreError
from scanner.fleet.batch import bodies
from scanner.fleet.lease import Leased
from scanner.fleet.outbox import Outbox
from scanner.fleet.post import Job, Post
from scanner.model.observation import Observation
from scanner.model.run import Run

EVERY_S: Final = 5.0
"""Seconds between two words to the centre that a job is still being worked on."""

Keep = Callable[[Run | None, Iterable[Observation]], None]
"""Takes what was seen so far; it is on disk when this returns."""
Look = Callable[[Job, Leased, Keep], Awaitable[None]]
"""Looks at a chunk: asks the flag before each send, and keeps what it sees at least once a second.

ScopeError, and a flag that was set otherwise than by losing the job, end it as failed, and the centre is told why.
"""


async def work(
    post: Post,
    outbox: Outbox,
    look: Look,
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Do one job, if there is any; give whether there was.

    What waits in the outbox goes first. While the centre is away, or the disk is full, StoreError says so and nothing is
    begun; when the centre goes away in the middle, the job is looked at for as long as its hold lasts, and what was seen
    waits on disk. A disk that runs full in the middle ends the sending; the job is not done, and another's turn.
    """
    outbox.send(post)
    outbox.ready()
    job = post.fetch()
    if job is None:
        return False
    stop = Leased(job, clock)
    keeping = asyncio.create_task(_hold(post, job, stop, sleep))
    why: str | None = None
    try:
        await look(job, stop, lambda run, seen: _keep(outbox, job, run, seen))
    except ScopeError as error:
        why = str(error)
    finally:
        keeping.cancel()
    if stop and not stop.lost:
        # somebody here, or the breaker, ended it: it must not begin again at the next sensor
        why = why or stop.reason
    outbox.send(post)
    # an old fence ends nothing: then it is another's
    if why is not None:
        post.fail(job, why)
    elif not stop:
        post.finish(job, done=True)
    elif not stop.unable:
        # in order, so it has killed nobody: it is for others at once
        post.leave(job)
    # where this machine could not go on, its hold runs out: a chunk that no machine can do must not go round for ever
    return True


def _keep(outbox: Outbox, job: Job, run: Run | None, seen: Iterable[Observation]) -> None:
    for body in bodies(run, seen):
        outbox.put(body, job.id, job.fence)


async def _hold(post: Post, job: Job, stop: Leased, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Keep the job ours; where the centre says that it is not, or is not heard of, the sending ends."""
    while not stop:
        await sleep(EVERY_S)
        # the hold runs out by itself while the centre is away
        with suppress(StoreError):
            held = await asyncio.to_thread(post.hold, job)
            if held is None:
                stop.lose("the centre took this chunk back")
            else:
                stop.renew(held)
