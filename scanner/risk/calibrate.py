"""Learn from later truth: which exposures were there after all, by row and evidence grade, and how good the odds were.

The prior of a row at a grade is a Beta with the shipped probability as its mean and as many cases behind it as the grade
is worth (docs/risk-model.md: 40, 12, 6 and 3). Each device whose truth is told adds one case. What was learnt is kept as
numbers beside the engagement and used by later runs under their own snapshot; the log of what was told is only added to.
"""

import csv
import io
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from scanner.errors import DataError
from scanner.risk.parameters import LEARNT as PREFIX
from scanner.risk.parameters import odds

FILE: Final = "calibration.toml"
LOG: Final = "calibration.log.jsonl"
WORTH: Final[Mapping[str, float]] = {"E4": 40.0, "E3": 12.0, "E2": 6.0, "E1": 3.0}
"""Judgement: how many cases of its own a shipped probability counts as, by evidence grade."""
COLUMNS: Final = ("device", "exposure", "present")
_YES: Final = frozenset({"yes", "true", "1", "present"})
_NO: Final = frozenset({"no", "false", "0", "absent", "patched"})
BINS: Final = 5
TINY: Final = 1e-6


class Told(Struct, frozen=True, kw_only=True):
    """One line of truth."""

    device: str
    exposure: str
    present: bool
    line: int


class Case(Struct, frozen=True, kw_only=True):
    """One truth beside what was predicted."""

    exposure: str
    grade: str
    predicted: float
    """P(present), as judged without what was learnt."""
    present: bool


class Learnt(Struct, frozen=True, kw_only=True):
    """What is known of one row at one grade."""

    exposure: str
    grade: str
    prior: float
    """Mean of what was predicted."""
    cases: int
    found: int

    @property
    def mean(self) -> float:
        """P(present) by prior and cases together: the mean of the Beta posterior."""
        worth = WORTH[self.grade]
        return (self.prior * worth + self.found) / (worth + self.cases)

    @property
    def key(self) -> str:
        """Its name among a run's parameters."""
        return f"{PREFIX}{self.exposure}.{self.grade}"

    @property
    def factor(self) -> float:
        """What the odds of each such weakness are multiplied by: of one that was predicted at the prior it makes the mean."""
        return _odds(self.mean) / _odds(self.prior)


class Bin(Struct, frozen=True, kw_only=True):
    """One row of the reliability table."""

    low: float
    high: float
    cases: int
    predicted: float
    found: float


class Scores(Struct, frozen=True, kw_only=True):
    """How good the predictions were: lower is better for both scores."""

    brier: float
    """Mean squared error, 0..1; 0.25 is what always saying one half gets."""
    log: float
    """Mean -ln of the probability given to what was true, in nats."""
    table: tuple[Bin, ...]


