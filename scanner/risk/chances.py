"""Every row's chance at once, under any adversary and any draw of the judgements."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.exposure import Adversary, Weakness
from scanner.risk.parameters import odds
from scanner.risk.passwords import tries
from scanner.risk.scene import Actor
from scanner.risk.spread import Net

Floats = NDArray[np.float64]

GRADES: Final = ("E4", "E3", "E2", "E1")
OVERRIDE: Final = "success.platform"


class Chances(Struct, frozen=True, kw_only=True):
    """All weaknesses of a net as arrays."""

    present: Floats
    grade: NDArray[np.int64]
    row: NDArray[np.int64]
    sort: NDArray[np.int64]
    sorts: tuple[Weakness, ...]
    """One of each sort: weaknesses that every adversary treats alike."""
    passwords: NDArray[np.int64]
    """Rows that need a shared password."""
    rows: int

    def under(self, adversary: Adversary, values: Mapping[str, float], turns: Mapping[str, float]) -> Floats:
        """P(row lets this adversary in), with presence and platform odds moved by the draw's turns."""
        works = np.array([_works(one, adversary, values, turns) for one in self.sorts], dtype=np.float64)
        factor = np.array([2.0 ** turns.get(grade, 0.0) for grade in GRADES])[self.grade]
        present = self.present * factor / (1 - self.present + self.present * factor)
        missed = np.ones(self.rows)
        np.multiply.at(missed, self.row, 1 - present * works[self.sort])
        out = 1 - missed
        out[self.passwords] = tries(adversary, values)
        return out


def chances(cast: Sequence[Actor], net: Net) -> Chances:
    """Lay all weaknesses out against the net's rows; actor i is the net's host i."""
    at: dict[tuple[int, str], int] = {}
    passwords = []
    seen = 0
    for h, host in enumerate(net.hosts):
        for row in host.rows:
            at[h, row.door.gate] = seen
            if row.group:
                passwords.append(seen)
            seen += 1
    sorts: dict[tuple[object, ...], tuple[int, Weakness]] = {}
    rows, present, grade, sort = [], [], [], []
    for h, actor in enumerate(cast):
        for one in actor.weaknesses:
            key = one.fact.tier, one.fact.in_kev, one.finding.unknown, one.finding.success
            sort.append(sorts.setdefault(key, (len(sorts), one))[0])
            rows.append(at[h, one.fact.gate])
            present.append(one.finding.present)
            grade.append(GRADES.index(one.finding.grade))
    return Chances(
        present=np.array(present, dtype=np.float64),
        grade=np.array(grade, dtype=np.int64),
        row=np.array(rows, dtype=np.int64),
        sort=np.array(sort, dtype=np.int64),
        sorts=tuple(one for _, one in sorts.values()),
        passwords=np.array(passwords, dtype=np.int64),
        rows=seen,
    )


def _works(
    one: Weakness, adversary: Adversary, values: Mapping[str, float], turns: Mapping[str, float]
) -> float:
    """P(tried and works), were it present."""
    success = one.finding.success
    moved = None if success is None else odds(success, 2.0 ** turns.get(OVERRIDE, 0.0))
    return msgspec.structs.replace(
        one, finding=msgspec.structs.replace(one.finding, present=1.0, success=moved)
    ).chance(adversary, values)
