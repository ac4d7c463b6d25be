"""Make a decision out of a person's words: about what, and how bad that is today, for its triggers to compare with."""

from collections.abc import Iterable, Mapping
from datetime import date

from scanner.errors import DataError
from scanner.model.assessment import Assessment
from scanner.model.decision import Decision, Trigger
from scanner.model.device import DeviceId
from scanner.report.decided import Bad, worst
from scanner.report.pick import pick
from scanner.report.register import Finding, bad, by_device, register


def decision(
    found: Assessment, about: str, by: str, reason: str, until: date, reopen_on: Iterable[str] = ()
) -> Decision:
    """The decision about a finding (number or cause) or a device (id, address or name), with today's numbers.

    Raise DataError when there is no such thing, or the day has passed.
    """
    today = found.now.date()
    if until < today:
        raise DataError(f"--until {until} has passed: nothing would be accepted")
    if not by.strip() or not reason.strip():
        raise DataError("--by and --reason are never empty: somebody will ask")
    name, devices = _meant(found, about)
    score, exploited = worst(devices.values())
    return Decision(
        about=name,
        by=by,
        reason=reason,
        decided=today,
        until=until,
        reopen_on=tuple(Trigger(one) for one in dict.fromkeys(reopen_on)),
        score=score,
        devices=len(devices),
        exploited=tuple(sorted(exploited)),
    )


def _meant(found: Assessment, about: str) -> tuple[str, Mapping[DeviceId, Bad]]:
    findings = register(found)
    one = next((one for one in findings if about in {one.id, one.cause}), None)
    if one is not None:
        return about, bad(one, found)
    device = pick(found, about).device.id
    parts = [_part(finding, device, found) for finding in by_device(findings).get(device, ())]
    if not parts:
        raise DataError(f"{about!r} has no finding: there is nothing to accept")
    score, exploited = worst(parts)
    return device, {device: Bad(score, exploited)}


def _part(finding: Finding, device: DeviceId, found: Assessment) -> Bad:
    return bad(finding, found)[device]
