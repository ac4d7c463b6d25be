"""The whole program on one page: `scan` fills the log (and `scanner.intake` with files), `assess` judges it.

scope -> discover -> observe -> store         (the left half: sends, and interprets nothing)
log -> identify -> age -> risk -> Assessment  (the right half: pure, the same for the same log, data and `now`)
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Final

import msgspec

from scanner import sites
from scanner.discover.before import before
from scanner.errors import DataError, ScopeError
from scanner.identify import forms, merge
from scanner.look import Look
from scanner.means import Clock, Engine, Means, Watcher, served, told_part
from scanner.model.assessment import Assessment, Judged
from scanner.model.device import Device
from scanner.model.kinds import Outcome
from scanner.model.knowledge import Knowledge
from scanner.model.net import Address, Port
from scanner.model.observation import EvidenceId, Observation, evidence_id
from scanner.model.presence import Presence
from scanner.model.run import Run
from scanner.model.verdict import Age, Forgotten
from scanner.observe import active
from scanner.observe.capture.beside import Listening, beside
from scanner.observe.packets import require_approval
from scanner.observe.probe import Probe
from scanner.report import coverage, decisions
from scanner.risk import calibrate
from scanner.risk import judge as risk
from scanner.risk.score import Stage
from scanner.scope import groups, known
from scanner.scope.authority import words
from scanner.scope.engagement import Folder
from scanner.scope.exclude import by_nature, followed
from scanner.scope.file import Network, Scope
from scanner.scope.gate import Gate
from scanner.store.keep import Keeper
from scanner.store.store import Store
from scanner.wire import fragile, harm, names, record
from scanner.wire.audit import entries
from scanner.wire.dial import Dialer
from scanner.wire.links import on_link
from scanner.wire.stop import Stop
from scanner.wire.windows import Windows

_STOPPED: Final = "stopped early: "

Also = Callable[[Run | None, Sequence[Observation]], None]
"""Who else is given what a run sees, and the run itself as it begins and ends (None = as told before)."""


async def scan(
    scope: Scope,
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
    """Look at every network of the scope, or at the part that it is narrowed to, each at its own pace; give the run, ended.

    What was seen is stored at least once a second, and when this is cancelled or stopped; so Ctrl-C loses nothing.
    Where a window is closed, or closes, its network waits. `current` reads the scope file again each time something is
    stored. `also` is given all that is stored, before it is. Raises ScopeError when that has changed; and, before anything is sent, when signatures are missing for
    every network, or while the breaker of an earlier run holds the whole scan.
    """
    _unbroken(using)
    networks, spared = served(scope, engine, clock())
    notes = (*run.notes, *using.lacking, *spared, *told_part(scope))
    run = msgspec.structs.replace(run, notes=tuple(dict.fromkeys(notes)), names=dict(scope.frozen))
    earlier = _earlier(store, run, using)
    also(run, ())
    store.save(run)
    for name, held in scope.frozen.items():
        using.audit.write("frozen", name=name, addresses=" ".join(held))
    log = Keeper(store, scope, current or (lambda: scope))
    log.also = partial(also, None)
    log.marks, log.mark = using.places.news, lambda marks: store.mark(run.id, marks)
    windows, shut = _windows(scope, using, clock, watch, sleep), list[str]()
    if using.dialer.care is not None:
        using.dialer.care.told = log.add
    looks = [
        Look(
            network=network, scope=scope, using=using, seed=run.seed, clock=clock, watch=watch, add=log.add,
            engine=engine, here=on_link(network.cidr, using.links), ports=ports, before=before(earlier, msgspec.structs.replace(network, cidr=scope.only or network.cidr)),
        )
        for network in networks
    ]  # fmt: skip
    try:
        ears = beside(using.listeners, scope, using.dialer.care, log.add, using.notes.append)
        await _all(looks, windows, shut, log, using.dialer.pacer.stop, ears)
    except BaseException as error:
        # a cable that was pulled is put back, a disk gets room: the run is kept as one to go on with, whatever it was
        if not using.dialer.pacer.stop:
            using.notes.append(f"{_STOPPED}{str(error) or 'it was cancelled'}")
        raise
    finally:
        try:
            log.flush()
        finally:
            run = _ended(run, using, clock(), tuple(_notes(shut, log.outside, using)))
            also(run, ())
            store.save(run)
    return run


def _unbroken(using: Means) -> None:
    """Raise ScopeError while the breaker of an earlier run holds the whole scan."""
    care = using.dialer.care
    if care is not None and (trip := care.breaker.stopped):
        raise ScopeError(
            f"the breaker stopped this scan at {trip.at:%Y-%m-%d %H:%M} UTC: {trip.address} ({trip.kind}), {trip.why};"
            " look after that device, then: stalehost resume --by NAME --reason TEXT"
        )


async def _all(
    looks: Sequence[Look], windows: Windows, shut: list[str], log: Keeper, stop: Stop, ears: Listening
) -> None:
    """Look at all networks side by side and store what is seen, until all is done or the flag is set; `ears` listen."""
    try:
        async with ears, asyncio.TaskGroup() as group:
            keeping = group.create_task(log.keep())
            looking = [group.create_task(look.when_open(windows, shut)) for look in looks]
            ending = group.create_task(_cut(looking, stop))
            if looking:
                await asyncio.wait(looking)
            ending.cancel()
            keeping.cancel()
    except BaseExceptionGroup as group_error:
        raise _first(group_error) from group_error


def _earlier(store: Store, run: Run, using: Means) -> tuple[Observation, ...]:
    """What an earlier life of this run has seen; nothing for a new run. Its asks go on from where they stood."""
    if run.id not in {one.id for one in store.runs()}:
        return ()
    using.places.resume(store.places(run.id))
    return tuple(one for one in store.log() if one.last >= run.started)


def unfinished(store: Store, scope: Scope) -> Run:
    """The last scan, to go on with; raise DataError when there is none that was cut short under this very scope."""
    last = next((run for run in reversed(store.runs()) if run.command == "scan"), None)
    if last is None or (last.ended is not None and not any(map(cut_short, last.notes))):
        raise DataError("no scan was cut short: there is nothing to resume; start one with `stalehost scan`")
    if last.scope != scope.text:
        raise DataError(
            f"the scope file has changed since {last.id}: what it asked may not be allowed now; scan anew"
        )
    return continued(last)


def continued(run: Run) -> Run:
    """A run to go on with where it was cut short; as it is, ended, when it came to its end."""
    if run.ended is not None and not any(map(cut_short, run.notes)):
        return run
    return msgspec.structs.replace(
        run, ended=None, stopped=None, notes=tuple(one for one in run.notes if not cut_short(one))
    )


def cut_short(note: str) -> bool:
    """Whether a run's note says that it did not come to its end."""
    return note.startswith(_STOPPED)


