"""What each device can come to: critical assets with the ways there, compute hosts, and how soon the first asset falls."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from scanner.model.device import DeviceId
from scanner.model.kinds import Kind, Role
from scanner.model.verdict import Hop, Interval, Pace, Path, Reached
from scanner.risk import pace
from scanner.risk.blast import odds_at
from scanner.risk.exposure import HEADLINE, Adversary
from scanner.risk.paths import Roads, Step, Way, hops, roads, ways
from scanner.risk.scene import Actor
from scanner.risk.score import Floats, Measured, Stage, effort, shares
from scanner.risk.spread import World
from scanner.risk.spread import ways as closed
from scanner.risk.words import SHARED
from scanner.scope.file import Scope

SHOWN: Final = 10
"""Assets listed at one device."""
LEAST: Final = 0.01
"""P(asset falls) under the strongest adversary from which it is listed."""
FOLLOWED: Final = 40
"""Devices whose ways are written out: those with the highest scores."""
ZONE: Final = 254
"""Addresses of a zone whose networks the scope does not say."""
SECONDS: Final = 3600.0


class Routes(Struct, frozen=True, kw_only=True):
    """By device, in the order of the cast; and for the network."""

    reaches: tuple[tuple[Reached, ...], ...]
    compute: tuple[int | None, ...]
    pace: tuple[Pace, ...]
    compute_hosts: int
    compute_reached: float


def routes(
    on: Stage, worlds: Mapping[Adversary, World], found: Mapping[Adversary, Measured], scope: Scope
) -> Routes:
    """Follow the ways from every device to every critical asset."""
    chief = found[HEADLINE]
    assets = [at for at, actor in enumerate(on.cast) if actor.critical]
    brains = [at for at, actor in enumerate(on.cast) if computes(actor)]
    chance = on.chances.under(HEADLINE, on.values, {}).tolist()
    laid = roads(on.net, chance)
    keyed: dict[tuple[str, ...], Roads] = {(): laid}
    odds = {
        one: odds_at(on.net, held, closed(on.net, held), on.seeds, assets) for one, held in worlds.items()
    }
    fewest = [hops(on.net, laid, [asset]) for asset in assets]
    zone_at = {name: at for at, name in enumerate(on.net.zones)}
    top = set(np.argsort(-chief.score, kind="stable")[: effort(len(on.cast), FOLLOWED)].tolist())

    def mine_of(at: int) -> Roads:
        """The roads of whoever holds the device's passwords."""
        held = tuple(sorted(group.name for group in on.cast[at].groups))
        if held not in keyed:
            keyed[held] = roads(on.net, chance, _keys(on, held))
        return keyed[held]

    def reached(at: int) -> tuple[Reached, ...]:
        seed, out = int(chief.chosen[at]), []
        mine = odds[HEADLINE][seed]
        zones = [zone_at[zone] for zone in on.seeds[seed].zones]
        for which in np.argsort(-mine, kind="stable")[: SHOWN + 1].tolist():
            if assets[which] == at or mine[which] < LEAST:
                continue
            near = [fewest[which][zone] for zone in zones if zone in fewest[which]]
            paths = ways(on.net, mine_of(at), zones, assets[which], at) if at in top else ()
            near += [one.hops for one in paths]
            out.append(
                Reached(
                    asset=_name(on, assets[which]),
                    probability={str(one): round(float(odds[one][seed, which]), 4) for one in Adversary},
                    hops=min(near, default=None),
                    paths=tuple(_path(on, one) for one in paths),
                )
            )
        return tuple(out[:SHOWN])

    toward = hops(on.net, laid, brains)
    return Routes(
        reaches=tuple(reached(at) for at in range(len(on.cast))),
        compute=tuple(_compute(at, on, brains, toward, zone_at) for at in range(len(on.cast))),
        pace=tuple(_pace(on, worlds[one], found[one], one, assets, scope) for one in Adversary),
        compute_hosts=len(brains),
        compute_reached=_any(on, worlds[HEADLINE], chief, brains),
    )


def computes(actor: Actor) -> bool:
    """Whether it could run the model of an adaptive worm: others that it takes are only its body."""
    return actor.device.kind is Kind.COMPUTE_HOST and actor.device.role is not Role.VIRTUAL


def sizes(zones: Sequence[str], scope: Scope) -> list[float]:
    """How many addresses an intruder tries in each zone: those of its networks, as far as a /16 or what stands in IPv6."""
    held = dict.fromkeys(zones, 0.0)
    for network in scope.networks:
        if network.zone in held:
            held[network.zone] += (
                float(min(network.cidr.num_addresses, 1 << 16)) if network.cidr.version == 4 else ZONE
            )
    return [size or float(ZONE) for size in held.values()]


def _compute(
    at: int, on: Stage, brains: Sequence[int], toward: Mapping[int, int], zone_at: Mapping[str, int]
) -> int | None:
    if at in brains:
        return 0
    return min((toward[zone_at[zone]] for zone in on.cast[at].zones if zone_at[zone] in toward), default=None)


def _pace(
    on: Stage, held: World, found: Measured, adversary: Adversary, assets: Sequence[int], scope: Scope
) -> Pace:
    times = on.values["pace.contacts"], pace.dwell(adversary, on.values)
    told = pace.pace(on.net, held, found.entry, assets, sizes(on.net.zones, scope), times)
    lasts = None
    if told.low is not None and told.high is not None:
        lasts = Interval(lo=round(told.low / SECONDS, 4), hi=round(told.high / SECONDS, 4))
    return Pace(
        adversary=str(adversary),
        probability=round(told.probability, 4),
        hours=None if told.median is None else round(told.median / SECONDS, 4),
        interval=lasts,
        first=None if told.first is None else _name(on, told.first),
    )


def _any(on: Stage, held: World, found: Measured, brains: Sequence[int]) -> float:
    """P(some compute host falls | one foothold), a foothold that is one included; the strongest alone is counted where
    several could fall: a floor.
    """
    if not brains:
        return 0.0
    odds: Floats = odds_at(on.net, held, closed(on.net, held), on.seeds, brains).max(axis=1)[found.chosen]
    odds[list(brains)] = 1.0
    return round(float(found.entry @ odds), 4)


def _keys(on: Stage, held: Sequence[str]) -> dict[int, float]:
    """The passwords by their numbers, with P(each is really shared)."""
    really = shares(on, on.values)
    return {at: float(really[at]) for at, name in enumerate(on.net.groups) if name in held}


def _path(on: Stage, way: Way) -> Path:
    return Path(hops=tuple(_hop(on, one) for one in way.steps), probability=round(way.chance, 4))


def _hop(on: Stage, step: Step) -> Hop:
    source, target = on.net.zones[step.source], on.net.zones[step.zone]
    measured = on.policy.across(source, target, step.door)
    return Hop(
        device=_name(on, step.host),
        gate=step.door.gate,
        zone=target,
        reach=str(on.policy.how(source, target, step.door) or "inside"),
        password=_password(on, step),
        site=measured.site if measured else None,
        last=measured.last if measured else None,
    )


def _password(on: Stage, step: Step) -> str:
    """What the password of a step rests on; empty where it takes none."""
    name = step.door.gate.removeprefix(SHARED)
    group = next((one for one in on.cast[step.host].groups if one.name == name), None)
    if group is None or name == step.door.gate:
        return ""
    return "evidence" if group.parameter == "credential.unmanaged" else "assumed"


def _name(on: Stage, at: int) -> DeviceId:
    return on.cast[at].device.id
