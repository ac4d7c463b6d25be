"""A device's line says what is not known in words."""

import msgspec

from scanner.report import line as lines
from scanner.report.line import line, listed, sheets_of


def test_a_line_of_an_unknown_says_so(maker, sorts):
    judged = maker.judged(sorts[4])
    bare = msgspec.structs.replace(judged, device=msgspec.structs.replace(judged.device, legs=()))

    told = line(bare)

    assert ("not known", "not known", "unknown", "Unknown") == (
        told.subject,
        told.ends,
        told.support,
        told.support_word,
    )
    assert (("outside every zone",), ("not known",)) == (told.zones, told.addresses)


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