async def _cut(looking: Sequence["asyncio.Task[None]"], stop: Stop) -> None:
    """Cut every look short once the flag is set; the sending has ended before that, at the flag itself."""
    await stop.wait()
    for one in looking:
        one.cancel()


def _windows(
    scope: Scope, using: Means, clock: Clock, watch: Watcher, sleep: Callable[[float], Awaitable[None]]
) -> Windows:
    """Who waits for closed windows, for whoever sends in this run."""

    def told(network: Network, until: datetime) -> None:
        using.audit.write("waiting", cidr=str(network.cidr), until=until.isoformat())
        watch(network.zone, f"waiting for its window until {until:%a %Y-%m-%d %H:%M} UTC", 0, 0)

    pacer = using.dialer.pacer
    windows = Windows(Gate(scope), clock=clock, told=told, stopped=lambda: pacer.stopped, sleep=sleep)
    using.dialer.windows = windows
    return windows


def heed(scope: Scope, store: Store, knowledge: Knowledge, now: datetime) -> Scope:
    """The scope with what the log knows: whom its exclusions by host name and kind mean, who is who in its clinical
    and ot networks, and who needs more care than its network asks for. Before that the excluded host names are frozen:
    nothing asks for a name later.
    """
    scope = names.freeze(scope, names.hosts())
    log = tuple(store.log())
    devices = merge.devices(log, knowledge, scope, now) if log else ()
    scope = fragile.learn(known.learned(followed(scope, devices), devices, log, now), devices, log)
    minds = by_nature(scope) or any(network.needs_signatures for network in scope.networks)
    return groups.paired(scope, devices) if minds else scope


