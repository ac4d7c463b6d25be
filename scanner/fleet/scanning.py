"""The real scan as a job of the fleet: one chunk, by this machine's own signed scope, through the same way as `stalehost scan`."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from scanner.errors import ScopeError
from scanner.fleet.chunk import narrow
from scanner.knowledge.base import open_base
from scanner.means import Clock, Engine, Means, Played, Watcher, means
from scanner.model.kinds import Profile
from scanner.model.net import Port
from scanner.model.run import Run
from scanner.pipeline import Also, begin, continued, heed, scan
from scanner.scope.engagement import Folder
from scanner.scope.file import Scope
from scanner.scope.profile import LIMITS
from scanner.store.store import Store, open_store
from scanner.wire.grant import Grant, awake
from scanner.wire.stop import ABORT, Watched, fresh
from scanner.wire.vigil import LATER

if TYPE_CHECKING:
    # they load the extra [server], which a scan of one machine does without
    from scanner.fleet.lease import Leased
    from scanner.fleet.link import Link
    from scanner.fleet.post import Job
    from scanner.fleet.sensor import Keep, Look

SEED: Final = 1
"""Of every run, as in `stalehost scan`."""


def quiet(zone: str, step: str, done: int, total: int) -> None:
    """Nobody wants to know how far a run has come."""


async def run_chunk(
    scope: Scope,
    chunk: str | None,
    store: Store,
    run: Run,
    using: Means,
    *,
    clock: Clock,
    watch: Watcher,
    engine: Engine = Engine.OWN,
    current: Callable[[], Scope] | None = None,
    ports: tuple[Port, ...] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    also: Also = lambda _run, _seen: None,
) -> Run:
    """Look at a chunk of a scope, or at all of it (None): the one way to scan, of `stalehost scan` and of a sensor.

    `pipeline.scan` of a scope that is narrowed first; promises and errors are its own, and ScopeError for a chunk that
    does not lie in one network of the scope.
    """
    return await scan(
        scope if chunk is None else narrow(scope, chunk), store, run, using,
        clock=clock, watch=watch, engine=engine, current=current, ports=ports, sleep=sleep, also=also,
    )  # fmt: skip


def looker(
    opened: Callable[[], Folder],
    *,
    clock: Clock,
    watch: Watcher = quiet,
    heartbeat: Path | None = None,
    played: Played | None = None,
    trunk: str | None = None,
    listen: bool = True,
    later: float = LATER,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    connect: "Callable[[], Link] | None" = None,
    passed: Callable[[], float] = awake,
) -> "Look":
    """Who looks at chunks for this sensor: `sensor.work` calls it with each job.

    `opened` gives this machine's own engagement folder, read anew for each job: its scope file with signatures, windows,
    approval, fragile list, breaker, ledger and audit all count as in `stalehost scan`; a job can only say which part is
    looked at. `heartbeat` shows that somebody attends wards and plants. What is seen is kept for the centre before it is
    stored here, once a second, so what stands in the log here is on its way; a chunk that was cut short here goes on
    where it stood.

    `connect` is a way to the centre of its own: by it each device, a share of the segment's rate and connections of a
    device's day are asked for, by the clock `passed` that the job's hold is measured by. Without it this sensor must be
    the only one of its segment.

    ScopeError says in words why a chunk may not be looked at. HostError and StoreError are this machine's own trouble:
    the chunk is for anybody again. After `stalehost abort` every later job is refused until the sensor is started anew.
    """
    aborted: list[str] = []

    async def look(job: "Job", stop: "Leased", keep: "Keep") -> None:
        if aborted:
            raise ScopeError(f"this sensor was stopped: {aborted[0]}; start it again when it may go on")
        folder, chunk = opened(), str(job.args.get("chunk"))
        flag = folder.root / ABORT
        stop.watch(Watched(abort=flag, heartbeat=_attended(narrow(folder.scope, chunk), heartbeat, clock)))
        knowledge = open_base(engagement=folder.root)
        try:
            with open_store(folder.database, folder.id) as store:
                scope = narrow(heed(folder.scope, store, knowledge, clock()), chunk)
                _valid(scope, clock)
                begun = begin(folder, scope, "scan", clock(), SEED, knowledge)
                run = _resumed(msgspec.structs.replace(begun, id=_name(job, scope)), store)
                if run.ended is not None:
                    # it was looked at whole, and the word of that was lost on the way
                    keep(run, ())
                    return
                async with (
                    _granted(connect, passed, job, stop, scope) as grant,
                    means(
                        folder, scope, clock, played,
                        stop=stop, later=later, trunk=trunk, listen=listen, grant=grant,
                    ) as using,
                ):  # fmt: skip
                    await run_chunk(
                        scope, chunk, store, run, using,
                        clock=clock, watch=watch, current=folder.again, sleep=sleep, also=keep,
                    )  # fmt: skip
                _valid(scope, clock)
        finally:
            if flag.exists() and stop.reason:
                aborted.append(stop.reason)
            flag.unlink(missing_ok=True)  # whoever aborts waits for this

    return look


@asynccontextmanager
async def _granted(
    connect: "Callable[[], Link] | None",
    passed: Callable[[], float],
    job: "Job",
    stop: "Leased",
    scope: Scope,
) -> AsyncGenerator[Grant | None, None]:
    """What this sensor may do of what all sensors of the segment may do together; None where nobody else is."""
    if connect is None:
        yield None
        return
    from scanner.fleet.granting import Rights, rights

    wanted = LIMITS[scope.looked[0].profile].rate_total
    if wanted <= 0:
        yield None  # nothing is ever sent there
        return
    made = Rights(connect, job.segment, wanted, stop=stop, clock=passed, groups=scope.groups)
    async with rights(made) as one:
        yield one


def _attended(scope: Scope, heartbeat: Path | None, clock: Clock) -> Path | None:
    """The file that shows that somebody attends, where somebody must; raise ScopeError where nobody does."""
    zones = sorted({one.zone for one in scope.looked if one.profile in {Profile.CLINICAL, Profile.OT}})
    if not zones:
        return None
    if heartbeat is None or not fresh(heartbeat, clock().timestamp()):
        raise ScopeError(
            f"{', '.join(zones)}: clinical and ot are scanned with somebody attending; start the sensor with"
            " --heartbeat FILE, and keep `stalehost attend FILE` running at the site"
        )
    return heartbeat


def _valid(scope: Scope, clock: Clock) -> None:
    """Raise ScopeError outside the engagement: nothing was sent then, and nothing seen says nothing."""
    job = scope.engagement
    if not job.valid_from <= clock() < job.valid_until:
        raise ScopeError(
            f"the scope file of this site counts from {job.valid_from:%Y-%m-%d} to {job.valid_until:%Y-%m-%d %H:%M} UTC;"
            " have it renewed: stalehost scope renew"
        )


def _name(job: "Job", scope: Scope) -> str:
    """The same for the same chunk of the same scan: by it an earlier life of the run is found. Another scope, another run."""
    under = hashlib.sha256(scope.text.encode()).hexdigest()[:8]
    return f"{job.args.get('scan')}:{job.args.get('chunk')}:{under}"


def _resumed(run: Run, store: Store) -> Run:
    """The run as an earlier life of it left it, to go on with; as it is where there was none."""
    before = next((one for one in store.runs() if one.id == run.id), None)
    return run if before is None else continued(before)
