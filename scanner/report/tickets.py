"""Tickets: one line of CSV for each open cause, with its devices, places, remedy, owner and deadline."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from scanner.model.assessment import Assessment, Judged
from scanner.report.csvout import safe
from scanner.report.register import Finding, register
from scanner.report.text import attached

COLUMNS: Final = (
    "id", "title", "priority", "score", "count", "devices", "addresses", "zones", "places", "owners", "remedy", "cves",
    "deadline", "state", "decision",
)  # fmt: skip


def tickets(found: Assessment) -> str:
    """Write the register as tickets (RFC 4180, all quoted), worst first; no cell acts as a formula.

    What somebody accepts has a line too, with its state: whoever files tickets filters by it.
    """
    page = io.StringIO(newline="")
    table = csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(COLUMNS)
    by = {judged.device.id: judged for judged in found.devices}
    for one in register(found):
        table.writerow([safe(cell) for cell in _row(one, [by[name] for name in one.devices])])
    return page.getvalue()


def _row(one: Finding, devices: Iterable[Judged]) -> tuple[str, ...]:
    those = [judged.device for judged in devices]
    return (
        one.id,
        one.title,
        one.band.value,
        str(one.score),
        str(len(those)),
        _list(device.name for device in those),
        _list(leg.address for device in those for leg in device.legs),
        _list(zone for device in those for zone in device.zones),
        _list(attached(device.location) for device in those if device.location),
        _list(device.owner or "" for device in those),
        one.remedy,
        _list(one.cves),
        one.deadline.isoformat() if one.deadline else "",
        one.state,
        one.decision,
    )


def _list(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(word for word in words if word))
