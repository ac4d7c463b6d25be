"""The machine output: every device as one line, every finding as one line, or the whole assessment as one object."""

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from scanner.model import freshness
from scanner.model.assessment import Assessment, Judged, Recall, ZoneView
from scanner.model.device import Location
from scanner.model.kinds import Outcome, Reach
from scanner.model.knowledge import DataSource
from scanner.model.net import Mac
from scanner.model.observation import Observation
from scanner.model.plan import Answer, Plan
from scanner.model.verdict import Age, Interval
from scanner.report import register, schema, schema_plan, schema_risk, schema_safety
from scanner.report.sections.fixes import plan as best_first
from scanner.report.sections.safety import cared, trips


def assessment(found: Assessment) -> str:
    """Write the whole assessment as indented JSON, ending in a newline; equal input, equal bytes."""
    return msgspec.json.format(_encode(report(found)), indent=2).decode() + "\n"


def device_lines(found: Assessment) -> Iterator[str]:
    """Write each device as one line of JSON (no newline), highest score first."""
    for judged in found.devices:
        yield _encode(device(judged)).decode()


def finding_lines(found: Assessment) -> Iterator[str]:
    """Write each finding as one line of JSON (no newline), worst first."""
    for one in register.register(found):
        yield _encode(_finding(one)).decode()


def plan_line(made: Plan | None, answers: Sequence[Answer]) -> str:
    """Write a plan and the answers to what-ifs as one line of JSON (no newline)."""
    return _encode(schema_plan.PlanLine(plan=made, what_if=tuple(answers))).decode()


def device(of: Judged) -> schema.DeviceLine:
    """Turn a judged device into its line."""
    it = of.device
    return schema.DeviceLine(
        id=it.id,
        names=it.names,
        addresses=tuple(dict.fromkeys(leg.address for leg in it.legs)),
        macs=tuple(sorted(_macs(of))),
        zones=it.zones,
        site=it.site,
        kind=it.kind,
        identity_confidence=it.identity_confidence,
        role=it.role,
        attributes={
            name: schema.Attribute(value=one.value, confidence=one.confidence, evidence=one.evidence)
            for name, one in it.attributes.items()
        },
        services=tuple(
            schema.Service(
                port=one.port,
                protocol=one.protocol,
                product=one.product,
                version=one.version,
                also=one.also,
                evidence=one.evidence,
            )
            for one in it.services
        ),
        first_seen=it.first_seen,
        last_seen=it.last_seen,
        presence=it.presence,
        days=it.days,
        location=_location(it.location) if it.location else None,
        owner=it.owner,
        inventories=it.inventories,
        age=_age(of.age),
        forgotten=_forgotten(of),
        risk=_risk(of),
        exposures=_exposures(of),
    )


def report(found: Assessment) -> schema.Report:
    """Turn an assessment into the object that `assessment` writes."""
    return schema.Report(
        engagement=schema.Engagement(
            name=found.title,
            owner=found.owner,
            sector=found.sector,
            authority=found.authority,
            judged=found.now,
            runs=tuple(run.id for run in found.runs),
        ),
        network=_network(found),
        devices=tuple(device(judged) for judged in found.devices),
        cohorts=tuple(schema.Cohort(**msgspec.structs.asdict(one)) for one in found.cohorts),
        zones=tuple(_zone(one) for one in found.zones),
        reach={way: _rules(found, way) for way in Reach},
        findings=tuple(_finding(one) for one in register.register(found)),
        plan=found.plan,
        fixes=tuple(
            schema_plan.Fix(
                what=one.what,
                target=one.target,
                devices=one.all,
                fix_value=one.value,
                score=one.score,
            )
            for one in best_first(found)
        ),
        coverage=_coverage(found),
        safety=_safety(found),
        versions=found.versions,
        sources=tuple(_source(one, found.now.date()) for one in found.sources),
        parameters=found.runs[-1].parameters if found.runs else {},
        evidence={name: _evidence(seen) for name, seen in found.evidence.items()},
        since=found.since,
    )


def _source(of: DataSource, today: date) -> schema.Source:
    limit = freshness.limit(of.name)
    return schema.Source(
        **msgspec.structs.asdict(of),
        age_days=(today - of.dated).days,
        limit_days=limit.days if limit else None,
        old=freshness.over(of, today),
    )


def _zone(of: ZoneView) -> schema.Zone:
    return schema.Zone(**{**msgspec.structs.asdict(of), "recall": _recall(of.recall) if of.recall else None})


def _recall(of: Recall) -> schema.Recall:
    ranges = {"interval": of.interval, "missed": of.missed}
    told = {name: _range(one) if one else None for name, one in ranges.items()}
    return schema.Recall(**{**msgspec.structs.asdict(of), **told})


