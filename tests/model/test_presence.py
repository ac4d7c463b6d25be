"""What counts as a sighting, and what its days are."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.model.presence import Presence, day, is_sighting, shows_life, sort_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def saw(source, field, value, address="10.0.0.1", mac=None):
    return Observation(
        source=source,
        first=NOW,
        last=NOW,
        field=field,
        value=value,
        address=Address(address) if address else None,
        mac=Mac(mac) if mac else None,
    )


@pytest.mark.parametrize(
    ("source", "field", "value", "want"),
    [
        ("import:dhcp-isc", "dhcp.lease", "x", False),
        ("person:J. Doe", "owner", "x", False),
        ("probe:ssh", "ssh.banner", "x", True),
        ("tcp:connect", "port.state", "closed", True),
        ("tcp:connect", "port.state", "silent", False),
        ("probe:ssh", "probe.outcome", {"outcome": "silent"}, False),
        ("probe:ssh", "probe.outcome", {"outcome": "unreachable"}, False),
        ("probe:ssh", "probe.outcome", {"outcome": "refused"}, False),
        ("probe:ssh", "probe.outcome", "bug", False),
        ("probe:ssh", "probe.outcome", {"outcome": "reset"}, True),
        ("probe:ssh", "probe.outcome", {"outcome": "closed"}, True),
    ],
)
def test_only_what_a_device_itself_sent_proves_it_alive(source, field, value, want):
    assert want is shows_life(saw(source, field, value))


@pytest.mark.parametrize(
    ("source", "field", "address", "mac", "want"),
    [
        ("raw:arp", "link.mac", "10.0.0.1", "02:00:00:00:00:01", True),
        ("passive:stp", "stp.bridge", None, "02:00:00:00:00:01", True),
        ("passive:dhcp", "dhcp.domain", None, None, False),
        ("import:dhcp-isc", "dhcp.lease", "10.0.0.1", None, True),
        ("import:cisco-mac", "location", None, "02:00:00:00:00:01", True),
        ("import:ad-csv", "host.name", "10.0.0.1", None, False),
    ],
)
def test_a_lease_and_a_switchs_table_are_sightings_and_a_register_is_none(source, field, address, mac, want):
    assert want is is_sighting(saw(source, field, "x", address, mac))


def test_the_days_of_a_month_are_dates():
    row = Presence(source="raw", month="2026-02", days=(1, 28))

    assert [date(2026, 2, 1), date(2026, 2, 28)] == list(row.dates())


def test_the_sort_of_a_source_forgets_the_method_but_not_the_list():
    assert ("probe", "import:dhcp-isc", "passive") == tuple(
        map(sort_of, ("probe:ssh", "import:dhcp-isc", "passive:arp"))
    )


def test_a_day_is_one_of_utc():
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(-timedelta(hours=5)))

    assert date(2026, 11, 24) == day(late)
