"""Everything a report may say: the one value that report turns into HTML, JSON and CSV."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from scanner.model.device import Device
from scanner.model.knowledge import DataSource
from scanner.model.observation import EvidenceId, Observation
from scanner.model.plan import Plan
from scanner.model.run import Run
from scanner.model.since import Since
from scanner.model.verdict import Age, Cohort, Exposure, Forgotten, Interval, Pace, Risk, ZoneReach


class Judged(Struct, frozen=True, kw_only=True):
    """A device with its verdicts."""

    device: Device
    age: Age
    forgotten: Forgotten
    exposures: tuple[Exposure, ...]
    risk: Risk


class Network(Struct, frozen=True, kw_only=True):
    """The network as one number: what one foothold costs."""

    expected_loss: float
    """Weight lost per foothold, in endpoint equivalents, mean over entries and adversaries' default."""
    interval: Interval
    total_weight: float
    critical_reached: float
    """Expected number of critical assets reached from one foothold."""
    critical_assets: int
    after_top_fixes: float
    """Expected loss when the five best fixes are made."""
    pace: tuple[Pace, ...] = ()
    """When the first critical asset falls, by adversary."""
    compute_hosts: int = 0
    """Devices that could run an adaptive worm's model."""
    compute_reached: float = 0.0
    """P(any of them falls | one foothold): without one, such a worm needs a way out to somebody else's."""
    disrupted: float = 0.0
    """Expected weight of devices that cannot work though nobody took them, in endpoint equivalents."""


class Recall(Struct, frozen=True, kw_only=True):
    """How much of a zone the last run found, of the devices switched on during this run."""

    found: int
    """Addresses that answered."""
    share: float | None
    """Of the devices switched on during this run, the share that was found, 0..1; None = not known."""
    interval: Interval | None
    """Where that share lies, as far as capture and recapture can tell."""
    missed: Interval | None
    """Devices that were on and were not found."""
    answered: tuple[float, ...]
    """Pass by pass, the second first: of the questions to devices known to be there, the share that was answered."""
    silent: int
    """Devices that records know here, and that stayed silent."""
    doubts: tuple[str, ...]
    """What may have been missed, in words."""
    advice: tuple[str, ...]
    """What would raise it, in words."""


class ZoneView(Struct, frozen=True, kw_only=True):
    """A zone, how it was looked at, and what was found in it."""

    name: str
    cidrs: tuple[str, ...]
    profile: str
    devices: int
    addresses_answered: int
    scanned_from_inside: bool
    notes: tuple[str, ...]
    recall: Recall | None = None
    """None where no run has looked for hosts in it."""


class Exchange(Struct, frozen=True, kw_only=True):
    """How many exchanges ended in one way, for the coverage page."""

    probe: str
    outcome: str
    count: int


class Assessment(Struct, frozen=True, kw_only=True):
    """All results of one judgement; a pure function of log, knowledge, run snapshot and `now`."""

    now: datetime
    title: str
    owner: str
    sector: str
    authority: str
    """Who authorised it and how: `signed by ...` or `self-authorised`."""
    runs: tuple[Run, ...]
    devices: tuple[Judged, ...]
    """Highest pivot score first; ties by device id."""
    cohorts: tuple[Cohort, ...]
    zones: tuple[ZoneView, ...]
    reach: tuple[ZoneReach, ...]
    network: Network
    exchanges: tuple[Exchange, ...]
    sources: tuple[DataSource, ...]
    limits: tuple[str, ...]
    """What this assessment cannot say, in words."""
    evidence: Mapping[EvidenceId, Observation]
    """Every observation that a verdict cites."""
    versions: Mapping[str, str]
    plan: Plan = Plan()
    """What to fix first, simulated together; at most ten steps."""
    since: Since | None = None
    """What changed since an earlier run; None when it was not compared with any."""
