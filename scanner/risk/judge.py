"""Judge risk: from devices, ages and the scope to scores, cohorts, reach and the network's expected loss."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypedDict

import numpy as np
from msgspec import Struct

from scanner.model.assessment import Network
from scanner.model.device import Device, DeviceId
from scanner.model.kinds import Band, band
from scanner.model.knowledge import Knowledge
from scanner.model.plan import Plan
from scanner.model.verdict import Age, Cohort, DeviceRisk, Forgotten, Interval, Risk, Under, ZoneReach
from scanner.risk.cohort import cohorts
from scanner.risk.disruption import disrupted
from scanner.risk.explain import explain
from scanner.risk.exposure import HEADLINE, Adversary, shown
from scanner.risk.parameters import resolve
from scanner.risk.plan.planner import plan
from scanner.risk.related import related
from scanner.risk.routes import Routes, routes
from scanner.risk.scene import Actor, actors
from scanner.risk.score import (
    WORLDS,
    Floats,
    Measured,
    Stage,
    draws,
    fix_values,
    loss_in,
    measure,
    stage,
    top_ten,
    whole,
    world,
)
from scanner.risk.spread import World
from scanner.risk.stale import lowered
from scanner.risk.zones import Policy, policy, table
from scanner.scope.file import Scope

LEVEL: Final = 0.8
FIXES: Final = 5
"""Fixes that the network's `after_top_fixes` counts."""
GRADES: Final = ((0.8, "A"), (0.6, "B"), (0.35, "C"), (0.0, "D"))
"""Least share of evidence for each confidence grade."""


class RiskResult(Struct, frozen=True, kw_only=True):
    """All that risk says."""

    devices: Mapping[DeviceId, DeviceRisk]
    cohorts: tuple[Cohort, ...]
    reach: tuple[ZoneReach, ...]
    network: Network
    plan: Plan
    """Without steps where none were asked for."""


def judge(
    devices: Sequence[tuple[Device, Age, Forgotten]],
    scope: Scope,
    knowledge: Knowledge,
    parameters: Mapping[str, float],
    seed: int,
    now: datetime,
    reach_seen: Sequence[ZoneReach],
    steps: int = 0,
) -> RiskResult:
    """Judge every device; equal arguments give equal results, in whatever order devices come. Plan so many steps.

    Raises DataError for a device that is there twice, and for a parameter, weight or probability out of range.
    """
    on = rehearsal(devices, scope, knowledge, parameters, seed, now, reach_seen)
    cast, values, zones = on.cast, on.values, on.net.zones
    rules = policy(scope, reach_seen, values)
    worlds = {adversary: world(on, adversary) for adversary in Adversary}
    found = {adversary: measure(on, worlds[adversary], values) for adversary in Adversary}
    chief = found[HEADLINE]
    scores, losses = draws(on)
    fixes = fix_values(on, worlds[HEADLINE], chief)
    grades = [_grade(actor, rules, zones) for actor in cast]
    followed = routes(on, worlds, found, scope)
    judged = _devices(knowledge, on, worlds[HEADLINE], found, scores, fixes, grades, followed)
    sources, today = knowledge.sources(), now.astimezone(UTC).date()
    return RiskResult(
        devices={name: lowered(one, sources, today) for name, one in judged.items()},
        cohorts=cohorts(on, worlds[HEADLINE], chief, fixes.tolist()),
        reach=table(scope, reach_seen, zones, values),
        network=_network(on, worlds[HEADLINE], chief, losses, fixes, followed),
        plan=plan(on, round(chief.loss, 3), steps=steps),
    )


def rehearsal(
    devices: Iterable[tuple[Device, Age, Forgotten]],
    scope: Scope,
    knowledge: Knowledge,
    parameters: Mapping[str, float],
    seed: int,
    now: datetime,
    reach_seen: Sequence[ZoneReach],
) -> Stage:
    """The network laid out and ready to be simulated, as `judge` judges it; raises what that raises."""
    values = resolve(parameters)
    cast = actors(devices, scope, knowledge, now, values)
    return stage(cast, _zones(scope, cast, reach_seen), policy(scope, reach_seen, values), values, seed)


