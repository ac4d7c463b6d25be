"""One device as one line: what every list and table of the report shows of it."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.device import DeviceId
from scanner.model.kinds import Role
from scanner.report import words
from scanner.report.text import capital, day, short
from scanner.report.texts import phrase

MOST_ROWS: Final = 10_000
"""Devices listed one by one at most, highest scores first; the others are counted by kind, so that the page still opens."""

_FEW: Final = 2_500
_SHEETS: Final = 250
_SHEETS_OF_MANY: Final = 100


_PROGRAM: Final = " (a program on it; the operating system is not known)"
"""How the judgement names a device by a program."""


def sheets_of(found: Assessment) -> int:
    """How many devices get a sheet of their own, highest scores first: fewer where the list itself is long."""
    return min(len(found.devices), _SHEETS if len(found.devices) <= _FEW else _SHEETS_OF_MANY)


def listed(found: Assessment) -> frozenset[DeviceId]:
    """The devices that have a place in the page to which a link may lead."""
    return frozenset(judged.device.id for judged in found.devices[:MOST_ROWS])


def runs(subject: str) -> str:
    """What it runs, short enough for a cell or a sentence; its sheet says it in full."""
    return subject.replace(_PROGRAM, phrase("line.a_program_on_it"))


def subject(of: Judged) -> str | None:
    """What it runs; where no table knows that, the system or the model that it was recognised as. None = neither."""
    if of.age.subject:
        return runs(of.age.subject)
    said = of.device.attributes
    for part in ("os", "hw"):
        if product := said.get(f"{part}.product"):
            maker = said[f"{part}.vendor"].value if f"{part}.vendor" in said else ""
            named = product.value.lower().startswith(maker.lower())
            return product.value if named else f"{maker} {product.value}"
    return None


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
    linked: bool
    """Whether a link may lead to it."""

    @property
    def product(self) -> str:
        """What it runs, as part of a sentence in which "not known" by itself would say nothing."""
        return words.product_not_known() if self.subject == words.not_known() else self.subject


def line(of: Judged, *, linked: bool = True) -> Line:
    """Put a device on one line; `linked` where the page has a sheet or a row of it."""
    device, age, risk = of.device, of.age, of.risk
    return Line(
        id=device.id,
        name=short(device.name, 48),
        kind=capital(words.kind(device.kind)),
        kind_code=device.kind.value,
        bridge=len(device.zones) > 1 and device.role is Role.NONE,
        gateway=device.role is Role.GATEWAY,
        zones=device.zones or (phrase("line.outside_every_zone"),),
        addresses=tuple(leg.address for leg in device.legs) or (words.not_known(),),
        subject=short(subject(of) or words.not_known()),
        support=age.support.value,
        support_word=words.SUPPORT[age.support],
        ends=day(age.ends),
        patched=day(age.horizon.not_after),
        last_seen=day(device.last_seen),
        presence=device.presence,
        score=risk.score,
        band=risk.band.value,
        band_word=words.BANDS[risk.band],
        interval=phrase("line.to", lo=risk.interval.lo, hi=risk.interval.hi),
        grade=risk.grade,
        linked=linked,
    )
