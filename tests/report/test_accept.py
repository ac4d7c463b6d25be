"""A person's decision is about something that was found, and keeps how bad it is today."""

from datetime import date

import msgspec
import pytest

from scanner.errors import DataError
from scanner.model.decision import Trigger
from scanner.report.accept import decision
from scanner.report.register import register

UNTIL = date(2027, 6, 30)


def smb(found):
    return next(one for one in register(found) if one.cause == "exposure:smb1-rce")


def accepted(found, *decisions):
    run = msgspec.structs.replace(found.runs[-1], decisions=decisions)
    return msgspec.structs.replace(found, runs=(run,))


def test_a_finding_is_accepted_with_its_numbers_of_today(hospital):
    one = smb(hospital)
    made = decision(hospital, one.id, "J. Doe", "x", UNTIL, ("worsens", "worsens"))

    assert (one.id, one.score, len(one.devices), (Trigger.WORSENS,)) == (
        made.about, made.score, made.devices, made.reopen_on,
    )  # fmt: skip
    assert "CVE-2017-0144" in made.exploited


@pytest.mark.parametrize("triggers", [(), ("worsens",), ("exploit",), ("change",)])
@pytest.mark.parametrize("named", ["cause", "id"])
def test_what_was_accepted_today_holds_today(hospital, named, triggers):
    one = smb(hospital)
    made = decision(hospital, getattr(one, named), "J. Doe", "x", UNTIL, triggers)

    assert "accepted" == smb(accepted(hospital, made)).state


def test_a_device_is_accepted_with_all_its_findings(hospital):
    device = hospital.devices[0].device
    made = decision(hospital, device.names[0], "J. Doe", "x", UNTIL, ("change", "exploit", "worsens"))
    mine = [one for one in register(accepted(hospital, made)) if device.id in one.devices]

    assert (device.id, 1) == (made.about, made.devices)
    assert all(device.id in one.accepted for one in mine)


@pytest.mark.parametrize(
    ("about", "by", "until", "said"),
    [
        ("F-00000", "J", UNTIL, "no device has the id"),
        ("workstation-34", "J", UNTIL, "has no finding"),
        ("exposure:smb1-rce", "J", date(2026, 1, 1), "has passed"),
        ("exposure:smb1-rce", " ", UNTIL, "never empty"),
    ],
)
def test_what_cannot_be_accepted_is_refused(hospital, about, by, until, said):
    names = {judged.device.name for judged in hospital.devices}
    assert about.startswith(("F-", "exposure")) or about in names

    with pytest.raises(DataError, match=said):
        decision(hospital, about, by, "x", until)
