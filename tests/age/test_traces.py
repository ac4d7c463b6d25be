"""Each trace of neglect is told once, with its points and what it rests on; its absence says nothing."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from scanner.age.traces import GONE, traces
from scanner.model.device import Leg, Location
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation, evidence_id

HERE = (Leg(address=Address("10.0.0.1"), mac=Mac("00:60:08:00:00:01"), zone="office", live=True),)


@pytest.fixture
def told(now):
    """Give the signals as {name: points}, and check that each stands on what it was given."""

    def of(device, *seen):
        found = list(traces(device, seen, now))
        known = {evidence_id(one) for one in seen} | {claim.evidence for claim in device.facts}
        assert all(set(one.evidence) <= known for one in found)
        return {one.name: one.points for one in found}

    return of


@pytest.fixture
def saw(now):
    def make(field, value, mac=None):
        return Observation(
            source="probe:x",
            first=now,
            last=now,
            field=field,
            value=value,
            address=Address("10.0.0.1"),
            mac=mac,
        )

    return make


def days(now, *ago):
    return tuple(sorted(now.date() - timedelta(days=one) for one in ago))


def test_a_device_in_order_leaves_no_trace(device, told, saw, now):
    fine = [saw("smb2.system_time", now.isoformat()), saw("tls.not_after", (now + timedelta(9)).isoformat())]
    place = Location(switch="sw-1", port="7", description="ward 3 desk 2")

    assert {} == told(device(days=days(now, 1, 2, 29), legs=HERE, location=place), *fine)
    assert {} == told(device(location=Location(switch="sw-1")))


def test_rare_visits_and_a_return_after_long_are_told(device, told, now):
    assert {1.0} == set(told(device(presence="intermittent", days=days(now, 1, 90))).values())
    back = told(device(days=(date(2026, 3, 1), date(2026, 3, 2), date(2026, 6, 1))))
    assert {"away from 2026-03-02 to 2026-06-01, then there again": 1.0} == back


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("smb2.system_time", "2009-01-01T00:00:00+00:00"),
        ("ntlm.timestamp", "2009-01-01T00:00:00Z"),
        ("ntp.clock", {"time": "2009-01-01T00:00:00Z", "stratum": 3}),
    ],
)
def test_a_wrong_clock_is_told(device, told, saw, now, field, value):
    assert {"its clock says 2009-01-01 00:00 UTC, which is wrong": 1.0} == told(device(), saw(field, value))
    assert {} == told(
        device(),
        saw(field, "no time"),
        saw("ntp.clock", {"stratum": 3}),
        saw("http.etag", "2009-01-01T00:00:00Z"),
    )


def test_the_newest_certificate_counts(device, told, saw, now):
    old, new = saw("tls.not_after", "2019-05-01T00:00:00Z"), saw("tls.not_after", "2030-05-01T00:00:00Z")

    assert {"its certificate ended on 2019-05-01, and nobody replaced it": 0.5} == told(device(), old)
    assert {} == told(device(), old, new)
    assert {} == told(device(), saw("tls.not_after", now.isoformat()), saw("tls.not_after", "?"))


@pytest.mark.parametrize("text", ["vacated desk 7", "old CT, decommissioned", "SPARE", "MAB list"])
def test_a_port_that_should_have_nobody_is_told(device, told, text):
    assert {0.7} == set(told(device(location=Location(description=text))).values())


def test_a_directory_that_lost_sight_of_it_is_told_while_it_is_there(device, told, claim, now):
    idle = claim("register.last_active", "2026-01-05", field="register.entry")

    name = "the directory last heard of it on 2026-01-05, yet it is there"
    assert {name: 1.8} == told(device(facts=[idle], legs=HERE))
    assert {} == told(device(facts=[idle]))
    assert {} == told(
        device(facts=[claim("register.last_active", now.isoformat(), field="register.entry")], legs=HERE)
    )
    assert {} == told(device(facts=[claim("register.last_active", "?", field="register.entry")], legs=HERE))


def test_a_disabled_account_is_told_unless_another_register_differs(device, told, claim):
    off = claim("register.enabled", "False", field="register.entry")
    on = claim("register.enabled", "True", field="register.entry")

    assert {"its account is disabled, yet it is there": 1.8} == told(device(facts=[off], legs=HERE))
    assert {} == told(device(facts=[off, on], legs=HERE))


def test_a_card_by_a_maker_that_is_gone_is_told_once(device, told, claim):
    def by(maker, mac="00:60:08:00:00:01"):
        made = claim("hw.vendor", maker, field="link.mac")
        return replace(made, seen=replace(made.seen, mac=mac))

    got = told(device(facts=[by("3Com"), by("3Com Corporation")]))
    assert [("its network card is by 3Com, which makes none any more", 0.8)] == list(got.items())
    assert {} == told(device(facts=[by("Intel"), by("3Com", None)]))
    assert all(name == name.lower() for name in GONE)
