"""The machine output's types, `stalehost/1`: the JSON Schema that ships with the program is made from them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from scanner.model.kinds import Band, Kind, Reach, Role, Support
from scanner.model.observation import Value
from scanner.model.plan import Plan
from scanner.model.since import Since
from scanner.report import schema_plan
from scanner.report.schema_risk import Network, Range, Risk
from scanner.report.schema_safety import Safety

VERSION: Final = schema_plan.VERSION


class DayRange(Struct, frozen=True, kw_only=True):
    """The days between which the last security update lies; null is an open side."""

    lo: date | None
    hi: date | None
    level: float | None
    """Share of the belief that the range holds; null where nothing could be dated."""


class Horizon(DayRange, frozen=True, kw_only=True):
    """When it was last patched, and what that rests on."""

    grade: str
    """`E4` exact builds or revisions .. `E1` habit alone; one lower for what leans on facts over their age limit."""
    conflict: bool
    because: tuple[str, ...]


class Attribute(Struct, frozen=True, kw_only=True):
    """One attribute that won, with what stands behind it."""

    value: str
    confidence: float
    evidence: tuple[str, ...]


class Service(Struct, frozen=True, kw_only=True):
    """One open port."""

    port: str
    protocol: str | None
    product: str | None
    version: str | None
    also: tuple[str, ...]
    """Other programs that it names, with their versions: the web server before an application."""
    evidence: tuple[str, ...]


class Location(Struct, frozen=True, kw_only=True):
    """Where the device was last attached."""

    switch: str | None
    port: str | None
    description: str | None
    access_point: str | None
    seen: datetime | None


class Hypothesis(Struct, frozen=True, kw_only=True):
    """One reading of what the device may be."""

    label: str
    edition: str
    ends: date | None
    open_ended: bool
    ended: bool | None
    source: str
    evidence: tuple[str, ...]


class Age(Struct, frozen=True, kw_only=True):
    """Support and patch horizon."""

    support: Support
    ends: date | None
    hypotheses: tuple[Hypothesis, ...]
    horizon: Horizon
    median: date | None
    evidence: tuple[str, ...]
    grade: str
    """What the support verdict rests on, `E4` .. `E0`; one lower where it leans on facts over their age limit."""
    because: tuple[str, ...]
    """Why that grade is lower than its evidence."""
    settle: str | None


class Signal(Struct, frozen=True, kw_only=True):
    """One sign that the device is forgotten."""

    name: str
    points: float
    evidence: tuple[str, ...]


class Forgotten(Struct, frozen=True, kw_only=True):
    """Three axes and the signs behind them."""

    unknown: bool
    unmanaged: bool
    stale: bool
    signals: tuple[Signal, ...]


class Hole(Struct, frozen=True, kw_only=True):
    """One CVE behind a way in, and what public lists say of it."""

    cve: str
    grade: str
    exploited: date | None
    ransomware: bool
    epss: float | None
    cvss: float | None
    ssvc: str
    condition: str
    deadline: date | None


class Exposure(Struct, frozen=True, kw_only=True):
    """One way in."""

    id: str
    name: str
    gate: str
    cves: tuple[str, ...]
    probability: float
    grade: str
    evidence: tuple[str, ...]
    deadline: date | None
    holes: tuple[Hole, ...]
    because: tuple[str, ...]


class DeviceLine(Struct, frozen=True, kw_only=True, tag_field="schema", tag=VERSION):
    """`devices --json`: one device a line."""

    id: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    macs: tuple[str, ...]
    zones: tuple[str, ...]
    site: str | None
    """The site whose bundle brought it, which also stands before its zones (`north/ward`); null = seen here."""
    kind: Kind
    identity_confidence: float
    """How sure it is that all its addresses and cards are one device, that will be known again; 0 to 1."""
    role: Role
    attributes: Mapping[str, Attribute]
    services: tuple[Service, ...]
    first_seen: datetime
    last_seen: datetime
    presence: str
    days: tuple[date, ...]
    """Every day, in UTC, on which it is known to have been there."""
    location: Location | None
    owner: str | None
    inventories: tuple[str, ...]
    age: Age
    forgotten: Forgotten
    risk: Risk
    exposures: tuple[Exposure, ...]


class FindingLine(Struct, frozen=True, kw_only=True, tag_field="schema", tag=VERSION):
    """`findings --json`: one cause a line."""

    id: str
    cause: str
    title: str
    band: Band
    score: int
    devices: tuple[str, ...]
    evidence: tuple[str, ...]
    remedy: str
    deadline: date | None
    cves: tuple[str, ...]
    state: str
    """`open`, `accepted` or `reopened`."""
    accepted: tuple[str, ...]
    decision: str


class AddressLine(Struct, frozen=True, kw_only=True, tag_field="schema", tag=VERSION):
    """`discover --json`: one address a line."""

    address: str
    mac: str | None
    vendor: str | None
    via: tuple[str, ...]
    open: tuple[str, ...]
    rtt_ms: float | None
    zone: str | None
    first_seen: datetime
    last_seen: datetime


class FieldLine(Struct, frozen=True, kw_only=True, tag_field="schema", tag=VERSION):
    """`identify`: one line for each line of input; `rule` is null where nothing matched."""

    field: str
    value: Value
    rule: str | None
    attributes: Mapping[str, str]


class Engagement(Struct, frozen=True, kw_only=True):
    """Whose network this is, and who allowed it."""

    name: str
    owner: str
    sector: str
    authority: str
    judged: datetime
    runs: tuple[str, ...]


class Cohort(Struct, frozen=True, kw_only=True):
    """Devices that share a cause."""

    cause: str
    gate: str
    zone: str
    devices: tuple[str, ...]
    score: int
    band: Band
    fix_value: float
    remedy: str


class Recall(Struct, frozen=True, kw_only=True):
    """How much of a zone the last run found, of the devices switched on during that run."""

    found: int
    share: float | None
    """Null: not known, the data is too thin."""
    interval: Range | None
    missed: Range | None
    answered: tuple[float, ...]
    silent: int
    doubts: tuple[str, ...]
    advice: tuple[str, ...]


class Zone(Struct, frozen=True, kw_only=True):
    """One zone and how it was looked at."""

    name: str
    cidrs: tuple[str, ...]
    profile: str
    devices: int
    addresses_answered: int
    scanned_from_inside: bool
    notes: tuple[str, ...]
    recall: Recall | None


class Rule(Struct, frozen=True, kw_only=True):
    """Whether one zone reaches another."""

    source: str
    target: str
    gates: tuple[str, ...]
    probability: float
    evidence: tuple[str, ...]
    site: str | None = None
    """Of a measured pair of two sites: from which of them; null elsewhere."""
    last: datetime | None = None
    """Of a measured pair of two sites: when it was last seen so; null elsewhere."""


class Exchange(Struct, frozen=True, kw_only=True):
    """How many exchanges ended in one way."""

    probe: str
    outcome: str
    count: int


class Coverage(Struct, frozen=True, kw_only=True):
    """What was looked at, and what was not."""

    exchanges: tuple[Exchange, ...]
    zones_from_inside: int
    zones: int
    limits: tuple[str, ...]


class Source(Struct, frozen=True, kw_only=True):
    """One data source and its age."""

    name: str
    rows: int
    dated: date
    age_days: int
    limit_days: int | None
    """The age up to which verdicts that lean on it keep their grade; None when it does not grow old."""
    old: bool
    source: str
    licence: str


class Evidence(Struct, frozen=True, kw_only=True):
    """One observation that a verdict cites."""

    source: str
    first: datetime
    last: datetime
    field: str
    value: Value
    address: str | None
    mac: str | None
    port: str | None
    zone: str | None
    vantage: str | None
    site: str | None


class Report(Struct, frozen=True, kw_only=True, tag_field="schema", tag=VERSION):
    """`report --format json`: the whole assessment."""

    engagement: Engagement
    network: Network
    devices: tuple[DeviceLine, ...]
    cohorts: tuple[Cohort, ...]
    zones: tuple[Zone, ...]
    reach: Mapping[Reach, tuple[Rule, ...]]
    findings: tuple[FindingLine, ...]
    fixes: tuple[schema_plan.Fix, ...]
    plan: Plan
    coverage: Coverage
    safety: Safety
    versions: Mapping[str, str]
    sources: tuple[Source, ...]
    parameters: Mapping[str, float]
    """Settings of the last run that differ from those shipped."""
    evidence: Mapping[str, Evidence]
    since: Since | None = None


LINES: Final = (Report, DeviceLine, FindingLine, AddressLine, FieldLine, schema_plan.PlanLine)
"""The types that stand alone: a whole file, or one line each."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that any output of ours fits."""
    tops, parts = msgspec.json.schema_components(LINES, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{VERSION.replace('/', ':')}",
        "title": "Machine output of stalehost: a whole report, or one line of it",
        "anyOf": list(tops),
        "$defs": dict(sorted(parts.items())),
    }


def text() -> str:
    """The shipped schema file, `stalehost-1.schema.json`, byte for byte."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"
