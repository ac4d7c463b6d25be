"""How dangerous a device is, and the network as a whole, in the machine output: part of `stalehost/1`."""

from collections.abc import Mapping

from msgspec import Struct

from scanner.model.kinds import Band
from scanner.model.verdict import Pace, Reached, Under


class Range(Struct, frozen=True, kw_only=True):
    """A range of numbers that holds `level` of the draws."""

    lo: float
    hi: float
    level: float


class Why(Struct, frozen=True, kw_only=True):
    """One line of the explanation; a device's points sum to its score."""

    points: int
    text: str
    evidence: tuple[str, ...]
    removes: str
    """What would take these points away."""


class Risk(Struct, frozen=True, kw_only=True):
    """The pivot score, what goes into it, and its explanation; docs/risk-model.md derives each number."""

    score: int
    interval: Range
    band: Band
    grade: str
    fix_value: float
    by_adversary: Mapping[str, int]
    why: tuple[Why, ...]
    compromised: float
    """P(it falls | one foothold somewhere in scope)."""
    error: float
    """Standard error of `compromised`: the dice alone."""
    blast: float
    """Expected weight of other devices that fall when it is the foothold, in endpoints."""
    critical: float
    """Share of the critical weight of others that falls from it."""
    top_ten: float
    """Share of the draws, every judgement between half and double, in which it is among the ten highest."""
    under: Mapping[str, Under]
    """The same by adversary."""
    reaches: tuple[Reached, ...]
    """Critical assets within reach, the likeliest first, ten at most."""
    compute_hops: int | None
    """Devices that must fall until a compute host has; null: none is within reach."""


class Network(Struct, frozen=True, kw_only=True):
    """What one foothold costs."""

    expected_loss: float
    interval: Range
    total_weight: float
    critical_reached: float
    critical_assets: int
    after_top_fixes: float
    pace: tuple[Pace, ...]
    """When the first critical asset falls, by adversary."""
    compute_hosts: int
    compute_reached: float
    """P(any compute host falls | one foothold)."""
    disrupted: float
    """Expected weight of devices that cannot work though nobody took them; not in `expected_loss`."""