def _macs(of: Judged) -> set[Mac]:
    return {leg.mac for leg in of.device.legs if leg.mac}


def _location(place: Location) -> schema.Location:
    return schema.Location(**msgspec.structs.asdict(place))


def _age(age: Age) -> schema.Age:
    return schema.Age(
        support=age.support,
        ends=age.ends,
        hypotheses=tuple(schema.Hypothesis(**msgspec.structs.asdict(one)) for one in age.hypotheses),
        horizon=schema.Horizon(
            lo=age.horizon.not_before,
            hi=age.horizon.not_after,
            level=None if age.horizon.median is None else age.horizon.level,
            grade=age.horizon.grade,
            conflict=age.horizon.conflict,
            because=age.horizon.because,
        ),
        median=age.median,
        evidence=tuple(dict.fromkeys((*age.evidence, *age.horizon.evidence))),
        grade=age.grade,
        because=age.because,
        settle=age.settle,
    )


def _forgotten(of: Judged) -> schema.Forgotten:
    told = of.forgotten
    return schema.Forgotten(
        unknown=told.unknown,
        unmanaged=told.unmanaged,
        stale=told.stale,
        signals=tuple(schema.Signal(**msgspec.structs.asdict(one)) for one in told.signals),
    )


def _risk(of: Judged) -> schema_risk.Risk:
    risk = of.risk
    return schema_risk.Risk(
        score=risk.score,
        interval=_range(risk.interval),
        band=risk.band,
        grade=risk.grade,
        fix_value=risk.fix_value,
        by_adversary=risk.by_adversary,
        why=tuple(msgspec.convert(one, schema_risk.Why, from_attributes=True) for one in risk.why),
        compromised=risk.compromised,
        error=risk.error,
        blast=risk.blast,
        critical=risk.critical,
        top_ten=risk.top_ten,
        under=risk.under,
        reaches=risk.reaches,
        compute_hops=risk.compute_hops,
    )


def _exposures(of: Judged) -> tuple[schema.Exposure, ...]:
    return tuple(
        schema.Exposure(
            id=one.id,
            name=one.name,
            gate=one.gate,
            cves=one.cves,
            probability=one.probability,
            grade=one.grade,
            evidence=one.evidence,
            deadline=one.deadline,
            holes=tuple(msgspec.convert(hole, schema.Hole, from_attributes=True) for hole in one.holes),
            because=one.because,
        )
        for one in of.exposures
    )


def _range(of: Interval) -> schema_risk.Range:
    return schema_risk.Range(lo=of.lo, hi=of.hi, level=of.level)


def _network(found: Assessment) -> schema_risk.Network:
    told = msgspec.structs.asdict(found.network)
    return schema_risk.Network(**{**told, "interval": _range(found.network.interval)})


def _rules(found: Assessment, way: Reach) -> tuple[schema.Rule, ...]:
    return tuple(
        schema.Rule(
            source=one.source,
            target=one.target,
            gates=one.gates,
            probability=one.probability,
            evidence=one.evidence,
            site=one.site,
            last=one.last,
        )
        for one in found.reach
        if one.known is way
    )


def _finding(one: register.Finding) -> schema.FindingLine:
    return schema.FindingLine(**msgspec.structs.asdict(one))


def _coverage(found: Assessment) -> schema.Coverage:
    return schema.Coverage(
        exchanges=tuple(schema.Exchange(**msgspec.structs.asdict(one)) for one in found.exchanges),
        zones_from_inside=sum(zone.scanned_from_inside for zone in found.zones),
        zones=len(found.zones),
        limits=found.limits,
    )


def _safety(found: Assessment) -> schema_safety.Safety:
    refused = sum(one.count for one in found.exchanges if one.outcome == Outcome.REFUSED.value)
    last = next((run for run in reversed(found.runs) if run.head), None)
    return schema_safety.Safety(
        exchanges=sum(one.count for one in found.exchanges) - refused,
        refused=refused,
        notes=tuple(note for run in found.runs for note in run.notes),
        trips=tuple(schema_safety.Trip(**msgspec.structs.asdict(one)) for one in trips(found.runs)),
        cared=tuple(schema_safety.Cared(**msgspec.structs.asdict(one)) for one in cared(found.runs)),
        stopped=tuple(run.stopped for run in found.runs if run.stopped),
        harm=tuple(schema_safety.Borne(**msgspec.structs.asdict(one)) for one in last.harm) if last else (),
        frames=last.frames if last else 0,
        names=last.names if last else {},
        head=last.head if last else None,
    )


def _evidence(seen: Observation) -> schema.Evidence:
    return schema.Evidence(**msgspec.structs.asdict(seen))


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
