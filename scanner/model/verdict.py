"""Judgement's results: age (support and patch horizon), exposures, risk."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from scanner.model.device import DeviceId
from scanner.model.kinds import Band, Reach, Support
from scanner.model.observation import EvidenceId


class Interval(Struct, frozen=True, kw_only=True):
    """A range that holds `level` of the runs or of the belief: a spread of judgements, not a measurement error."""

    lo: float
    hi: float
    level: float = 0.8


class Hypothesis(Struct, frozen=True, kw_only=True):
    """One reading of what the device may be, with the end of support under that reading."""

    label: str
    edition: str
    ends: date | None
    open_ended: bool
    ended: bool | None
    """None when the end is not known."""
    source: str
    evidence: tuple[EvidenceId, ...]


class Horizon(Struct, frozen=True, kw_only=True):
    """The last security update happened within these days with belief `level`; either side may be open."""

    not_before: date | None
    not_after: date | None
    because: tuple[str, ...]
    evidence: tuple[EvidenceId, ...]
    knots: tuple[tuple[date, float], ...] = ()
    """P(last update <= date), rising, linear between the dates; empty when nothing is known."""
    median: date | None = None
    """As likely before as after; None when nothing is known."""
    grade: str = "E1"
    """What it rests on: `E4` exact builds or package revisions, `E3` versions, `E2` generations, `E1` habit alone."""
    conflict: bool = False
    """True when two readings contradict each other (a proxy, a container, an edited banner); the grade is lower then."""
    level: float = 0.9

    def before(self, day: date) -> float | None:
        """Give P(last update < day), 0..1: the belief that a fix of that day is missing; None when nothing is known."""
        if not self.knots:
            return None
        at = bisect_left(self.knots, day, key=lambda knot: knot[0])
        if at == 0:
            return 0.0
        if at == len(self.knots):
            return self.knots[-1][1]
        (start, low), (end, high) = self.knots[at - 1 : at + 1]
        return low + (high - low) * (day - start).days / (end - start).days


class Age(Struct, frozen=True, kw_only=True):
    """Whether the maker still mends it, and when it was last mended."""

    support: Support
    subject: str | None
    """What the verdict is about, for people: `Windows 7 SP1`; None when nothing datable was found."""
    ends: date | None
    """End of support of the longest-lived hypothesis, when every end is known."""
    hypotheses: tuple[Hypothesis, ...]
    horizon: Horizon
    median: date | None
    evidence: tuple[EvidenceId, ...]
    settle: str | None
    """The one question or observation that would settle an unknown; None when decided."""
    grade: str = "E1"
    """What the support verdict rests on: `E4` the system and dates that somebody checked, `E3` dates that are less sure,
    `E2` a program on it alone, `E1` a guess or nothing; one lower where a table behind it is older than it may be."""
    because: tuple[str, ...] = ()
    """Why that grade is lower than its evidence."""
    programs: tuple[tuple[str, Horizon], ...] = ()
    """By name, when each program that can be dated by itself was last mended."""


class Question(Struct, frozen=True, kw_only=True):
    """One question, whom it decides, and how to give the answer."""

    sort: str
    """`contract` (which one was bought), `end` (until when), `version`, `system` (what is it), `renewal`."""
    text: str
    about: str
    """The devices it is about, in words: `Windows 10 22H2 (os.build 10.0.19045)`."""
    devices: tuple[str, ...]
    """Ids of the devices that the answer decides, or brings nearer to it."""
    risk: float
    """Sum of their risk scores."""
    zones: tuple[str, ...]
    answers: tuple[str, ...]
    """Commands that record an answer; capitals stand for what only the answer knows."""


class Family(Struct, frozen=True, kw_only=True):
    """How many devices of one family of systems have a verdict."""

    name: str
    devices: int
    decided: int

    @property
    def share(self) -> float:
        """0..1."""
        return self.decided / self.devices


class Signal(Struct, frozen=True, kw_only=True):
    """One sign that a device is forgotten, with its points in log-odds."""

    name: str
    points: float
    evidence: tuple[EvidenceId, ...]


class Forgotten(Struct, frozen=True, kw_only=True):
    """How likely nobody looks after it: three separate axes, and the signals behind them."""

    unknown: bool
    unmanaged: bool
    stale: bool
    probability: float
    signals: tuple[Signal, ...]


class Hole(Struct, frozen=True, kw_only=True):
    """One CVE behind an exposure, and what public lists say of it."""

    cve: str
    grade: str
    """How surely this very CVE is there, `E4` .. `E1`, as for an exposure."""
    exploited: date | None
    """Day it was listed as exploited (CISA KEV); None when it is not listed."""
    ransomware: bool
    epss: float | None
    """P(somebody exploits it somewhere within 30 days), of all the world's networks."""
    cvss: float | None
    ssvc: str
    """CISA's decision points in words: `active, automatable, total`; empty when it has judged none."""
    condition: str
    """What else must hold and was not seen; empty when nothing must."""
    deadline: date | None
    """Informative, after CISA's BOD 26-04; None: with the next upgrade."""


