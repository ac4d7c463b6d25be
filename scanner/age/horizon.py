"""When it was last mended: the belief about the day of the last security update, out of every row of evidence."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from scanner.age import ends, packages, signs
from scanner.age.editions import PAID, Reading
from scanner.age.estimate import Belief, Row, believe
from scanner.age.habits import HABITS
from scanner.age.scene import Scene
from scanner.model import freshness
from scanner.model.device import Device
from scanner.model.kinds import Role
from scanner.model.knowledge import Knowledge
from scanner.model.observation import Observation
from scanner.model.verdict import Horizon

ROWS: Final = (
    packages.package_rows,
    packages.upstream_rows,
    packages.exact_rows,
    packages.update_rows,
    signs.generation_rows,
    signs.start_rows,
    signs.text_rows,
    signs.page_rows,
    signs.offer_rows,
    signs.register_rows,
)
"""The rows of evidence of docs/patch-horizon.md, each a function from a scene to rows."""

BINDS_DAYS: Final = 92
"""A row whose bound is further than this from the interval's end did not make that end."""
OPEN_DAYS: Final = 45
"""Where the interval ends within so many days of today, nothing bounds it from above."""
UNKNOWN: Final = Horizon(not_before=None, not_after=None, because=(), evidence=())
_GRADES: Final = ("E1", "E2", "E3", "E4")
_WIDE: Final = frozenset({"generation", "fingerprint", "dialect", "package-base"})
"""Sources that only say which release it is."""


def dated(
    device: Device,
    knowledge: Knowledge,
    readings: Sequence[Reading],
    now: datetime,
    seen: Sequence[Observation] = (),
) -> tuple[Horizon, tuple[tuple[str, Horizon], ...]]:
    """Give the horizon of the device, and that of each program on it by name, where one can be dated by itself.

    For the device only evidence on the system's own updates counts, where there is any; without it the program that
    was updated last speaks for it, at a lower grade. `seen` are its observations of fields that no rule reads. Open on
    both sides, and without belief, when nothing can be dated; so is an address that moves between devices, since it
    shows now one and now another.
    """
    if device.role is Role.VIRTUAL:
        return UNKNOWN, ()
    scene = Scene(device, knowledge, readings, seen, now)
    rows = evidence_rows(scene)
    programs = _programs(scene, rows)
    system = tuple(row for row in rows if row.system)
    if system:
        return _horizon(scene, system), programs
    found = (one for _, one in programs)
    return max(found, key=lambda one: (one.median or date.min, one.because), default=UNKNOWN), programs


def evidence_rows(scene: Scene) -> tuple[Row, ...]:
    """Every row of evidence, each once, in a stable order."""
    found = {(row.source, row.component, row.text): row for make in ROWS for row in make(scene)}
    return tuple(found[key] for key in sorted(found))


def estimate(scene: Scene, rows: Sequence[Row]) -> Belief:
    """The belief that rows and the habit of such devices give together; the habit alone where there are no rows.

    A component that says when updates of itself stopped has its own ends; the others have those of the system.
    """
    days = [one.branch.released for one in scene.readings if one.branch.released]
    told = next((row.stops for row in rows if row.stops), None)
    if told is None:
        told = ends.of_branches([one.branch for one in scene.readings], scene.today)
    return believe(rows, HABITS[scene.device.kind], told, min(days, default=None), scene.today)


def _horizon(scene: Scene, rows: Sequence[Row]) -> Horizon:
    belief = estimate(scene, rows)
    grade = _grade(scene, rows, belief)
    if belief.conflict is not None:
        grade = _GRADES[max(0, _GRADES.index(grade) - 1)]
    opened = (scene.today - belief.hi).days <= OPEN_DAYS and not any(row.not_after for row in rows)
    return Horizon(
        not_before=belief.lo,
        not_after=None if opened else belief.hi,
        because=tuple(_because(scene, rows, belief)),
        evidence=tuple(sorted({name for row in rows for name in row.evidence})),
        knots=belief.knots,
        median=belief.median,
        grade=grade,
        conflict=belief.conflict is not None,
    )


def _programs(scene: Scene, rows: Sequence[Row]) -> tuple[tuple[str, Horizon], ...]:
    """The horizon of each component but the system, by name."""
    names = sorted({row.component for row in rows} - {"system"})
    return tuple((name, _horizon(scene, [row for row in rows if row.component == name])) for name in names)


def _grade(scene: Scene, rows: Sequence[Row], belief: Belief) -> str:
    """The best evidence of those rows that made an end of the interval; the least of all where the habit made both.

    A row that leans on a table over its age limit counts one grade less.
    """
    graded = {row.text: freshness.lowered(row.grade, row.tables, scene.late) for row in rows}
    binding = [
        graded[row.text]
        for row in rows
        for bound, end in ((row.not_before, belief.lo), (row.not_after, belief.hi))
        if bound is not None and abs((bound - end).days) <= BINDS_DAYS
    ]
    return max(binding, default=min(graded.values()))


def _because(scene: Scene, rows: Sequence[Row], belief: Belief) -> Iterator[str]:
    yield from dict.fromkeys(row.text for row in sorted(rows, key=_told_order))
    if belief.conflict is not None:
        first, second = sorted(belief.conflict, key=_told_order)
        yield (
            f"contradiction: {first.text}, but {second.text}; one of them is not this device's own, or was edited, or"
            " only a part was updated"
        )
    if all(row.source in _WIDE for row in rows):
        yield "no package or update revision was seen: the whole life of the release brackets it"
    if _ended(scene.readings, scene.today):
        yield f"no updates came out after {_ended(scene.readings, scene.today)} but under a contract that costs extra"
    leans = sorted({name for row in rows for name in row.tables} & set(scene.late))
    yield from (freshness.why(scene.late[name], scene.today) for name in leans)
    clock = signs.dead_clock(scene)
    if clock:
        yield f"{clock}: its own times count for less"


def _ended(readings: Iterable[Reading], today: date) -> date | None:
    """The last day of free updates, when it is over under every edition; None when it is not, or not known."""
    ends = [one.branch.ends for one in readings if one.branch.edition not in PAID]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) and max(known) < today else None


def _told_order(row: Row) -> tuple[bool, date, str]:
    return row.not_before is None, row.not_before or row.not_after or date.min, row.text
