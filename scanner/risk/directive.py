"""The deadline column: what CISA's Binding Operational Directive 26-04 would ask of this hole on this device.

Binding for US federal civilian agencies only; everywhere else informative. The table is the one that CERT/CC publishes
(decision table cisa_bod_26_04 1.0.0).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from scanner.model.knowledge import Decision, Exploited

_DAYS: Final[Mapping[tuple[bool, bool, bool, bool], int | None]] = {
    (False, False, False, False): None,
    (False, False, False, True): None,
    (False, False, True, False): 60,
    (False, False, True, True): 60,
    (False, True, False, False): 60,
    (False, True, False, True): 14,
    (False, True, True, False): 14,
    (False, True, True, True): 3,
    (True, False, False, False): 14,
    (True, False, False, True): 14,
    (True, False, True, False): 14,
    (True, False, True, True): 3,
    (True, True, False, False): 14,
    (True, True, False, True): 3,
    (True, True, True, False): 3,
    (True, True, True, True): 3,
}
"""(exploited, publicly exposed, automatable, total impact) -> days; None: with the next upgrade."""


def deadline(known: Exploited | None, decided: Decision | None, *, exposed: bool, seen: date) -> date | None:
    """The day by which it should be mended; None: with the next upgrade.

    The clock starts when it was listed as exploited or found on the device, whichever came first. Where CISA has
    judged nothing, it counts as not automatable and of total impact.
    """
    automatable, total = (decided.automatable, decided.total) if decided else (False, True)
    days = _DAYS[known is not None, exposed, automatable, total]
    if days is None:
        return None
    return min(seen, known.added if known else seen) + timedelta(days=days)
