"""Makers' names."""

import pytest

from scanner.identify import vendors


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
