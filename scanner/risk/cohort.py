"""Devices that share a cause, scored as one: when thirty have the same hole, mending one of them is worth nothing."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from scanner.model.kinds import Role, band
from scanner.model.verdict import Cohort
from scanner.risk.chance import share
from scanner.risk.exposure import HEADLINE, Weakness
from scanner.risk.scene import entered
from scanner.risk.score import Measured, Stage, effort, elsewhere, loss_in, points, whole
from scanner.risk.spread import Seed, World, falls, spread

LEAST: Final = 0.05
"""A member's chance through the gate: below it, the cause is noise."""
TRIED: Final = 20
"""Cohorts whose fix is simulated; for the others it is the sum of what their members' fixes save at least."""

_Key = tuple[str, str, str]


def cohorts(on: Stage, held: World, found: Measured, fixes: Sequence[float]) -> tuple[Cohort, ...]:
    """Every set of at least two devices in one zone that the same exposure opens, the highest score first."""
    members, causes = _members(on)
    ordered = sorted(members)
    if not ordered:
        return ()
    entries = entered(on.kin, on.values)
    strength = np.minimum(1.0, elsewhere(on, entries) / on.values["entry.zone"])
    tried = spread(on.net, held, [Seed((zone,)) for zone in on.net.zones])
    fallen = [falls(on.net, held, tried[at]) for at in range(len(on.net.zones))]
    scored = []
    for key in ordered:
        who = members[key]
        # one member is the foothold for the others, so the zone's own strength counts in full
        chance = max(
            float(strength[at].max(initial=0.0)) * float(share(np.bitwise_or.reduce(fallen[at][who], axis=0)))
            for at in range(len(on.net.zones))
        )
        seed = Seed(tuple(sorted({zone for at in who for zone in on.cast[at].zones})))
        scored.append((key, _score(on, held, seed, who, chance)))
    scored.sort(key=lambda one: (-one[1], one[0]))
    return tuple(
        _cohort(
            on,
            held,
            found,
            key,
            members[key],
            causes[key],
            score,
            fixes if rank >= effort(len(on.cast), TRIED) else None,
        )
        for rank, (key, score) in enumerate(scored)
    )


def _members(on: Stage) -> tuple[dict[_Key, list[int]], dict[_Key, Weakness]]:
    """(gate, zone, exposure) -> devices; a device counts once a gate, under the exposure that opens it most."""
    members: dict[_Key, list[int]] = {}
    causes: dict[_Key, Weakness] = {}
    for at, actor in enumerate(on.cast):
        best: dict[str, Weakness] = {}
        if actor.device.role is not Role.NONE:
            continue
        for one in actor.weaknesses:
            best.setdefault(one.fact.gate, one)
        for gate, one in best.items():
            if one.chance(HEADLINE, on.values) >= LEAST:
                for zone in actor.zones:
                    members.setdefault((gate, zone, one.fact.id), []).append(at)
                    causes[gate, zone, one.fact.id] = one
    return {key: who for key, who in members.items() if len(who) > 1}, causes


def _score(on: Stage, held: World, seed: Seed, who: Sequence[int], chance: float) -> int:
    """As for a device, with the members' own weight among what is lost: each of them is `other` to the rest."""
    usable = spread(on.net, held, [seed])[0]
    odds = share(falls(on.net, held, usable))
    odds[list(who)] = 1.0
    one = np.array([chance])
    blast, critical = np.array([odds @ on.weight]), np.array([odds @ on.critical])
    return whole(float(points(one, blast, critical, on.values)[0]))


def _cohort(
    on: Stage,
    held: World,
    found: Measured,
    key: _Key,
    who: Sequence[int],
    cause: Weakness,
    score: int,
    fixes: Sequence[float] | None,
) -> Cohort:
    gate, zone, _ = key
    saved = sum(fixes[at] for at in who) if fixes else found.loss - loss_in(on, _mended(on, held, who, gate))
    return Cohort(
        cause=cause.fact.name,
        gate=gate,
        zone=zone,
        devices=tuple(on.cast[at].device.id for at in who),
        score=score,
        band=band(score),
        fix_value=round(max(0.0, saved), 3),
        remedy=cause.fact.remedy,
    )


def _mended(on: Stage, held: World, who: Sequence[int], gate: str) -> World:
    """The same worlds with this gate shut on the members, everything else as it was."""
    inside = set(who)
    rows = enumerate(zip(on.net.row_host.tolist(), on.net.gates, strict=True))
    shut = [row for row, (host, of) in rows if host in inside and of == gate]
    live = held.live.copy()
    live[shut] = 0
    return World(live=live, open=held.open, shared=held.shared)