def _notes(shut: Sequence[str], outside: int, using: Means) -> Iterator[str]:
    yield from dict.fromkeys((*using.notes, *_spared(using.dialer)))
    if shut:
        yield f"nothing was sent into {', '.join(sorted(shut))}: no window opens before the engagement ends"
    if outside:
        yield f"{outside} observations of addresses that the scope does not hold or excludes were not stored"
    if using.dialer.pacer.stop.reason:
        yield f"{_STOPPED}{using.dialer.pacer.stop.reason}"


def _spared(dialer: Dialer) -> Iterator[str]:
    """What turned out while connecting: networks that went away, and devices that nobody knows."""
    yield from (f"{cidr}: nothing more was sent: {why}" for cidr, why in dialer.lost.items())
    if dialer.strangers:
        yield known.note(dialer.strangers)


def _ended(run: Run, using: Means, now: datetime, notes: tuple[str, ...]) -> Run:
    """The run with its end, what it did to each address, and the hash that the audit ended with."""
    return msgspec.structs.replace(
        run,
        ended=now,
        notes=run.notes + notes,
        trips=using.dialer.care.breaker.history if using.dialer.care else (),
        cared=using.dialer.cared(),
        stopped=using.dialer.pacer.stop.reason,
        harm=harm.table(entries(using.audit.path), run.started),
        frames=harm.frames(entries(using.audit.path), run.started),
        head=using.audit.head,
    )


async def probe_once(
    scope: Scope, probe: Probe, address: Address, port: Port, using: Means, clock: Clock
) -> tuple[tuple[Observation, ...], str]:
    """Run one probe on one host of the scope: what it saw, and the exchange as the text of a talk."""
    network = Gate(scope).network(address)
    if network is None or network.profile not in probe.connections:
        why = (
            "is in no network of the scope file"
            if network is None
            else f"forbids it: profile {network.profile}"
        )
        raise ScopeError(f"{probe.name} on {address}: the scope {why}")
    require_approval(scope, (network,))
    conn = await using.dialer.open(address, port, probe.touch)
    if isinstance(conn, Outcome):
        raise ScopeError(f"{address} {port}: {conn}; nothing to talk to (the audit file says why)")
    care = using.dialer.care
    # what the device itself bears may be less than what its network's profile allows
    allowed = care.profile(address, network) if care is not None else network.profile
    conn.allow(probe.connections.get(allowed, 1), probe.name)
    taped = record.Taped(conn)
    talk = active.observe(probe, taped, zone=network.zone, vantage=None, clock=clock)
    seen = tuple([one async for one in talk])
    said = [(one.field, one.value) for one in seen if one.field != "probe.outcome"]
    text = record.talk(
        port,
        taped.tape,
        source=f"{probe.name} on a device of ours",
        now=clock(),
        outcome=taped.outcome,
        seen=said,
    )
    return seen, text


def begin(folder: Folder, scope: Scope, command: str, now: datetime, seed: int, knowledge: Knowledge) -> Run:
    """A run snapshot at its start."""
    return Run(
        id=f"run-{now:%Y%m%dT%H%M%S%f}",
        engagement=folder.id,
        started=now,
        ended=None,
        command=command,
        scope=scope.text,
        seed=seed,
        parameters=calibrate.of(folder.kept(calibrate.FILE)),
        versions={"stalehost": version("stalehost"), "knowledge at the time": knowledge.version},
        authority=words(scope, now),
        decisions=decisions.read(folder.root / decisions.FILE),
    )


