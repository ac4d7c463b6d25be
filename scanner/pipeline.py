"""The whole program on one page: `look` fills the log from a network or a file, `assess` judges it.

    scope -> discover -> observe -> store        (the left half: sends, and interprets nothing)
    log -> identify -> age -> risk -> Assessment  (the right half: pure, the same for the same log, data and `now`)
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from scanner.age import forgotten, lifecycle
from scanner.errors import DataError
from scanner.identify import merge
from scanner.model.assessment import Assessment, Judged
from scanner.model.device import Device
from scanner.model.knowledge import Knowledge
from scanner.model.observation import EvidenceId, Observation, evidence_id
from scanner.model.run import Run
from scanner.report import coverage
from scanner.risk import judge as risk
from scanner.scope.file import Scope
from scanner.scope.parse import parse


def assess(log: Iterable[Observation], runs: Sequence[Run], knowledge: Knowledge, now: datetime) -> Assessment:
    """Judge a log: a pure function of its arguments. Raise DataError when no run has been stored yet."""
    if not runs:
        raise DataError("nothing has been seen yet; run `stalehost scan` or `stalehost import` first")
    run = runs[-1]
    scope = parse(run.scope, f"scope of {run.id}")
    seen = tuple(log)
    devices = merge.devices(seen, knowledge, scope, now)
    inventories = frozenset(one.source for one in seen if one.source.startswith("import:"))
    ages = [lifecycle.judge(device, knowledge, now) for device in devices]
    lost = [forgotten.judge(device, age, inventories, now) for device, age in zip(devices, ages, strict=True)]
    aged = list(zip(devices, ages, lost, strict=True))
    risks = risk.judge(aged, scope, knowledge, run.parameters, run.seed, now, ())
    judged = [
        Judged(
            device=device,
            age=age,
            forgotten=lonely,
            exposures=risks.devices[device.id].exposures,
            risk=risks.devices[device.id].risk,
        )
        for device, age, lonely in aged
    ]
    judged.sort(key=lambda one: (-one.risk.score, -one.risk.fix_value, one.device.id))
    return Assessment(
        now=now,
        title=scope.engagement.name,
        owner=scope.engagement.owner,
        sector=scope.engagement.sector,
        authority=_authority(scope),
        runs=tuple(runs),
        devices=tuple(judged),
        cohorts=risks.cohorts,
        zones=coverage.zones(scope, devices, seen),
        reach=risks.reach,
        network=risks.network,
        exchanges=coverage.exchanges(seen),
        sources=tuple(knowledge.sources()),
        limits=coverage.limits(scope, devices, runs, risks.reach, knowledge),
        evidence=_cited(devices, seen),
        versions={**run.versions, "knowledge": knowledge.version},
    )


def _authority(scope: Scope) -> str:
    job = scope.engagement
    return f"self-authorised: {job.authorized_by} ({job.reference}); the scope file bears no signature"


def _cited(devices: Sequence[Device], seen: Sequence[Observation]) -> dict[EvidenceId, Observation]:
    """The observations behind the devices, by id; the rest of the log stays in the database."""
    cited = {fact.evidence for device in devices for fact in device.facts}
    cited |= {proof for device in devices for service in device.services for proof in service.evidence}
    named = ((evidence_id(one), one) for one in seen)
    return {key: one for key, one in sorted(named, key=lambda pair: pair[0]) if key in cited}
