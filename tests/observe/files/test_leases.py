"""A lease shows when its client was there; what has no time shows nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from scanner.observe.files.leases import lease
from scanner.observe.files.told import Teller

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TELLER = Teller(source="import:x", now=NOW)
ENDS = NOW - timedelta(days=3)


@pytest.mark.parametrize(
    ("times", "want"),
    [
        ({"ends": ENDS, "lasts": 86400.0}, ENDS - timedelta(days=1)),
        ({"ends": ENDS}, ENDS),
        ({"ends": ENDS, "last": ENDS - timedelta(hours=1)}, ENDS - timedelta(hours=1)),
        ({"ends": NOW + timedelta(days=3)}, NOW),
    ],
)
def test_when_its_client_was_there(times, want):
    one = lease(
        TELLER, {"address": "192.0.2.1", "mac": "001e37000001", "state": "Active", "hostname": "pc."}, **times
    )

    assert ("dhcp.lease", want, "active", "pc") == (
        one.field,
        one.last,
        one.value["state"],
        one.value["hostname"],
    )


def test_without_time_it_is_an_entry_and_without_address_nothing():
    assert "register.entry" == lease(TELLER, {"address": "192.0.2.1"}).field
    assert lease(TELLER, {"address": "x"}) is None
