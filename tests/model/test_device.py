"""What to call a device, and which zones it stands in."""

from datetime import UTC, datetime

import pytest

from scanner.model.device import Device, Leg
from scanner.model.kinds import Kind, Role

NOW = datetime(2026, 12, 3, tzinfo=UTC)


def device(names=(), legs=()):
    return Device(
        id="dev-1", names=names, legs=legs, kind=Kind.UNKNOWN, kind_confidence=0, role=Role.NONE, attributes={},
        services=(), first_seen=NOW, last_seen=NOW, presence="seen", location=None, owner=None, inventories=(),
        joined_by=(), conflicts=(), facts=(),
    )  # fmt: skip


def leg(address, zone):
    return Leg(address=address, mac=None, zone=zone, live=True)


@pytest.mark.parametrize(
    ("names", "legs", "want"),
    [
        (("pacs", "pacs.example"), (leg("10.0.0.1", "a"),), "pacs"),
        ((), (leg("10.0.0.2", "a"), leg("10.0.0.1", "b")), "10.0.0.2"),
        ((), (), "dev-1"),
    ],
)
def test_a_device_is_called_by_its_name_else_its_address_else_its_id(names, legs, want):
    assert want == device(names, legs).name


def test_its_zones_are_sorted_and_each_is_named_once():
    legs = [
        leg("10.0.0.1", "wards"),
        leg("10.0.1.1", "office"),
        leg("10.0.0.2", "wards"),
        leg("192.0.2.1", None),
    ]

    assert ("office", "wards") == device(legs=tuple(legs)).zones
