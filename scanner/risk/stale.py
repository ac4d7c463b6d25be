"""Lower the grade of what leans on facts that are older than they may be, and say so: pure, and the last step of a judgement."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from msgspec import structs

from scanner.model import freshness
from scanner.model.knowledge import DataSource
from scanner.model.verdict import DeviceRisk, Exposure
from scanner.risk.exposure import OUTLIVED

_LEANS: Final[Mapping[str, tuple[str, ...]]] = {
    "known-hole": ("kev", "affected"),
    OUTLIVED.gate: ("branches", "windows_builds"),
}
"""Gate -> the tables behind it; every other exposure stands in our own list of them."""
_OWN: Final = ("exposures",)


def lowered(one: DeviceRisk, sources: Sequence[DataSource], today: date) -> DeviceRisk:
    """The same verdicts, each one grade lower where a table behind it is over its limit, and the device's with them."""
    late = freshness.late(sources, today)
    exposures = tuple(_lowered(exposure, late, today) for exposure in one.exposures)
    if exposures == one.exposures:
        return one
    grade = freshness.lowered(one.risk.grade, late, late)
    return structs.replace(one, exposures=exposures, risk=structs.replace(one.risk, grade=grade))


def _lowered(exposure: Exposure, late: Mapping[str, DataSource], today: date) -> Exposure:
    leans = [late[name] for name in _LEANS.get(exposure.gate, _OWN) if name in late]
    if not leans:
        return exposure
    why = tuple(freshness.why(source, today) for source in leans)
    names = [source.name for source in leans]
    return structs.replace(
        exposure,
        grade=freshness.lowered(exposure.grade, names, late),
        because=exposure.because + why,
        holes=tuple(
            structs.replace(hole, grade=freshness.lowered(hole.grade, names, late)) for hole in exposure.holes
        ),
    )
