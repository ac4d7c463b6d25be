"""The sections of the report, in reading order: each is one function that returns plain values, and one template."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.report.sections.compliance import compliance
from scanner.report.sections.coverage import coverage
from scanner.report.sections.devices import devices
from scanner.report.sections.findings import findings
from scanner.report.sections.fixes import fixes
from scanner.report.sections.forgotten import forgotten
from scanner.report.sections.glossary import glossary
from scanner.report.sections.headline import headline
from scanner.report.sections.horizon import horizon
from scanner.report.sections.method import method
from scanner.report.sections.pivots import pivots
from scanner.report.sections.plan import plan
from scanner.report.sections.safety import safety
from scanner.report.sections.sheets import sheets
from scanner.report.sections.since_last_time import since_last_time
from scanner.report.sections.support import support
from scanner.report.sections.unpatchable import unpatchable
from scanner.report.sections.zones import zones


class Section(Struct, frozen=True):
    """One section: its name (also its template's, its anchor's and its title's), and what fills it."""

    name: str
    build: Callable[[Assessment], Struct]


SECTIONS: Final = (
    Section("headline", headline),
    Section("since_last_time", since_last_time),
    Section("pivots", pivots),
    Section("zones", zones),
    Section("plan", plan),
    Section("fixes", fixes),
    Section("unpatchable", unpatchable),
    Section("forgotten", forgotten),
    Section("support", support),
    Section("horizon", horizon),
    Section("devices", devices),
    Section("sheets", sheets),
    Section("findings", findings),
    Section("compliance", compliance),
    Section("coverage", coverage),
    Section("safety", safety),
    Section("method", method),
    Section("glossary", glossary),
)
