"""What discovery flagged as nobody makes no device; what people and lists say stays."""

from datetime import UTC, datetime, timedelta

import pytest

from scanner.identify.phantoms import real
from scanner.model.observation import Observation

NOW = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)


def saw(field="port.state", value="open", source="tcp:connect", at=NOW, address="10.0.0.9"):
    return Observation(source=source, first=at, last=at, field=field, value=value, address=address)


def flag(real_one=False, at=NOW, **more):
    return saw("guard.tarpit", {"why": "all open", "real": real_one}, "discover:guards", at, **more)


def test_a_phantom_leaves_nothing_that_we_saw_and_all_that_others_say():
    lease = saw("dhcp.lease", {"mac": "02:00:00:00:00:01"}, "import:dhcp-isc")
    word = saw("person.owner", "radiology", "person:J. Doe")

    assert [lease, word] == real(
        [saw(), saw("link.mac", "02:00:00:00:00:01", "raw:arp"), flag(), lease, word]
    )


def test_a_flag_that_leaves_the_device_real_is_only_not_shown_as_a_fact():
    assert [saw()] == real([saw(), flag(real_one=True)])


@pytest.mark.parametrize("state", ["silent", "unreachable"])
def test_what_was_asked_in_vain_is_no_device(state):
    vain = saw(value=state)

    assert [] == real([vain])
    assert [vain, saw(value="closed")] == real([vain, saw(value="closed")])
    lease = saw("dhcp.lease", {"mac": "02:00:00:00:00:01"}, "import:dhcp-isc")
    assert [vain, lease] == real([vain, lease])


def test_others_stay():
    other = saw(address="10.0.0.10")

    assert [other] == real([other, flag()])
    assert [] == real([])


@pytest.mark.parametrize(("later", "stays"), [(timedelta(hours=2), False), (timedelta(days=30), True)])
def test_who_answers_in_a_later_run_without_a_flag_is_somebody(later, stays):
    seen = [saw(), flag(), saw("ssh.banner", "x", "probe:ssh", NOW + later)]

    assert stays is (len(real(seen)) == 2)


def test_a_later_silence_and_what_has_no_address_prove_nothing():
    silence = saw(
        "probe.outcome", {"probe": "ssh", "outcome": "silent"}, "probe:ssh", NOW + timedelta(days=9)
    )
    word = saw("person.note", "x", "person:J. Doe", address=None)

    assert [word] == real([saw(), flag(at=NOW), flag(at=NOW - timedelta(days=1)), silence, word])
