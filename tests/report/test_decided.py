"""A decision holds until its date or its trigger, and only for what it is about."""

from datetime import date

import pytest

from scanner.model.decision import Decision, Trigger
from scanner.report.decided import Bad, reopened, standing

TODAY = date(2026, 12, 3)
DEVICES = {"dev-1": Bad(40, frozenset({"CVE-1"})), "dev-2": Bad(20, frozenset())}
NAMES = frozenset({"F-00001", "exposure:smb1"})


def made(about="F-00001", **more):
    given = {
        "by": "J. Doe", "reason": "gone in May", "decided": date(2026, 11, 1), "until": date(2027, 5, 31),
        "score": 40, "devices": 2, "exploited": ("CVE-1",),
    }  # fmt: skip
    return Decision(about=about, **{**given, **more})


@pytest.mark.parametrize("about", ["F-00001", "exposure:smb1"])
def test_a_finding_is_accepted_by_its_number_or_its_cause(about):
    stands = standing([made(about)], NAMES, DEVICES, TODAY)

    assert ("accepted", ("dev-1", "dev-2")) == (stands.state, stands.accepted)
    assert "accepted by J. Doe until 2027-05-31: gone in May" == stands.said


def test_one_accepted_device_leaves_the_finding_open_for_the_others():
    stands = standing([made("dev-2")], NAMES, DEVICES, TODAY)

    assert ("open", ("dev-2",)) == (stands.state, stands.accepted)


def test_all_devices_accepted_one_by_one_accept_the_finding():
    assert "accepted" == standing([made("dev-1"), made("dev-2")], NAMES, DEVICES, TODAY).state


def test_what_is_about_something_else_changes_nothing():
    assert ("open", (), "") == tuple(
        getattr(standing([made("F-9")], NAMES, DEVICES, TODAY), name)
        for name in ("state", "accepted", "said")
    )


def test_it_holds_on_its_last_day_and_runs_out_on_the_next():
    last = made(until=TODAY)

    assert "accepted" == standing([last], NAMES, DEVICES, TODAY).state
    over = standing([last], NAMES, DEVICES, date(2026, 12, 4))
    assert ("reopened", ()) == (over.state, over.accepted)
    assert "it ran out on 2026-12-03" in over.said


@pytest.mark.parametrize(
    ("trigger", "was", "said"),
    [
        (Trigger.WORSENS, {}, ""),
        (Trigger.WORSENS, {"score": 41}, ""),
        (Trigger.WORSENS, {"score": 39}, "it got worse (score 39 to 40, devices 2 to 2)"),
        (Trigger.WORSENS, {"devices": 1}, "it got worse (score 40 to 40, devices 1 to 2)"),
        (Trigger.EXPLOIT, {}, ""),
        (Trigger.EXPLOIT, {"exploited": ()}, "newly exploited: CVE-1"),
        (Trigger.CHANGE, {}, ""),
        (Trigger.CHANGE, {"score": 41}, "it changed"),
        (Trigger.CHANGE, {"exploited": ()}, "it changed"),
        (Trigger.CHANGE, {"devices": 3}, "it changed"),
    ],
)
def test_a_trigger_reopens_for_its_own_reason(trigger, was, said):
    assert said == reopened(made(reopen_on=(trigger,), **was), DEVICES, TODAY)


def test_each_trigger_is_asked_in_turn():
    every = (Trigger.CHANGE, Trigger.WORSENS, Trigger.EXPLOIT)

    assert "" == reopened(made(reopen_on=every), DEVICES, TODAY)