def _devices(
    knowledge: Knowledge,
    on: Stage,
    held: World,
    found: Mapping[Adversary, Measured],
    scores: Floats,
    fixes: Floats,
    grades: Sequence[str],
    followed: Routes,
) -> dict[DeviceId, DeviceRisk]:
    chief = found[HEADLINE]
    why = explain(on, held, chief)
    top = top_ten(scores)
    return {
        actor.device.id: DeviceRisk(
            device=actor.device.id,
            exposures=(
                *(shown(one, actor.device, knowledge, on.values) for one in actor.weaknesses),
                *related(actor.device, knowledge),
            ),
            risk=Risk(
                **_scored(on, at, found, scores[:, at]),
                grade=grades[at],
                critical=_share(on, chief, at),
                fix_value=round(max(0.0, float(fixes[at])), 3),
                top_ten=round(float(top[at]), 3),
                why=why[at],
                reaches=followed.reaches[at],
                compute_hops=followed.compute[at],
            ),
        )
        for at, actor in enumerate(on.cast)
    }


def _zones(scope: Scope, cast: Iterable[Actor], reach_seen: Iterable[ZoneReach]) -> tuple[str, ...]:
    named = {network.zone for network in scope.networks}
    named |= {zone for actor in cast for zone in actor.zones}
    named |= {zone for one in reach_seen for zone in (one.source, one.target)}
    return tuple(sorted(named))


class _Scored(TypedDict):
    score: int
    interval: Interval
    band: Band
    compromised: float
    blast: float
    by_adversary: dict[str, int]
    under: dict[str, Under]
    error: float


def _scored(on: Stage, at: int, found: Mapping[Adversary, Measured], drawn: Floats) -> _Scored:
    chief = found[HEADLINE]
    score, fallen = whole(float(chief.score[at])), float(chief.compromised[at])
    return _Scored(
        score=score,
        interval=interval(float(score), drawn),
        band=band(score),
        compromised=round(fallen, 4),
        blast=round(float(chief.blast[at]), 3),
        by_adversary={str(one): whole(float(found[one].score[at])) for one in Adversary},
        under={
            str(one): Under(
                score=whole(float(of.score[at])),
                compromised=round(float(of.compromised[at]), 4),
                blast=round(float(of.blast[at]), 3),
                critical=_share(on, of, at),
            )
            for one, of in found.items()
        },
        error=round(float(np.sqrt(fallen * (1 - fallen) / WORLDS)), 4),
    )


def _share(on: Stage, of: Measured, at: int) -> float:
    """Share of the critical weight of others that falls from it, 0..1."""
    others = float(on.critical.sum() - on.critical[at])
    return round(min(1.0, float(of.critical[at]) / max(1e-9, others)), 4)


def interval(centre: float, drawn: Floats) -> Interval:
    """The middle 80 % of the draws, stretched to hold the central estimate.

    Ranks at 0.1 (n + 1) and 0.9 (n + 1): of so few draws, those between which one more falls in 80 % of cases.
    """
    lo, hi = np.percentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], method="weibull")
    return Interval(lo=round(min(centre, float(lo)), 2), hi=round(max(centre, float(hi)), 2), level=LEVEL)


def _grade(actor: Actor, rules: Policy, zones: Sequence[str]) -> str:
    """How much of a score rests on evidence: exact readings count full, versions half; so does knowing who reaches it."""
    chances = [(one.finding.grade, one.finding.present) for one in actor.weaknesses]
    total = sum(present for _, present in chances)
    strong = sum({"E4": 1.0, "E3": 0.5}.get(grade, 0.0) * present for grade, present in chances)
    seen = strong / total if total else (0.6 if actor.device.services else 0.0)
    pairs = [(source, target) for target in actor.zones for source in zones if source != target]
    known = sum(rules.known(*pair) for pair in pairs) / len(pairs) if pairs else 1.0
    sure = 0.7 * seen + 0.3 * known
    return next(letter for least, letter in GRADES if sure >= least)


def _network(
    on: Stage, held: World, chief: Measured, losses: Floats, fixes: Floats, followed: Routes
) -> Network:
    best = [int(at) for at in np.argsort(-fixes, kind="stable")[:FIXES] if fixes[at] > 0]
    after = loss_in(on, held, best) if best else chief.loss
    return Network(
        expected_loss=round(chief.loss, 3),
        interval=interval(chief.loss, losses),
        total_weight=float(on.weight.sum()),
        critical_reached=round(chief.reached, 4),
        critical_assets=sum(actor.critical for actor in on.cast),
        after_top_fixes=round(after, 3),
        pace=followed.pace,
        compute_hosts=followed.compute_hosts,
        compute_reached=followed.compute_reached,
        disrupted=round(disrupted(on), 3),
    )
