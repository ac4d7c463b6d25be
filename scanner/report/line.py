"""One device as one line: what every list and table of the report shows of it."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Judged
from scanner.model.kinds import Role
from scanner.report import charts, words
from scanner.report.svg import Shape
from scanner.report.text import amount, capital, day, short

MOST_SHEETS: Final = 500
"""Sheets in one page at most, highest scores first; beyond that a browser suffers, and the table says so."""


class Line(Struct, frozen=True):
    """The device, short."""

    id: str
    name: str
    kind: str
    kind_code: str
    bridge: bool
    gateway: bool
    zones: tuple[str, ...]
    addresses: tuple[str, ...]
    subject: str
    support: str
    support_word: str
    ends: str
    patched: str
    last_seen: str
    presence: str
    score: int
    band: str
    band_word: str
    interval: str
    grade: str
    fix_value: str
    strip: Shape


def line(of: Judged, place: str = "l") -> Line:
    """Put a device on one line; `place` keeps the ids of its picture unique in the page."""
    device, age, risk = of.device, of.age, of.risk
    return Line(
        id=device.id,
        name=short(device.name, 48),
        kind=capital(words.kind(device.kind)),
        kind_code=device.kind.value,
        bridge=len(device.zones) > 1 and device.role is Role.NONE,
        gateway=device.role is Role.GATEWAY,
        zones=device.zones or ("outside every zone",),
        addresses=tuple(leg.address for leg in device.legs) or (words.NOT_KNOWN,),
        subject=short(age.subject, 60) if age.subject else words.NOT_KNOWN,
        support=age.support.value,
        support_word=words.SUPPORT[age.support],
        ends=day(age.ends),
        patched=day(age.horizon.not_after),
        last_seen=day(device.last_seen),
        presence=device.presence,
        score=risk.score,
        band=risk.band.value,
        band_word=words.BANDS[risk.band],
        interval=f"{risk.interval.lo:.0f} to {risk.interval.hi:.0f}",
        grade=risk.grade,
        fix_value=amount(risk.fix_value),
        strip=charts.score_line(risk.score, risk.interval, name=f"{place}-{device.id}"),
    )
