"""Findings are grouped by cause, keep their numbers, and lose no device."""

import re
from datetime import date

import msgspec

from scanner.model.decision import Decision, Trigger
from scanner.model.kinds import Support
from scanner.report import register as module
from scanner.report.register import bad, by_device, register


def test_one_cause_is_one_finding_with_all_its_devices(hospital):
    [smb] = [one for one in register(hospital) if one.cause == "exposure:smb1-rce"]

    assert {judged.device.id for judged in hospital.devices if judged.exposures} == set(smb.devices)


def test_numbers_look_alike_and_are_unique(hospital):
    names = [one.id for one in register(hospital)]

    assert all(re.fullmatch(r"F-\d{5}", name) for name in names)
    assert len(set(names)) == len(names)


def test_a_finding_keeps_its_number_when_others_come_and_go(hospital):
    before = {one.cause: one.id for one in register(hospital)}
    fewer = msgspec.structs.replace(hospital, devices=hospital.devices[1:])
    after = {one.cause: one.id for one in register(fewer)}

    assert set(after) < set(before)
    assert {cause: before[cause] for cause in after} == after


def test_causes_whose_numbers_meet_still_get_numbers_of_their_own(monkeypatch):
    class Same:
        def digest(self):
            return bytes(8)

    monkeypatch.setattr(module.hashlib, "sha256", lambda _: Same())

    assert {"a": "F-00000", "b": "F-00001"} == module._ids(["a", "b"])


def test_every_bridge_unsupported_and_unknown_device_is_in_the_register(hospital):
    named = by_device(register(hospital))

    for judged in hospital.devices:
        causes = " ".join(one.cause for one in named.get(judged.device.id, ()))
        assert (judged.age.support is Support.UNSUPPORTED) == ("unsupported:" in causes)
        assert (judged.age.support is Support.UNKNOWN) == ("question:" in causes)
    assert any(one.cause == "bridge:management+office" for one in named[hospital.devices[0].device.id])


def test_a_gateway_is_no_bridge(hospital):
    assert sum(one.cause.startswith("bridge:") for one in register(hospital)) == 1


def test_the_worst_finding_comes_first(hospital):
    scores = [one.score for one in register(hospital)]

    assert sorted(scores, reverse=True) == scores


def test_the_earliest_deadline_of_a_cause_counts(hospital):
    [smb] = [one for one in register(hospital) if one.cause == "exposure:smb1-rce"]

    assert str(smb.deadline) == "2026-12-17"


def test_a_device_that_could_not_stand_being_looked_at_is_a_finding_of_its_own(hospital):
    first = hospital.devices[0]
    claim = first.device.facts[0]
    trip = msgspec.structs.replace(claim, attr="setting.breaker", value="it has not answered ARP for 12 s")
    fared = msgspec.structs.replace(first.device, facts=(*first.device.facts, trip))
    found = msgspec.structs.replace(
        hospital, devices=(msgspec.structs.replace(first, device=fared), *hospital.devices[1:])
    )

    [finding] = [one for one in register(found) if one.cause.startswith("breaker:")]

    assert ((first.device.id,), (trip.evidence,)) == (finding.devices, finding.evidence)
    assert "Could not stand being looked at: it has not answered ARP for 12 s" == finding.title
    assert "stalehost resume" in finding.remedy
    assert not [one for one in register(hospital) if one.cause.startswith("breaker:")]


def test_nothing_seen_gives_no_finding(empty):
    assert register(empty) == ()


def decided(found, *decisions):
    runs = (msgspec.structs.replace(found.runs[-1], decisions=decisions),)
    return msgspec.structs.replace(found, runs=runs)


def test_an_accepted_finding_stays_in_the_register_and_says_who_accepts_it(hospital):
    first = register(hospital)[0]
    one = Decision(
        about=first.id, by="J. Doe", reason="x", decided=date(2026, 12, 1), until=date(2027, 1, 1),
        reopen_on=(Trigger.EXPLOIT,), exploited=(),
    )  # fmt: skip
    calm = msgspec.structs.replace(one, reopen_on=())

    assert ("reopened", ()) == (register(decided(hospital, one))[0].state, register(hospital)[0].accepted)
    assert "accepted" == register(decided(hospital, calm))[0].state
    assert len(register(hospital)) == len(register(decided(hospital, calm)))


def test_how_bad_each_device_is_is_kept_for_decisions(hospital):
    smb = next(one for one in register(hospital) if one.title.startswith("SMBv1"))
    kept = bad(smb, hospital)

    assert set(smb.devices) == set(kept)
    assert any("CVE-2017-0144" in one.exploited for one in kept.values())
