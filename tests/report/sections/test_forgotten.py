"""Forgotten devices are listed with their signs and where to go and look."""

import msgspec
import pytest

from scanner.model.device import Location
from scanner.report.sections.forgotten import MOST, forgotten, is_forgotten, signs, where


def test_the_likeliest_comes_first_with_its_signs_strongest_first(hospital):
    page = forgotten(hospital)

    assert ["laptop-01", "laptop-08"] == [one.line.name for one in page.devices]
    assert ["+1.8", "+0.9"] == [sign.strength for sign in page.devices[0].signs]


@pytest.mark.parametrize(
    ("unknown", "unmanaged", "stale", "probability", "want"),
    [
        (False, False, False, 0.5, True),
        (True, True, False, 0.1, True),
        (True, False, False, 0.49, False),
        (False, False, False, 0.0, False),
    ],
)
def test_two_signs_or_an_even_chance_make_a_device_forgotten(
    hospital, unknown, unmanaged, stale, probability, want
):
    judged = hospital.devices[0]
    told = msgspec.structs.replace(
        judged.forgotten, unknown=unknown, unmanaged=unmanaged, stale=stale, probability=probability
    )

    assert want == is_forgotten(msgspec.structs.replace(judged, forgotten=told))


@pytest.mark.parametrize(
    ("place", "want"),
    [
        (None, "Where it stands is not known: no switch, access point or lease told"),
        (Location(), "Where it stands is not known"),
        (Location(switch="sw1", port="Gi1"), "On sw1 port Gi1"),
        (Location(access_point="ap7", description="ward 3"), "On access point ap7 (ward 3)"),
    ],
)
def test_a_place_is_told_as_far_as_it_is_known(hospital, place, want):
    judged = hospital.devices[0]

    assert want == where(
        msgspec.structs.replace(judged, device=msgspec.structs.replace(judged.device, location=place))
    )


def test_silent_devices_are_counted(hospital):
    assert sum(one.device.presence == "silent" for one in hospital.devices) == forgotten(hospital).silent > 0


def test_the_evidence_of_a_device_without_a_sheet_is_sought_at_its_row(hospital):
    judged = hospital.devices[0]

    assert {judged.device.id} == {ref.anchor for sign in signs(judged, sheet=False) for ref in sign.refs}


def test_a_device_that_is_not_listed_has_no_link_and_no_pointer(hospital):
    judged = hospital.devices[0]

    assert not [ref for sign in signs(judged, sheet=False, linked=False) for ref in sign.refs]


def test_so_many_forgotten_devices_are_described_and_the_rest_counted(hospital):
    lost = hospital.devices[0]

    assert 2 == forgotten(msgspec.structs.replace(hospital, devices=(lost,) * (MOST + 2))).left