def read(text: str, what: str) -> tuple[Told, ...]:
    """Read a CSV of truth: `device,exposure,present`; DataError naming file and line."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    head = [name.strip().lower() for name in rows.fieldnames or ()]
    if missing := [name for name in COLUMNS if name not in head]:
        raise DataError(f"{what}:1: no column {missing[0]!r}; wanted are {', '.join(COLUMNS)}")
    rows.fieldnames = head
    found = []
    for row in rows:
        said = (row["present"] or "").strip().lower()
        if said not in _YES | _NO:
            raise DataError(f"{what}:{rows.line_num}: present is {said!r}, neither yes nor no")
        device, exposure = (row["device"] or "").strip(), (row["exposure"] or "").strip()
        if not device or not exposure:
            raise DataError(f"{what}:{rows.line_num}: a device and an exposure are needed")
        found.append(Told(device=device, exposure=exposure, present=said in _YES, line=rows.line_num))
    if not found:
        raise DataError(f"{what}: no line of truth in it")
    return tuple(found)


def learn(cases: Iterable[Case], before: Sequence[Learnt] = ()) -> tuple[Learnt, ...]:
    """Add cases to what was learnt before, by exposure and grade."""
    kept = {(one.exposure, one.grade): one for one in before}
    new: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        new.setdefault((case.exposure, case.grade), []).append(case)
    for key, some in new.items():
        old = kept.get(key)
        kept[key] = Learnt(
            exposure=key[0],
            grade=key[1],
            prior=old.prior if old else sum(case.predicted for case in some) / len(some),
            cases=(old.cases if old else 0) + len(some),
            found=(old.found if old else 0) + sum(case.present for case in some),
        )
    return tuple(kept[key] for key in sorted(kept))


def scores(cases: Sequence[Case]) -> Scores:
    """Brier and log score, and how often what was predicted at each level was true; DataError without a case."""
    if not cases:
        raise DataError("calibrate: no line of the truth is about an exposure that was predicted")
    pairs = [(case.predicted, float(case.present)) for case in cases]
    bins: dict[int, list[tuple[float, float]]] = {}
    for predicted, present in pairs:
        bins.setdefault(min(BINS - 1, int(predicted * BINS)), []).append((predicted, present))
    return Scores(
        brier=sum((predicted - present) ** 2 for predicted, present in pairs) / len(pairs),
        log=sum(-math.log(max(TINY, predicted if present else 1 - predicted)) for predicted, present in pairs)
        / len(pairs),
        table=tuple(
            Bin(
                low=at / BINS,
                high=(at + 1) / BINS,
                cases=len(some),
                predicted=sum(predicted for predicted, _ in some) / len(some),
                found=sum(present for _, present in some) / len(some),
            )
            for at, some in sorted(bins.items())
        ),
    )


def written(learnt: Iterable[Learnt], version: int) -> str:
    """The file that later runs read."""
    lines = [
        "# What later truth taught of P(present), by exposure and evidence grade: written by `stalehost calibrate`.",
        "# prior: mean of what was predicted; cases and found: told truths, and how many were there.",
        f"version = {version}",
        "",
    ]
    for one in learnt:
        lines += [
            "[[learnt]]", f'exposure = "{one.exposure}"', f'grade = "{one.grade}"', f"prior = {one.prior!r}",
            f"cases = {one.cases}", f"found = {one.found}", "",
        ]  # fmt: skip
    return "\n".join(lines)


def load(text: str, what: str) -> tuple[int, tuple[Learnt, ...]]:
    """Version and content of such a file; DataError for anything that `written` does not write."""
    try:
        data = tomllib.loads(text)
        version = int(data["version"])
        rows = [
            Learnt(
                exposure=str(row["exposure"]), grade=str(row["grade"]), prior=float(row["prior"]),
                cases=int(row["cases"]), found=int(row["found"]),
            )
            for row in data.get("learnt", ())
        ]  # fmt: skip
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{what}: not a calibration that we wrote ({error})") from error
    for one in rows:
        if one.grade not in WORTH or not 0 <= one.prior <= 1 or not 0 <= one.found <= one.cases:
            raise DataError(f"{what}: {one.exposure} at {one.grade}: impossible numbers")
    return version, tuple(rows)


def parameters(learnt: Iterable[Learnt]) -> dict[str, float]:
    """What a run's snapshot keeps of it: the factor of each row at each grade."""
    return {one.key: one.factor for one in learnt}


def of(text: str) -> dict[str, float]:
    """The parameters that a calibration file's text stands for; none for an empty one."""
    return parameters(load(text, FILE)[1]) if text else {}


def moved(present: float, exposure: str, grade: str, values: Mapping[str, float]) -> float:
    """P(present) of a weakness under what was learnt."""
    return odds(present, values.get(f"{PREFIX}{exposure}.{grade}", 1.0))


def plain(present: float, exposure: str, grade: str, values: Mapping[str, float]) -> float:
    """`moved` turned round: P(present) as shipped."""
    return odds(present, 1 / values.get(f"{PREFIX}{exposure}.{grade}", 1.0))


def _odds(probability: float) -> float:
    kept = min(max(probability, TINY), 1 - TINY)
    return kept / (1 - kept)