def assess(
    log: Iterable[Observation],
    runs: Sequence[Run],
    knowledge: Knowledge,
    now: datetime,
    kept: Iterable[Presence] = (),
    *,
    steps: int = 0,
) -> Assessment:
    """Judge a log, with the days of presence kept beside it, and plan so many steps: a pure function of its arguments.

    Raise DataError when no run has been stored yet.
    """
    if not runs:
        raise DataError("nothing has been seen yet; run `stalehost scan` or `stalehost import` first")
    found = sites.picture(log, runs, kept)
    run, scope, seen = found.frame, found.scope, found.log
    by_site = sites.aged(found, knowledge, now)
    aged = [one for those in by_site.values() for one in those]
    devices, ages = [device for device, _, _ in aged], [age for _, age, _ in aged]
    risks = risk.judge(aged, scope, knowledge, run.parameters, run.seed, now, sites.reach(found), steps)
    return Assessment(
        now=now,
        title=scope.engagement.name,
        owner=scope.engagement.owner,
        sector=scope.engagement.sector,
        authority=run.authority or words(scope, run.started),
        runs=found.runs,
        devices=_ranked(aged, risks),
        cohorts=risks.cohorts,
        zones=tuple(
            view
            for part in found.parts
            for view in coverage.zones(
                part.scope, [device for device, _, _ in by_site[part.site]], part.log, part.runs
            )
        ),
        reach=risks.reach,
        network=risks.network,
        exchanges=coverage.exchanges(seen),
        sources=tuple(knowledge.sources()),
        limits=(
            *coverage.limits(scope, devices, found.runs, risks.reach, knowledge),
            *forms.strays(devices, seen),
        ),
        evidence=_cited(devices, ages, seen),
        versions={**run.versions, "knowledge": knowledge.version},
        plan=risks.plan,
    )


def rehearsal(found: Assessment, log: Iterable[Observation], knowledge: Knowledge) -> Stage:
    """The network of an assessment ready to be simulated again: for plans of other budgets, and for what-ifs."""
    laid = sites.picture(log, found.runs)
    aged, run = [(one.device, one.age, one.forgotten) for one in found.devices], laid.frame
    reach = sites.reach(laid)
    return risk.rehearsal(aged, laid.scope, knowledge, run.parameters, run.seed, found.now, reach)


def _ranked(aged: Sequence[tuple[Device, Age, Forgotten]], risks: risk.RiskResult) -> tuple[Judged, ...]:
    """The devices with all that was judged of them, the most dangerous first."""
    judged = (
        Judged(
            device=device,
            age=age,
            forgotten=lonely,
            exposures=risks.devices[device.id].exposures,
            risk=risks.devices[device.id].risk,
        )
        for device, age, lonely in aged
    )
    return tuple(sorted(judged, key=lambda one: (-one.risk.score, -one.risk.fix_value, one.device.id)))


def _cited(
    devices: Sequence[Device], ages: Sequence[Age], seen: Sequence[Observation]
) -> dict[EvidenceId, Observation]:
    """The observations behind the devices and their ages, and makers' forms, by id; the rest stays in the database."""
    cited = {fact.evidence for device in devices for fact in device.facts}
    cited |= {proof for device in devices for service in device.services for proof in service.evidence}
    cited |= {proof for age in ages for proof in age.horizon.evidence}
    named = ((evidence_id(one), one) for one in seen)
    behind = [(key, one) for key, one in named if key in cited or one.field == "mds2.form"]
    return dict(sorted(behind, key=lambda pair: pair[0]))


def _first(error: BaseException) -> BaseException:
    """The first failure of several side by side; its siblings were only cancelled because of it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
