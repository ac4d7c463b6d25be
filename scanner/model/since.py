"""What changed between two assessments of one engagement, and what each change comes from."""

import enum
from datetime import datetime

from msgspec import Struct

from scanner.model.device import DeviceId
from scanner.model.kinds import Band


class Cause(enum.StrEnum):
    """What a change comes from."""

    NETWORK = "network"
    """Something new was seen."""
    KNOWLEDGE = "knowledge"
    """Something new is known of what was seen before."""
    SCOPE = "scope"
    """The scope file, the settings of the judgement or a decision differ."""
    TIME = "time"
    """Time passed: support ended, a date was reached."""


class State(enum.StrEnum):
    """What became of a finding; what was not looked at is never called fixed."""

    NEW = "new"
    WORSE = "worse"
    REOPENED = "reopened"
    """Accepted or gone before, and open again."""
    BETTER = "better"
    FIXED = "fixed"
    """Its devices were seen since, and none of them has it any more."""
    GONE = "gone"
    """It is no longer found, and nothing that was seen on its devices since says that it was fixed."""
    SUPPRESSED = "suppressed"
    """Somebody accepts it until a date."""
    NOT_SEEN = "not looked at again"
    """None of its devices was seen since."""
    UNCHANGED = "unchanged"


class Moved(enum.StrEnum):
    """What became of a device."""

    NEW = "new"
    QUIET = "gone quiet"
    BACK = "back"
    ADDRESS = "changed address"
    NAME = "changed name"
    KIND = "changed kind"
    DROPPED = "no longer listed"
    """It is part of another device now, or outside the scope."""
    NOT_LOOKED = "not looked at"
    """It is listed no longer, and its site was not looked at since."""


class Visit(enum.StrEnum):
    """Whether a site was looked at between the two moments; what was not is never called gone."""

    LOOKED = "looked at"
    NOT_LOOKED = "not looked at"
    NEW = "new"
    """Nothing of it was known at the first moment."""


class SiteVisit(Struct, frozen=True, kw_only=True):
    """When one of several sites was looked at."""

    site: str
    """`here` where it has no name."""
    state: Visit
    before: datetime | None
    """The end of its last look until the first moment; None for a new one."""
    after: datetime | None
    """The end of its last look since; None where there was none."""


class Moment(Struct, frozen=True, kw_only=True):
    """One side of the comparison."""

    run: str
    """Id of the last run that it judges."""
    at: datetime
    knowledge: str
    """Version of the knowledge that was in force; empty when the run did not keep it."""


class FindingChange(Struct, frozen=True, kw_only=True):
    """What became of one finding."""

    id: str
    cause: str
    title: str
    state: State
    because: Cause | None
    """What most of the change comes from; None where nothing changed."""
    score_before: int | None
    """None where the finding was not there."""
    score_after: int | None
    band_before: Band | None
    band_after: Band | None
    devices_before: int
    devices_after: int
    joined: tuple[DeviceId, ...]
    """Devices that have it now and had it not, by their present ids."""
    left: tuple[DeviceId, ...]
    remedy: str
    said: str
    """Who accepts it until when, or why it is open again; empty otherwise."""
    sites: tuple[str, ...] = ()
    """Of several sites those where it changed; empty where there is one only."""


class DeviceChange(Struct, frozen=True, kw_only=True):
    """What became of one device; the same device by its keys, not by its address."""

    device: DeviceId
    name: str
    what: Moved
    before: str
    after: str


class Step(Struct, frozen=True, kw_only=True):
    """How the expected loss of one foothold moved by one cause; the steps sum to the whole change."""

    because: Cause
    before: float
    after: float
    findings_before: int
    findings_after: int


class Point(Struct, frozen=True, kw_only=True):
    """One run in the trend."""

    run: str
    at: datetime
    loss: float
    lo: float
    hi: float
    critical: int
    """Devices of that band."""
    high: int
    medium: int
    low: int
    findings: int
    """Open ones; what somebody accepts is not counted."""
    sites: int = 1
    """How many sites had been looked at by then."""


class Since(Struct, frozen=True, kw_only=True):
    """All that changed between two moments."""

    before: Moment
    after: Moment
    findings: tuple[FindingChange, ...]
    """What needs somebody first, first."""
    devices: tuple[DeviceChange, ...]
    steps: tuple[Step, ...]
    trend: tuple[Point, ...]
    notes: tuple[str, ...]
    """What the comparison cannot say, in words."""
    sites: tuple[SiteVisit, ...] = ()
    """Each of several sites, by name; empty where there is one only."""
