"""Whether what somebody decided about a finding still holds: pure, by the day and by what was found."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from scanner.model.decision import Decision, Trigger
from scanner.model.device import DeviceId
from scanner.report.texts import phrase


class Bad(Struct, frozen=True):
    """How bad one device of a finding is now."""

    score: int
    exploited: frozenset[str]
    """CVEs of this finding on it that are listed as exploited."""


class Standing(Struct, frozen=True, kw_only=True):
    """Where a finding stands."""

    state: str
    """`open`, `accepted` (all its devices are) or `reopened` (it was accepted, and is no longer)."""
    accepted: tuple[DeviceId, ...]
    """Those of its devices that somebody accepts; the finding is open as long as one is not."""
    said: str
    """Who accepts it, until when and why, or why it is open again; empty where nobody decided."""


def standing(
    decisions: Iterable[Decision], names: frozenset[str], devices: Mapping[DeviceId, Bad], today: date
) -> Standing:
    """Say where a finding stands that has these names (number and cause) and these devices."""
    accepted: dict[DeviceId, None] = {}
    said, over = list[str](), list[str]()
    for one in decisions:
        covered = (
            devices if one.about in names else {key: bad for key, bad in devices.items() if key == one.about}
        )
        if not covered:
            continue
        if why := reopened(one, covered, today):
            over.append(phrase("decided.accepted_by_until_open_again", by=one.by, until=one.until, why=why))
        else:
            accepted.update(dict.fromkeys(covered))
            said.append(phrase("decided.accepted_by_until", by=one.by, until=one.until, reason=one.reason))
    whole = bool(devices) and len(accepted) == len(devices)
    state = "accepted" if whole else "reopened" if over else "open"
    lines = said if whole else [*over, *said]
    return Standing(
        state=state,
        accepted=tuple(key for key in devices if key in accepted),
        said="; ".join(dict.fromkeys(lines)),
    )


def reopened(decision: Decision, covered: Mapping[DeviceId, Bad], today: date) -> str:
    """Why the decision no longer holds for what it covers, in words; empty while it holds."""
    if today > decision.until:
        return phrase("decided.it_ran_out_on", until=decision.until)
    score, exploited = worst(covered.values())
    fresh = sorted(exploited - set(decision.exploited or ()))
    grown = len(covered) - (decision.devices or 0)
    worse = score - (decision.score or 0)
    fired = {
        Trigger.WORSENS: worse > 0 or grown > 0,
        Trigger.EXPLOIT: bool(fresh),
        Trigger.CHANGE: bool(worse or grown or fresh),
    }
    says = {
        Trigger.WORSENS: phrase(
            "decided.it_got_worse_score_to_devices_to",
            score=decision.score,
            score_2=score,
            devices=decision.devices,
            covered=len(covered),
        ),
        Trigger.EXPLOIT: phrase("decided.newly_exploited", fresh=", ".join(fresh[:4])),
        Trigger.CHANGE: phrase("decided.it_changed"),
    }
    return next((says[one] for one in decision.reopen_on if fired[one]), "")


def worst(devices: Iterable[Bad]) -> tuple[int, frozenset[str]]:
    """The highest score, and all CVEs that are listed as exploited: what a decision keeps to compare with."""
    those = tuple(devices)
    exploited = frozenset(cve for one in those for cve in one.exploited)
    return max((one.score for one in those), default=0), exploited
