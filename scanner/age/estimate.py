"""The arithmetic of the patch horizon: soft intervals times a prior over months, and what to say of the result.

Each row of evidence turns into a likelihood over the months since 1995; their product with the habit of such devices is
the belief about the month of the last update (docs/patch-horizon.md). Pure, without tables of its own.
"""

import enum
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np
from msgspec import Struct

from scanner.age.habits import Floats, Habit, prior, surviving
from scanner.model.observation import EvidenceId

START: Final = date(1995, 1, 1)
"""The first day of the grid; what is older counts as its first month."""
LEVEL: Final = 0.9
"""Belief that the reported interval holds."""
CONFLICT: Final = 0.01
"""Below this share of what each row could give alone, the rows contradict each other."""
RESTARTS: Final = 12.0
"""Judgement: months between restarts for other reasons than updates; a system that has run longer restarts more seldom."""
DAYS_A_MONTH: Final = 30.44
STALE_DAYS: Final = 90
"""Judgement: a reading older than this no longer speaks for today."""
BEHIND_FADES: Final = 90.0
"""Judgement: days by which a program that was not restarted is behind what is installed, to 1/e."""
_ROUND: Final = 0.002
"""Belief that a knot left out may be off by."""


class Shape(enum.Enum):
    """What a row says of the days between its bounds."""

    BOX = "box"
    """The last update lies in between."""
    START = "start"
    """It started on the upper bound and runs since: nothing later works, and the start may have been an update's."""


class Row(Struct, frozen=True, kw_only=True):
    """One piece of evidence on the last update of one component."""

    source: str
    """Which row of docs/patch-horizon.md: `package`, `upstream`, `start`..."""
    component: str
    """`system`, or the program that it speaks of."""
    not_before: date | None
    not_after: date | None
    delta: float = 30.0
    """Days in which the belief falls to 1/e after `not_after`: who is late is not wrong."""
    eps: float
    """Chance that the row is wrong altogether (judgement)."""
    system: bool
    """True where it speaks of the operating system's own updates."""
    lag: float = 0.0
    """Chance that it shows a program older than what is installed, because nobody restarted it (judgement)."""
    grade: str
    text: str
    evidence: tuple[EvidenceId, ...]
    seen: date
    """The day it was last read."""
    shape: Shape = Shape.BOX
    tables: tuple[str, ...] = ()
    """The tables of facts that it leans on; none where it dates itself."""
    stops: tuple[tuple[date, float], ...] = ()
    """Days on which updates of its component may have stopped, with weights; empty = as those of the system."""


class Belief(Struct, frozen=True, kw_only=True):
    """What the rows together say."""

    lo: date
    hi: date
    """The shortest interval that holds LEVEL of the belief."""
    median: date
    knots: tuple[tuple[date, float], ...]
    """P(last update <= date), linear between the dates."""
    conflict: tuple[Row, Row] | None
    """The two rows that contradict each other most; None where all agree."""


def month(day: date) -> int:
    """The index of a day's month on the grid; 0 for everything before it."""
    return max(0, (day.year - START.year) * 12 + day.month - 1)


def believe(
    rows: Sequence[Row], habit: Habit, anchors: Sequence[tuple[date, float]], born: date | None, today: date
) -> Belief:
    """Give the belief about the day of the last update as of `today`.

    `anchors` are the days on which updates stopped coming out, with the weight of each possibility (weights above 0);
    `born` is the day the system came out. Where it is not known, the system is no younger than the youngest thing seen of it.
    """
    found = _believed(tuple(_mark(row, today) for row in rows), habit, tuple(anchors), born, today)
    if found.conflict is None:
        return Belief(lo=found.lo, hi=found.hi, median=found.median, knots=found.knots, conflict=None)
    first, second = found.conflict
    return Belief(
        lo=found.lo, hi=found.hi, median=found.median, knots=found.knots, conflict=(rows[first], rows[second])
    )


class _Mark(Struct, frozen=True):
    """What of a row the arithmetic looks at: rows of many devices differ in nothing else than their words."""

    not_before: date | None
    not_after: date | None
    delta: float
    eps: float
    lag: float
    seen: date
    shape: Shape


class _Found(Struct, frozen=True):
    """A belief with its contradiction by the places of the rows."""

    lo: date
    hi: date
    median: date
    knots: tuple[tuple[date, float], ...]
    conflict: tuple[int, int] | None


