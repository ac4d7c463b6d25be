"""Makers' names."""

import pytest

from scanner.identify import kinds, vendors


@pytest.mark.parametrize(
    ("maker", "want"),
    [
        ("Hewlett Packard Enterprise", "HP"),
        ("Axis Communications AB", "Axis"),
        ("Wistron InfoComm (Zhongshan) Corporation", "Wistron InfoComm (Zhongshan)"),
        ("Inc", "Inc"),
    ],
)
def test_a_maker_is_spelt_as_people_write_it(maker, want):
    assert want == vendors.spelling(maker)


@pytest.mark.parametrize(
    ("maker", "version", "want"),
    [
        ("GE Healthcare", "", ["modality"]),
        ("", "dcm4che-2.0", ["pacs"]),
        ("OFFIS DCMTK", "OFFIS_DCMTK_366", []),
    ],
)
def test_dicom_software_tells_archives_from_scanners(maker, version, want):
    assert want == [kind for _, kind, _ in vendors.dicom_kind(maker, version)]


@pytest.mark.parametrize(
    ("maker", "want"),
    [
        ("Philips Patient Monitoring", "Patient Monitor"),
        ("Philips Medical Systems - Cardiac and Monitoring Systems (CM", "Patient Monitor"),
        ("Philips Medical Systems", "Medical"),
        ("Philips Lighting", None),
        ("RAULAND-BORG CORPORATION", "Nurse Call"),
        ("B.Braun Melsungen AG", "Infusion Pump"),
        ("Drägerwerk AG & Co. KG aA", "Medical"),
        ("Draeger Medical", "Medical"),
        ("Drager Lighting", None),
        ("Sysmex Corporation", "Analyser"),
        ("Verifone, Inc.", "Point of Sale"),
        ("Diebold Nixdorf", "Cash Machine"),
        ("Cisco Systems, Inc", None),
    ],
)
def test_a_maker_or_division_of_one_business_names_the_device(maker, want):
    found = vendors.business(maker)

    assert want == (found and found[0])


def test_every_business_is_a_device_word_that_kinds_knows():
    # a maker of medical devices makes many kinds: the word is shown, the kind stays open
    assert {"medical"} == {word.lower() for _, word, _ in vendors.BUSINESSES} - set(kinds.WORDS)
