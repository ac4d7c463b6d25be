"""Who cannot work though nobody took it: what it needs has fallen, or its zone was cut off out of precaution.

In May 2017 81 of 236 NHS trusts were disrupted and 34 of them infected (NAO 2018): 46 stood still because what they share
with others had fallen, or because they had switched off themselves. So this is an outcome of its own beside what falls.
What a device needs is not asked of anybody: a domain that it says it belongs to, and the systems that devices of its kind
work with, where its zone may open them. Each need holds with a probability of its own (`disrupt.*`, judgement).
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.model.kinds import Kind, Role
from scanner.risk.chance import Bits
from scanner.risk.exposure import Door
from scanner.risk.plan.trial import fallen, rehearse
from scanner.risk.scene import Actor
from scanner.risk.score import FULL, Stage

WORKS_WITH: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.MODALITY: frozenset({Kind.PACS}),
    Kind.LAB_ANALYSER: frozenset({Kind.INTERFACE_ENGINE}),
    Kind.PATIENT_MONITOR: frozenset({Kind.INTERFACE_ENGINE}),
    Kind.HMI: frozenset({Kind.PLC, Kind.RTU}),
    Kind.ATM: frozenset({Kind.HSM, Kind.MAINFRAME}),
    Kind.POS: frozenset({Kind.SERVER, Kind.MAINFRAME}),
    Kind.WORKSTATION: frozenset({Kind.PACS, Kind.MAINFRAME}),
    Kind.LAPTOP: frozenset({Kind.PACS, Kind.MAINFRAME}),
}
"""Judgement: what devices of a kind cannot do without."""
PEOPLE: Final = frozenset({Kind.WORKSTATION, Kind.LAPTOP})
"""They work with every server that the scope names as critical, too."""
WORLDS: Final = 1024
SALT: Final = 3
"""Worlds of its own: what is compared with the plan is not chosen by the same dice."""


class Need(Struct, frozen=True):
    """A device cannot work when all of these have fallen: several that do the same stand in for each other."""

    parameter: str
    """How likely it holds."""
    on: tuple[int, ...]


def disrupted(on: Stage) -> float:
    """Expected weight, in endpoints, of the devices that one foothold stops and that do not fall themselves."""
    if not on.cast:
        return 0.0
    trial = rehearse(on, WORLDS if len(on.cast) <= FULL else WORLDS // 2, SALT)
    fell = fallen(trial)
    gone = np.zeros((len(on.net.zones), fell.shape[-1]), dtype=np.uint64)
    zone_at = {name: at for at, name in enumerate(on.net.zones)}
    for at, actor in enumerate(on.cast):
        gone[[zone_at[zone] for zone in actor.zones]] |= fell[at]
    groups: dict[tuple[tuple[Need, ...], tuple[str, ...]], list[int]] = {}
    for at, mine in enumerate(needs(on)):
        if on.weight[at] > 0:
            groups.setdefault((mine, on.cast[at].zones), []).append(at)
    total = 0.0
    for (wanted, zones), members in groups.items():
        works = np.ones(trial.worlds)
        for need in wanted:
            works *= 1 - on.values[need.parameter] * _bits(np.bitwise_and.reduce(fell[list(need.on)], axis=0))
        for zone in zones:
            works *= 1 - on.values["disrupt.precaution"] * _bits(gone[zone_at[zone]])
        stands = on.weight[members] @ (1 - _bits(fell[members]).astype(np.float64))
        total += float(stands @ (1 - works)) / trial.worlds
    return total


def needs(on: Stage) -> Iterator[tuple[Need, ...]]:
    """What each device cannot do without, in the order of the cast."""
    domains = [actor.domain for actor in on.cast]
    masters = [at for at, actor in enumerate(on.cast) if actor.device.kind is Kind.DOMAIN_CONTROLLER]
    by_kind: dict[Kind, list[int]] = {}
    for at, actor in enumerate(on.cast):
        by_kind.setdefault(actor.device.kind, []).append(at)
    named = [at for at in by_kind.get(Kind.SERVER, ()) if on.cast[at].critical]
    for at, actor in enumerate(on.cast):
        found = []
        if domains[at] and actor.device.kind is not Kind.DOMAIN_CONTROLLER:
            own = [one for one in masters if domains[one] in {domains[at], ""}]
            found += [Need("disrupt.domain", tuple(own))] if own else []
        for kind in sorted(WORKS_WITH.get(actor.device.kind, ())):
            near = [one for one in by_kind.get(kind, ()) if one != at and _opens(on, actor, one)]
            found += [Need("disrupt.client", tuple(near))] if near else []
        if actor.device.kind in PEOPLE:
            found += [Need("disrupt.client", (one,)) for one in named if _opens(on, actor, one)]
        yield tuple(found)


def _opens(on: Stage, actor: Actor, other: int) -> bool:
    """Whether its zones may open any service of the other, more likely than not."""
    device = on.cast[other].device
    if device.role is Role.VIRTUAL:
        return False
    door = Door("", tuple(sorted({service.port for service in device.services})))
    targets = on.cast[other].zones
    return any(on.policy.opens(source, target, door) >= 0.5 for source in actor.zones for target in targets)


def _bits(bits: Bits) -> NDArray[np.uint8]:
    """A flag for each world, on the last axis."""
    return np.unpackbits(np.ascontiguousarray(bits).view(np.uint8), axis=-1)