def _mark(row: Row, today: date) -> _Mark:
    # the very day on which it was read counts for nothing while that is fresh, but of a start: how long it has run
    fresh = row.shape is Shape.BOX and (today - row.seen).days <= STALE_DAYS
    seen = today if fresh else row.seen
    return _Mark(row.not_before, row.not_after, row.delta, row.eps, row.lag, seen, row.shape)


@lru_cache(maxsize=8192)
def _believed(
    rows: tuple[_Mark, ...],
    habit: Habit,
    anchors: tuple[tuple[date, float], ...],
    born: date | None,
    today: date,
) -> _Found:
    """The same rows give the same belief, whoever they are of: in a hundred thousand devices few are new."""
    known = max((row.not_before for row in rows if row.not_before), default=None)
    case = _Case(
        habit=habit, anchors=anchors, born=born, known=known, edges=_edges(rows, anchors, born, today)
    )
    posterior = _prior(case, today)
    likely = [_likelihood(row, case, today) for row in rows]
    for one in likely:
        posterior = posterior * one
    belief = np.concatenate(([0.0], np.cumsum(posterior / posterior.sum())))
    days, belief = case.edges, np.minimum(belief, 1.0)
    lo, hi = _shortest(days, belief)
    return _Found(
        lo=_date(lo),
        hi=min(_date(hi), today),
        median=_date(float(np.interp(0.5, belief, days))),
        knots=_knots(days, belief),
        conflict=_conflict(rows, likely),
    )


class _Case(Struct, frozen=True, kw_only=True):
    """What stays the same for all rows of one question."""

    habit: Habit
    anchors: tuple[tuple[date, float], ...]
    born: date | None
    known: date | None
    """The youngest day that a row of evidence shows."""
    edges: Floats
    """The first day of each cell, and the day after the last: months, cut where evidence begins or ends."""


def _edges(
    rows: Sequence[_Mark], anchors: Sequence[tuple[date, float]], born: date | None, today: date
) -> Floats:
    cuts = {*_months(month(today) + 1)[:-1].tolist(), _number(today) + 1}
    bounds = [row.not_before for row in rows if row.not_before] + ([born] if born else [])
    ends = [row.not_after for row in rows if row.not_after] + ([born] if born else [])
    cuts |= {_number(day) for day in bounds} | {_number(day) + 1 for day in ends}
    cuts |= {_number(row.not_after) for row in rows if row.not_after and row.shape is Shape.START}
    for day, _ in anchors:
        cuts |= {_number(day), _number(day) + 1}
    first, last = _number(START), _number(today) + 1
    return np.array(sorted(cut for cut in cuts if first <= cut <= last), dtype=np.float64)


