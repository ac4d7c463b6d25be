"""A device's line says what is not known in words."""

import msgspec
import pytest

from scanner.model.device import Attribute
from scanner.report import line as lines
from scanner.report.line import line, listed, sheets_of


def test_a_line_of_an_unknown_says_so(maker, sorts):
    judged = maker.judged(sorts[4])
    bare = msgspec.structs.replace(
        judged, device=msgspec.structs.replace(judged.device, legs=(), attributes={})
    )

    told = line(bare)

    assert ("not known", "not known", "unknown", "Unknown") == (
        told.subject,
        told.ends,
        told.support,
        told.support_word,
    )
    assert (("outside every zone",), ("not known",)) == (told.zones, told.addresses)


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ({}, "product not known"),
        ({"hw.vendor": "Siemens"}, "product not known"),
        ({"hw.vendor": "Siemens", "hw.product": "7SJ64"}, "Siemens 7SJ64"),
        ({"hw.vendor": "HP", "hw.product": "HP LaserJet 4250"}, "HP LaserJet 4250"),
        ({"os.product": "AOS", "hw.product": "Smart-UPS"}, "AOS"),
    ],
)
def test_what_no_table_knows_is_called_as_it_was_recognised(maker, sorts, said, want):
    judged = maker.judged(sorts[4])
    attributes = {key: Attribute(value=value, confidence=0.9, evidence=()) for key, value in said.items()}
    known = msgspec.structs.replace(judged.device, attributes=attributes)

    assert want == line(msgspec.structs.replace(judged, device=known)).product


def test_a_gateway_is_marked_and_is_no_bridge(maker, sorts):
    told = line(maker.judged(sorts[11]))

    assert (True, False) == (told.gateway, told.bridge)


def test_an_ordinary_device_in_two_zones_is_a_bridge(maker, sorts):
    told = line(maker.judged(sorts[0]))

    assert (False, True) == (told.gateway, told.bridge)


def test_a_longer_list_leaves_room_for_fewer_sheets(crowd, monkeypatch):
    assert (45, 250) == (sheets_of(crowd(45)), sheets_of(crowd(300)))
    found = crowd(300)

    monkeypatch.setattr(lines, "_FEW", 299)

    assert sheets_of(found) == 100


def test_links_may_lead_to_the_devices_that_are_listed(hospital, monkeypatch):
    monkeypatch.setattr(lines, "MOST_ROWS", 2)

    assert {hospital.devices[0].device.id, hospital.devices[1].device.id} == listed(hospital)
