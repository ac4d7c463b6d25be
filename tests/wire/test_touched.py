"""What is overheard of a device counts where we touched it moments before: the stretches, and what Care makes of them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.kinds import Touch
from scanner.model.net import Address, Mac, tcp
from scanner.scope.parse import parse
from scanner.wire.breaker import Breaker, Level
from scanner.wire.care import Care
from scanner.wire.stop import Stop
from scanner.wire.touched import MOMENTS, Touched
from tests.wire.conftest import SCOPE
from tests.wire.test_care import judge, said

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
WARD, OFFICE = Address("10.1.0.5"), Address("10.2.0.5")


@pytest.fixture
def care(tmp_path):
    with Breaker(tmp_path / "care.db") as breaker:
        yield Care(breaker, Stop(), lambda: NOW, judge)


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12), st.integers(-300, 3000))
def test_the_last_stretch_holds_each_of_its_moments(touches, at):
    touched, when = Touched(), [NOW + timedelta(seconds=one) for one in sorted(touches)]
    for one in when:
        touched.touch(WARD, one)
    asked = NOW + timedelta(seconds=at)
    near = any(one <= asked <= one + MOMENTS for one in when)

    got = touched.moments_before(WARD, asked)

    assert not got or near, "never without a touch before it"
    # what came before the last pause is told of at once, or never
    pauses = [two for one, two in pairwise(when) if two - one > MOMENTS]
    if asked >= (pauses[-1] if pauses else when[0]):
        assert near == got
    assert not touched.moments_before(OFFICE, asked)


MONITOR = Mac("02:00:00:00:00:05")


@pytest.fixture
def attentive(care):
    """A ward's device that was touched at NOW; tell how one sign that is heard later, of whom, is taken."""
    (ward, office) = (_named(name) for name in ("ward", "office"))
    care.on = lambda mac: [WARD] if mac == MONITOR else []

    def hear(seconds, address=WARD, mac=None, network=ward):
        care.touching(address or WARD, network)
        care.overheard("ARP storm", NOW + timedelta(seconds=seconds), address, mac)
        return [(one.address, one.level, one.why) for one in care.breaker.trips]

    hear.office = office
    return hear


def _named(zone):
    return next(one for one in parse(SCOPE, "scope.toml").networks if one.zone == zone)


@pytest.mark.parametrize("seconds", [0, 1, 120])
@pytest.mark.parametrize("by", [{}, {"address": None, "mac": MONITOR}], ids=["address", "card"])
def test_a_sign_that_is_heard_moments_after_a_touch_trips_the_breaker(attentive, seconds, by):
    assert [(WARD, Level.SEGMENT, "overheard: ARP storm")] == attentive(seconds, **by)


@pytest.mark.parametrize("seconds", [-1, 121])
def test_a_sign_before_a_touch_or_long_after_it_is_no_affair_of_ours(attentive, seconds):
    assert [] == attentive(seconds)


def test_a_sign_of_somebody_whom_we_never_touched_is_no_affair_of_ours(attentive, care):
    assert [] == attentive(1, address=None, mac=Mac("02:00:00:00:00:99"))
    care.overheard("ARP storm", NOW, Address("10.1.0.9"), None)
    care.overheard("ARP storm", NOW, None, None)
    assert () == care.breaker.trips


def test_in_an_office_a_restart_is_somebodys_morning_but_for_what_needs_a_wards_care(attentive, care):
    assert [] == attentive(1, address=OFFICE, network=attentive.office)
    care.saw(said("patient-monitor", OFFICE))
    assert [OFFICE] == [one for one, _, _ in attentive(1, address=OFFICE, network=attentive.office)]


def test_touches_that_follow_each_other_are_one_stretch_and_a_pause_begins_another(tmp_path):
    now, at = [NOW], lambda seconds: NOW + timedelta(seconds=seconds)
    with Breaker(tmp_path / "care.db") as breaker:
        care = Care(breaker, Stop(), lambda: now[0], judge)
        for seconds in (0, 100, 200, 400):
            now[0] = at(seconds)
            care.touching(WARD, _named("ward"))
        care.overheard("in the pause", at(330), WARD, None)
        assert () == breaker.trips
        care.overheard("after it", at(401), WARD, None)
        assert ["overheard: after it"] == [one.why for one in breaker.trips]


def test_every_connection_counts_as_a_touch(run, dialer, device, care):
    async def main():
        conn = await dialer(device(b"x"), care=care).open(WARD, tcp(104), Touch.ASK)
        await conn.close()

    run(main())
    care.overheard("fell silent", NOW, WARD, None)

    assert ["overheard: fell silent"] == [one.why for one in care.breaker.trips]