@lru_cache(maxsize=512)
def _months(count: int) -> Floats:
    """The first day of each month as a number, and of the month after the last."""
    days = [date(START.year + m // 12, m % 12 + 1, 1).toordinal() for m in range(count + 1)]
    return np.array(days, dtype=np.float64)


def _prior(case: _Case, until: date) -> Floats:
    """Belief over the cells before any row, as it was on the day `until`: nothing came after an anchor."""
    out = np.zeros(len(case.edges) - 1)
    for day, weight in case.anchors:
        # what is seen still stands: the longer ago updates ended, the fewer of those that were looked after
        last = max(START, min(day, until))
        standing = surviving(case.habit, month(until) - month(last))
        level = _tries(case, standing.habit, until)
        # who tried to update after the last one came out has that last one
        end = int(np.searchsorted(case.edges, _number(last) + 1)) - 1
        level[end] += float(level[end + 1 :].sum())
        level[end + 1 :] = 0.0
        out += weight * standing.left * level
    out /= out.sum()
    return out


def _tries(case: _Case, habit: Habit, until: date) -> Floats:
    """Belief over the cells of the last try to update up to the day `until`, whatever came out."""
    count = month(until) + 1
    born = None if case.born is None or case.born > until else case.born
    before = prior(
        habit,
        count,
        None if born is None else month(born),
        None if case.known is None else min(month(case.known), count - 1),
    )
    starts = _months(count)
    starts = np.append(starts[:-1], min(starts[-1], _number(until) + 1))
    if born is not None:
        starts[month(born)] = max(_number(born), starts[0])  # nothing of its first month came before it
    tried = np.diff(np.interp(case.edges, starts, np.concatenate(([0.0], np.cumsum(before.months)))))
    if born is not None:
        tried[int(np.searchsorted(case.edges, starts[month(born)]))] += before.media
    return tried


def _likelihood(row: _Mark, case: _Case, today: date) -> Floats:
    """How well each cell fits the row; what was read long ago leaves open what came since."""
    fits = _fit(row, case.edges)
    if (today - row.seen).days <= STALE_DAYS:
        return fits
    # Updated since it was read: then it showed what any device of its kind may have shown at that time.
    then = _prior(case, row.seen)
    since = case.edges[:-1] > _number(row.seen)
    return np.where(since, float((then * fits).sum()), fits)


def _fit(row: _Mark, edges: Floats) -> Floats:
    """The likelihood (1 - eps) g + eps / n over the cells; the row's bounds lie on their edges."""
    start, end = edges[:-1], edges[1:]
    low = _number(row.not_before) if row.not_before else edges[0]
    high = _number(row.not_after) + 1 if row.not_after else edges[-1]
    high = max(high, low + 1)
    fits = ((start >= low) & (start < high)).astype(np.float64)
    if row.shape is Shape.START:
        # It started on the last day of the box: as the end of an update (one day instead of a month), or otherwise.
        ran = max(0.0, _number(row.seen) - high) / DAYS_A_MONTH
        fits *= np.where((start >= high - 1) & (end <= high), DAYS_A_MONTH, 1 / (RESTARTS + ran))
    else:
        late = np.maximum(start - high, 0.0)
        wide = end - start
        tail = row.delta * (1 - np.exp(-wide / row.delta)) / wide * np.exp(-late / row.delta)
        behind = row.lag * np.exp(-late / BEHIND_FADES)
        fits += np.where(start >= high, np.minimum(1.0, tail + behind), 0.0)
    return (1 - row.eps) * fits + row.eps / len(fits)


def _shortest(days: Floats, belief: Floats) -> tuple[float, float]:
    """The shortest stretch of days that holds LEVEL: one of its ends lies on a knot."""
    rising = belief + np.arange(len(belief)) * 1e-12
    left = days[belief <= 1 - LEVEL]
    right = np.interp(belief[belief <= 1 - LEVEL] + LEVEL, rising, days)
    until = days[belief >= LEVEL]
    since = np.interp(belief[belief >= LEVEL] - LEVEL, rising, days)
    lows, highs = np.concatenate((left, since)), np.concatenate((right, until))
    best = int(np.argmin(highs - lows))
    return float(lows[best]), float(highs[best])


def _knots(days: Floats, belief: Floats) -> tuple[tuple[date, float], ...]:
    """The few points between which the belief is linear, to within _ROUND."""
    kept = {0, len(days) - 1}
    todo = [(0, len(days) - 1)]
    day, height = days.tolist(), belief.tolist()
    while todo:
        first, last = todo.pop()
        rise = height[last] - height[first]
        if last - first < 2 or rise <= _ROUND:
            continue
        span = days[first : last + 1] - day[first]
        straight = height[first] + rise * span / max(day[last] - day[first], 1.0)
        off = np.abs(straight - belief[first : last + 1])
        worst = int(off.argmax())
        if off.item(worst) > _ROUND:
            kept.add(first + worst)
            todo += [(first, first + worst), (first + worst, last)]
    found: dict[date, float] = {}
    for at in sorted(kept):
        found[_date(day[at])] = round(height[at], 4)
    return tuple(found.items())


def _conflict(rows: Sequence[_Mark], likely: Sequence[Floats]) -> tuple[int, int] | None:
    """The places of the two rows that agree least, where no month fits all rows."""
    # That a start was an update's makes its day the likeliest of all, which contradicts none of the days before.
    scaled = [
        np.minimum(one / min(float(one.max()), 1 / RESTARTS if row.shape is Shape.START else 1.0), 1.0)
        for row, one in zip(rows, likely, strict=True)
    ]
    if not scaled or float(np.prod(scaled, axis=0).max()) >= CONFLICT:
        return None
    pairs = combinations(range(len(rows)), 2)
    first, second = min(pairs, key=lambda pair: float((scaled[pair[0]] * scaled[pair[1]]).max()))
    return first, second


def _number(day: date) -> float:
    return float(day.toordinal())


def _date(number: float) -> date:
    return date.fromordinal(int(number))
