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
    """One section: its name (also its template's and its anchor's), its title, and what fills it."""

    name: str
    title: str
    build: Callable[[Assessment], Struct]


SECTIONS: Final = (
    Section("headline", "In one minute", headline),
    Section("since_last_time", "Since last time", since_last_time),
    Section("pivots", "The most dangerous devices", pivots),
    Section("zones", "Map of the network", zones),
    Section("plan", "What to fix first, step by step", plan),
    Section("fixes", "What each fix saves by itself", fixes),
    Section("unpatchable", "What cannot be patched", unpatchable),
    Section("forgotten", "Forgotten devices", forgotten),
    Section("support", "Supported or not", support),
    Section("horizon", "Last updates", horizon),
    Section("devices", "All devices", devices),
    Section("sheets", "Device sheets", sheets),
    Section("findings", "Findings by cause", findings),
    Section("compliance", "For auditors", compliance),
    Section("coverage", "What was looked at, and what was not", coverage),
    Section("safety", "What looking did to the network", safety),
    Section("method", "Method, data and settings", method),
    Section("glossary", "Words used here", glossary),
)