class Exposure(Struct, frozen=True, kw_only=True):
    """One way this device can be taken, with how likely that is and what it rests on."""

    id: str
    name: str
    gate: str
    cves: tuple[str, ...]
    probability: float
    grade: str
    """Evidence grade: `E4` exact, `E3` version with backport risk, `E2` generation only, `E1` port only."""
    evidence: tuple[EvidenceId, ...]
    remedy: str
    deadline: date | None = None
    """The earliest of its holes' informative deadlines."""
    holes: tuple[Hole, ...] = ()
    """The exploited and likeliest first, at most twelve; `cves` has as many."""
    because: tuple[str, ...] = ()
    """What it rests on and what was left out, in sentences."""


class Why(Struct, frozen=True, kw_only=True):
    """One line of the explanation; the points of a device's lines sum to its score exactly."""

    points: int
    text: str
    evidence: tuple[EvidenceId, ...]
    removes: str
    """What would take these points away."""


class Hop(Struct, frozen=True, kw_only=True):
    """One device on a path, and where it falls."""

    device: DeviceId
    gate: str
    """Gate class of the door it falls by; `cred:...` = a password that the first device shares with it."""
    zone: str
    reach: str = "inside"
    """How it is known that the zone before may open the door: `measured`, `declared`, `inferred`, `assumed`; `inside` = own zone."""
    password: str = ""
    """What a shared password rests on: `assumed`, or `evidence` where a directory shows it; empty = none is needed."""
    site: str | None = None
    """Where the step leads from one site to another and that was measured: from which site; None elsewhere."""
    last: datetime | None = None
    """When that was last seen so; None elsewhere."""


class Path(Struct, frozen=True, kw_only=True):
    """One way to a critical asset, device by device, the asset last."""

    hops: tuple[Hop, ...]
    probability: float
    """That this very way is open: the product of its steps."""


class Reached(Struct, frozen=True, kw_only=True):
    """A critical asset that an intruder on a device may come to."""

    asset: DeviceId
    probability: Mapping[str, float]
    """By adversary: commodity, adaptive, intruder."""
    hops: int | None
    """The fewest devices that must fall, the asset included; None when only shared passwords lead there."""
    paths: tuple[Path, ...] = ()
    """The likeliest three; empty for devices that are low in the list."""


class Under(Struct, frozen=True, kw_only=True):
    """What one adversary makes of a device; the fields are those of `Risk`."""

    score: int
    compromised: float
    blast: float
    critical: float


class Pace(Struct, frozen=True, kw_only=True):
    """When the first critical asset falls, from one foothold as likely as each is."""

    adversary: str
    probability: float
    """That any critical asset falls."""
    hours: float | None
    """Half of the times until the first falls, where one does, are shorter; None where none ever does."""
    interval: Interval | None
    """The middle 80 % of those times, in hours."""
    first: DeviceId | None
    """The asset that is most often the first."""


class Risk(Struct, frozen=True, kw_only=True):
    """How dangerous a device is as a pivot: counted on other devices only."""

    score: int
    interval: Interval
    band: Band
    grade: str
    """`A`..`D`: how much rests on evidence rather than on priors."""
    compromised: float
    """P(this device falls | one foothold somewhere in scope)."""
    blast: float
    """Expected weight of OTHER devices that fall when it is the foothold, in endpoint equivalents."""
    critical: float
    """Share of the critical weight (its own excluded) reached from it, 0..1."""
    fix_value: float
    """Expected loss that hardening it removes, in endpoint equivalents."""
    top_ten: float
    """Share of the halved-and-doubled judgement draws in which it is among the top ten."""
    by_adversary: Mapping[str, int]
    """Score under each adversary: commodity, adaptive, intruder."""
    why: tuple[Why, ...]
    under: Mapping[str, Under] = {}
    """All that goes into the score, by adversary."""
    error: float = 0.0
    """Standard error of `compromised` as the simulation has it: the dice, not the judgements."""
    reaches: tuple[Reached, ...] = ()
    """Critical assets within reach, the likeliest first, ten at most."""
    compute_hops: int | None = None
    """Devices that must fall until a compute host has, which may run an adaptive worm's model; None = none is within reach."""


class ZoneReach(Struct, frozen=True, kw_only=True):
    """Whether one zone reaches another on one gate, and how we know."""

    source: str
    target: str
    gates: tuple[str, ...]
    """Ports allowed, `tcp/445`; empty = nothing; `*` = anything."""
    known: Reach
    probability: float
    evidence: tuple[EvidenceId, ...] = ()
    site: str | None = None
    """Of a pair of two sites: from which of them it was measured; None elsewhere."""
    last: datetime | None = None
    """Of a pair of two sites: when it was last seen so; None elsewhere."""


class DeviceRisk(Struct, frozen=True, kw_only=True):
    """A device's exposures and its risk, by id."""

    device: DeviceId
    exposures: tuple[Exposure, ...]
    risk: Risk


class Cohort(Struct, frozen=True, kw_only=True):
    """Devices that share a cause, scored as one: thirty equal holes are one problem."""

    cause: str
    gate: str
    zone: str
    devices: tuple[DeviceId, ...]
    score: int
    band: Band
    fix_value: float
    remedy: str
