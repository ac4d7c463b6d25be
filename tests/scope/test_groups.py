"""Pairs and beds: who belongs together, by the scope file or by what the log knows."""

import msgspec
import pytest

from scanner.model.device import Claim, Device, Leg
from scanner.model.kinds import Kind, Role
from scanner.model.observation import Observation, evidence_id
from scanner.scope.file import Group
from scanner.scope.groups import paired

from .test_known import NOW  # noqa: TID252 - one clock for all


def device(last, name, *more, key=None, zone="radiology"):
    addresses = (f"10.20.0.{last}", *more)
    seen = Observation(
        source="probe:tls", first=NOW, last=NOW, field="x509.certificate", value={"sha256": key}
    )
    plain = msgspec.structs.replace(seen, value="x")
    facts = tuple(
        Claim(attr="a", value="v", confidence=1, rule=None, seen=one, evidence=evidence_id(one))
        for one in (seen, plain)
    )
    return Device(
        id=f"dev-{last}", names=(name,) if name else (), kind=Kind.PACS, kind_confidence=1, role=Role.NONE,
        legs=tuple(Leg(address=one, mac=None, zone=zone, live=True) for one in addresses),
        attributes={}, services=(), first_seen=NOW, last_seen=NOW, presence="seen", location=None, owner=None,
        inventories=(), joined_by=(), conflicts=(), facts=facts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "together"),
    [
        ("pacs-a", "pacs-b", True),
        ("PACS-A.ward.example", "pacs-b", True),
        ("scada01", "scada02", True),
        ("dcs-primary", "dcs-standby", True),
        ("mon-bed07", "pump-bed-7", True),
        ("mon-bed07", "pump-bed-17", False),
        ("us-room-1", "us-room-3", False),
        ("mon-11", "mon-12", False),
        ("pacs", "ris", False),
        (None, None, False),
    ],
)
def test_twins_and_beds_are_told_by_their_names(scope, one, two, together):
    found = paired(scope, [device(5, one), device(6, two)]).groups

    assert together == bool(found)
    assert all(("10.20.0.5", "10.20.0.6") == group.addresses for group in found)


def test_names_pair_within_a_zone_only(scope):
    assert () == paired(scope, [device(5, "pacs-a"), device(6, "pacs-b", zone="office")]).groups


def test_a_shared_certificate_pairs_and_a_device_with_two_addresses_is_its_own_group(scope):
    found = paired(scope, [device(5, "x", key="ab" * 32), device(6, "y", key="ab" * 32)]).groups
    two = paired(scope, [device(7, "z", "10.20.0.8")]).groups

    assert [("10.20.0.5", "10.20.0.6")] == [group.addresses for group in found]
    assert [("10.20.0.7", "10.20.0.8")] == [group.addresses for group in two]


def test_what_the_file_declares_stays_and_an_office_has_no_groups(scope):
    declared = Group(name="bed 7", addresses=("10.20.0.5", "10.20.0.6"))
    with_it = msgspec.structs.replace(scope, groups=(declared,))
    office = msgspec.structs.replace(scope, networks=scope.networks[1:])

    assert (declared,) == paired(with_it, []).groups
    assert office is paired(office, [device(5, "a-1"), device(6, "a-2")])
