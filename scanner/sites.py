"""Several sites in one picture: each site's log is judged by its own scope, and nothing is ever joined across sites.

Two hospitals may both have a 10.0.0.5. So devices are made site by site, and only then stand side by side: zones bear
their site (`north/ward`), ids too. A card that two sites show is either a device that moved or two cards with one
number: both are named as candidates of one another and left apart, since a wrong join hides a device.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec
from msgspec import Struct

from scanner.age import answers, forgotten, lifecycle
from scanner.age.scene import belonging
from scanner.identify import keys, merge
from scanner.model.device import Device, DeviceId
from scanner.model.knowledge import Knowledge
from scanner.model.net import Address, Port
from scanner.model.observation import Observation
from scanner.model.presence import Presence
from scanner.model.run import Run
from scanner.model.verdict import Age, Forgotten, ZoneReach
from scanner.risk import canary, flows
from scanner.scope import imported
from scanner.scope.file import Scope
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.site import at_home, beside, called, ours, peer, within

Aged = tuple[Device, Age, Forgotten]
_change = msgspec.structs.replace


class Part(Struct, frozen=True, kw_only=True):
    """What one site gathered, and the scope by which that is read."""

    site: str | None
    """None = here."""
    scope: Scope
    """Its zones bear the site, and it holds the segments that its firewalls tell."""
    log: tuple[Observation, ...]
    kept: tuple[Presence, ...]
    runs: tuple[Run, ...]


class Picture(Struct, frozen=True, kw_only=True):
    """All parts, and what holds for the whole."""

    frame: Run
    """The run whose title, seed and parameters count: the last one made here, else the last of all."""
    parts: tuple[Part, ...]
    """Here first, then the sites by name."""
    scope: Scope
    """The frame's scope with the networks, critical assets and segments of every part."""
    here: tuple[Observation, ...] = ()
    """What was seen and said here, whether there is a run of here or not: answers given here hold at every site."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run, the frame last."""
        others = [run for part in reversed(self.parts) for run in part.runs]
        return (*(run for run in others if run != self.frame), self.frame)

    @property
    def log(self) -> tuple[Observation, ...]:
        """Everything that was seen anywhere."""
        return tuple(one for part in self.parts for one in part.log)


def picture(log: Iterable[Observation], runs: Sequence[Run], kept: Iterable[Presence] = ()) -> Picture:
    """Lay out what is to be judged, site by site; `runs` are at least one, oldest first."""
    logs: dict[str | None, list[Observation]] = defaultdict(list)
    for one in log:
        logs[one.site].append(one)
    days: dict[str | None, list[Presence]] = defaultdict(list)
    for row in kept:
        days[row.site].append(row)
    made: dict[str | None, list[Run]] = defaultdict(list)
    for run in runs:
        made[run.site].append(run)
    # rows without a run of their site say nothing that could be read by a scope
    parts = tuple(
        Part(
            site=site,
            scope=_scope(site, made[site][-1], logs[site]),
            log=tuple(logs[site]),
            kept=tuple(days[site]),
            runs=tuple(made[site]),
        )
        for site in sorted(made, key=lambda one: one or "")
    )
    parts = _called_home(parts)
    frame = next((part.runs[-1] for part in parts if part.site is None), runs[-1])
    whole = next(part.scope for part in parts if part.site == frame.site)
    others = [part.scope for part in parts if part.site != frame.site]
    scope = _change(
        whole,
        networks=(*whole.networks, *(one for of in others for one in of.networks)),
        critical=(*whole.critical, *(one for of in others for one in of.critical)),
        segments=(*whole.segments, *(one for of in others for one in of.segments)),
    )
    return Picture(frame=frame, parts=parts, scope=scope, here=tuple(logs[None]))


