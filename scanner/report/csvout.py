"""The devices as a table for spreadsheets, in which no cell can act as a formula."""

import csv
import io
from typing import Final

from scanner.model.assessment import Assessment, Judged
from scanner.report import words
from scanner.report.monday import steps
from scanner.report.text import day, minute, visible
from scanner.report.texts import phrase

COLUMNS: Final = (
    "id", "name", "kind", "role", "zones", "addresses", "macs", "runs", "support", "support_ends",
    "patched_not_before", "patched_not_after", "first_seen", "last_seen", "presence", "switch", "switch_port",
    "location", "owner", "score", "score_lo", "score_hi", "band", "grade", "exposures", "what_to_do",
)  # fmt: skip

_ACTS: Final = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that begins with one of these may be run by a spreadsheet; the last four are full-width forms."""


def devices(found: Assessment) -> str:
    """Write one row for each device (RFC 4180, all quoted), highest score first."""
    page = io.StringIO(newline="")
    table = csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for judged in found.devices:
        table.writerow([safe(cell) for cell in _row(judged)])
    return page.getvalue()


def safe(text: str) -> str:
    """Show hidden characters, and put an apostrophe before a text that a spreadsheet would run."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip().startswith(_ACTS) else shown


def _row(of: Judged) -> tuple[str, ...]:
    device, age, risk, place = of.device, of.age, of.risk, of.device.location
    return (
        device.id,
        device.name,
        device.kind.value,
        "" if device.role.value == "-" else device.role.value,
        "; ".join(device.zones),
        "; ".join(leg.address for leg in device.legs),
        "; ".join(sorted({leg.mac for leg in device.legs if leg.mac})),
        age.subject or words.not_known(),
        age.support.value,
        day(age.ends),
        day(age.horizon.not_before),
        day(age.horizon.not_after),
        minute(device.first_seen),
        minute(device.last_seen),
        device.presence,
        (place.switch if place else None) or words.not_known(),
        (place.port if place else None) or words.not_known(),
        (place.description if place else None) or words.not_known(),
        device.owner or words.not_known(),
        str(risk.score),
        f"{risk.interval.lo:g}",
        f"{risk.interval.hi:g}",
        risk.band.value,
        risk.grade,
        "; ".join(exposure.name for exposure in of.exposures) or phrase("csvout.none_recognised"),
        "; ".join(step.do for step in steps(of)),
    )
