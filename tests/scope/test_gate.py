from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.kinds import Kind, Touch
from scanner.model.net import Address, Mac, Port, tcp
from scanner.scope.file import Exclusion
from scanner.scope.gate import Gate, closing, is_open, opening
from scanner.scope.parse import parse, window

from .conftest import TEXT  # noqa: TID252 - the fixture's text is wanted at import time, for Hypothesis

NIGHT = datetime(2026, 12, 5, 23, tzinfo=UTC)
"""A Saturday, inside radiology's window."""

CASES = [
    ("in scope", "10.20.1.7", 443, Touch.ASK, NIGHT, None, "allowed"),
    ("listening asks nobody", "9.9.9.9", None, Touch.LISTEN, NIGHT, None, "allowed"),
    ("outside every network", "10.20.2.1", 443, Touch.KNOCK, NIGHT, None, "no network"),
    ("IPv6 that nobody listed", "fe80::1", 443, Touch.KNOCK, NIGHT, None, "no network"),
    ("excluded address", "10.20.1.66", 443, Touch.KNOCK, NIGHT, None, "the director's"),
    ("excluded card", "10.20.1.7", 443, Touch.KNOCK, NIGHT, "00:09:fb:12:34:56", "ventilators"),
    ("another card", "10.20.1.7", 443, Touch.KNOCK, NIGHT, "00:09:fc:12:34:56", "allowed"),
    ("too early", "10.20.1.7", 443, Touch.KNOCK, datetime(2026, 11, 30, 23, tzinfo=UTC), None, "valid from"),
    ("too late", "10.20.1.7", 443, Touch.KNOCK, datetime(2027, 1, 1, tzinfo=UTC), None, "valid from"),
    ("window shut", "10.20.0.7", 443, Touch.ASK, NIGHT + timedelta(hours=12), None, "no window"),
    ("window open", "10.20.0.7", 443, Touch.ASK, NIGHT, None, "allowed"),
    (
        "port that the profile does not list",
        "10.20.0.7",
        8080,
        Touch.KNOCK,
        NIGHT,
        None,
        "does not list tcp/8080",
    ),
    ("raw print port", "10.20.1.7", 9100, Touch.KNOCK, NIGHT, None, "does not list tcp/9100"),
    ("the most specific network decides", "10.20.1.8", 443, Touch.KNOCK, NIGHT, None, "listen at most"),
]


@pytest.fixture
def gate(scope):
    return Gate(scope)


@pytest.mark.parametrize(
    ("address", "port", "touch", "now", "mac", "reason"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_gate_decides(gate, address, port, touch, now, mac, reason):
    decision = gate.may(Address(address), port=port and tcp(port), touch=touch, now=now, mac=mac and Mac(mac))

    assert (reason == "allowed") == decision.allowed
    assert reason in decision.reason


def test_a_window_past_midnight_belongs_to_the_day_it_opened():
    sat = window("Sat 22:00-04:00 Europe/London")

    assert is_open(sat, datetime(2026, 12, 6, 3, 59, tzinfo=UTC))
    assert not is_open(sat, datetime(2026, 12, 6, 4, 0, tzinfo=UTC))
    assert not is_open(sat, datetime(2026, 12, 5, 3, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (NIGHT, NIGHT),
        (datetime(2026, 12, 5, 21, 59, 30, tzinfo=UTC), datetime(2026, 12, 5, 22, tzinfo=UTC)),
        (datetime(2026, 12, 6, 4, tzinfo=UTC), datetime(2026, 12, 12, 22, tzinfo=UTC)),
        (datetime(2026, 12, 27, 4, tzinfo=UTC), None),
    ],
    ids=["open", "about to open", "next week", "after the engagement"],
)
def test_a_closed_window_says_when_it_opens(gate, scope, now, opens):
    decision = gate.may(Address("10.20.0.7"), port=None, touch=Touch.KNOCK, now=now)

    assert opens == gate.opens(scope.networks[0], now)
    assert (opens == now, opens != now) == (decision.allowed, decision.waits)


def test_an_excluded_kind_is_named_with_its_reason(scope):
    never = Exclusion(reason="life support", kind=Kind.PATIENT_MONITOR)
    gate = Gate(msgspec.structs.replace(scope, exclusions=(*scope.exclusions, never)))

    assert "patient-monitor is excluded: life support" == gate.excludes(Kind.PATIENT_MONITOR)
    assert None is gate.excludes(Kind.UNKNOWN)


def test_a_network_without_windows_is_always_open(gate, scope):
    assert NIGHT == gate.opens(scope.networks[1], NIGHT)


def test_what_is_forbidden_anyway_waits_for_no_window(gate):
    noon = NIGHT + timedelta(hours=12)
    for port, mac in ((tcp(8080), None), (None, Mac("00:09:fb:12:34:56"))):
        decision = gate.may(Address("10.20.0.7"), port=port, touch=Touch.KNOCK, now=noon, mac=mac)
        assert (False, False) == (decision.allowed, decision.waits)


def test_a_window_closes_when_the_last_of_those_that_are_open_does():
    both = (window("Sat 22:00-04:00 Europe/London"), window("Sun 03:00-05:00 Europe/London"))

    assert datetime(2026, 12, 6, 5, tzinfo=UTC) == closing(both, NIGHT + timedelta(seconds=30))
    assert NIGHT - timedelta(hours=2) == closing(both, NIGHT - timedelta(hours=2))
    # one that never closes is looked at again after a fortnight
    assert NIGHT + timedelta(days=15) == closing((window("daily 00:00-24:00 UTC"),), NIGHT)


def test_an_opening_that_a_clock_change_swallows_is_followed_by_the_next():
    night = window("Sun 01:10-01:50 Europe/London")
    before = datetime(2027, 3, 21, 2, tzinfo=UTC)

    # on 28 March that hour does not exist
    assert datetime(2027, 4, 4, 0, 10, tzinfo=UTC) == opening((night,), before)
    assert opening((), before) is None


def test_a_window_follows_the_zone_through_summer_time():
    day = window("daily 08:00-18:00 Europe/London")

    assert is_open(day, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    assert not is_open(day, datetime(2026, 12, 1, 7, 30, tzinfo=UTC))


@given(
    number=st.integers(0, 2**32 - 1),
    port=st.integers(1, 65535),
    touch=st.sampled_from([Touch.KNOCK, Touch.GREET, Touch.ASK]),
    minutes=st.integers(-60 * 24 * 40, 60 * 24 * 80),
)
def test_nothing_is_ever_allowed_outside_the_listed_networks_and_dates(number, port, touch, minutes):
    scope = parse(TEXT, "s")
    address = ip_address(number)
    now = NIGHT + timedelta(minutes=minutes)

    decision = Gate(scope).may(Address(str(address)), port=Port(f"tcp/{port}"), touch=touch, now=now)

    if decision.allowed:
        assert any(address in network.cidr for network in scope.networks)
        assert scope.engagement.valid_from <= now < scope.engagement.valid_until