def _called_home(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts, where the scope here says what other sites call it, with their word for it as ours."""
    own = next((part.scope.engagement.site for part in parts if part.site is None), None)
    if own is None:
        return parts
    return tuple(
        part if part.site is None else _change(part, scope=at_home(part.scope, own)) for part in parts
    )


def aged(of: Picture, knowledge: Knowledge, now: datetime) -> Mapping[str | None, list[Aged]]:
    """Every device of every site with its age, by site; cards that several sites show are said on each."""
    found = {part.site: _aged(part, of.here, knowledge, now) for part in of.parts}
    return _wandering(found) if len(found) > 1 else found


def reach(of: Picture) -> tuple[ZoneReach, ...]:
    """Who was seen to reach whom, within each site and from one to another, as each site saw it.

    An address of another site is nobody's, unless the scope says whose it is: `[[peer]]`. Of a door between two sites
    that one of them knocked on in vain and another heard answering, the answer counts, as within one site.
    """
    doors = _doors(of)
    rows = [
        _change(row, site=_name(part)) if row.last else row
        for part in of.parts
        for row in flows.measured(part.log, part.scope, _beyond(part.scope, doors))
    ]
    opened = {
        (row.source, row.target, port) for row in rows if row.last and row.probability for port in row.gates
    }
    return tuple(one for row in rows for one in _left(row, opened))


def abroad(
    of: Picture, scope: Scope, knowledge: Knowledge, now: datetime
) -> tuple[tuple[Device, ...], flows.Doors]:
    """The devices of other sites at the addresses by which this scope of ours names them, and their doors that were open
    to their own zones: whom `reach` might knock on, if the gate lets it. What is careful at its own site has no service.
    """
    wanted = {one.site for one in scope.peers}
    found = [
        moved
        for part in of.parts
        if part.site in wanted
        for device in merge.devices(part.log, knowledge, part.scope, now, part.kept)
        if (moved := _moved(device, part, scope)).legs
    ]
    return tuple(found), _beyond(scope, _doors(of))


def _moved(device: Device, part: Part, scope: Scope) -> Device:
    """The device as it is seen from here: only what the scope's peers hold is left of it."""
    site, gate = part.site or "", Gate(part.scope)
    legs = [
        _change(leg, address=found[0], zone=found[1])
        for leg in device.legs
        if (found := _seen(leg.address, site, scope))
    ]
    services = [
        _change(one, address=found[0])
        for one in device.services
        if (network := gate.network(one.address)) and network.profile in canary.FREE
        if (found := _seen(one.address, site, scope))
    ]
    return _change(device, legs=tuple(legs), services=tuple(services), site=site)


def _seen(address: Address, site: str, scope: Scope) -> tuple[Address, str] | None:
    """What an address of a site is called here, and the zone that the scope gives it; None where no peer holds it."""
    for one in scope.peers:
        # the most specific peer that holds it says whose it is
        if one.site == site and (found := ours(one, address)) and peer(scope, found) == one:
            return found, called(one)
    return None


def _doors(of: Picture) -> dict[str, set[tuple[Address, Port]]]:
    """By site (empty = here): what was open there to its own zone."""
    return {part.site or "": flows.inner(flows.latest(part.log)) for part in of.parts}


def _beyond(scope: Scope, doors: Mapping[str, set[tuple[Address, Port]]]) -> flows.Doors:
    """Doors of other sites by their addresses as seen from where this scope counts."""
    return {
        (found[0], port)
        for site in {one.site for one in scope.peers}
        for address, port in doors.get(site, ())
        if (found := _seen(address, site, scope))
    }


def _left(row: ZoneReach, opened: AbstractSet[tuple[str, str, str]]) -> Iterator[ZoneReach]:
    """The row without the ports that another site has heard answering."""
    if row.last is None or row.probability:
        yield row
        return
    kept = [at for at, port in enumerate(row.gates) if (row.source, row.target, port) not in opened]
    if kept:
        gates, evidence = (tuple(those[at] for at in kept) for those in (row.gates, row.evidence))
        yield _change(row, gates=gates, evidence=evidence)


def _name(part: Part) -> str:
    return part.site or part.scope.engagement.site or "here"


def _aged(part: Part, here: Sequence[Observation], knowledge: Knowledge, now: datetime) -> list[Aged]:
    log = part.log
    said = answers.read(log if part.site is None else (*here, *log), now)
    devices = answers.heed(merge.devices(log, knowledge, part.scope, now, part.kept), said, now)
    inventories = frozenset(one.source for one in log if one.source.startswith("import:"))
    unread = belonging(devices, log)
    found: list[Aged] = []
    for device in devices:
        more = unread.get(device.id, ())
        age = lifecycle.judge(device, knowledge, now, more)
        lonely = forgotten.judge(device, age, inventories, now, more)
        found.append((device, age, lonely))
    return found if part.site is None else [_of_site(part.site, one) for one in found]


def _of_site(site: str, of: Aged) -> Aged:
    """The same device under an id that no device of another site has."""
    device, age, lonely = of
    name = DeviceId("dev-" + hashlib.sha256(f"{site}\0{device.id}".encode()).hexdigest()[:10])
    return (
        _change(device, id=name, site=site),
        age,
        lonely,
    )


def _wandering(found: Mapping[str | None, list[Aged]]) -> Mapping[str | None, list[Aged]]:
    """With a word on each device whose card another site shows too."""
    cards: dict[str, set[str]] = defaultdict(set)
    for site, those in found.items():
        for device, _, _ in those:
            for card in _cards(device):
                cards[card].add(site or "here")

    def told(device: Device) -> Device:
        own = device.site or "here"
        notes = [
            f"card {card} was also seen at {other}: moved from site to site, or a second card of that number;"
            " not joined"
            for card in sorted(_cards(device))
            for other in sorted(cards[card] - {own})
        ]
        return _change(device, conflicts=tuple(sorted({*device.conflicts, *notes}))) if notes else device

    return {
        site: [(told(device), age, lonely) for device, age, lonely in those] for site, those in found.items()
    }


def _cards(device: Device) -> set[str]:
    return {
        leg.mac for leg in device.legs if leg.mac and keys.burnt_in(leg.mac) and not keys.virtual(leg.mac)
    }


def _scope(site: str | None, run: Run, log: Sequence[Observation]) -> Scope:
    scope = parse(run.scope, f"scope of {run.id}")
    scope = _change(scope, segments=(*scope.segments, *imported.segments(log, beside(scope))))
    return scope if site is None else within(scope, site)
