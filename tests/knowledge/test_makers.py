"""Identifiers that registries give out."""

import pytest


@pytest.mark.parametrize(
    ("mac", "vendor"),
    [
        # 8c:1f:64 is split into blocks of 36 bits, 00:55:da into blocks of 28
        ("8c:1f:64:00:30:01", "longest"),
        ("00:55:da:01:00:01", "longest"),
        ("00:00:01:12:34:56", "Xerox Corporation"),
    ],
)
def test_a_card_is_known_by_its_longest_prefix(mac, vendor, shipped):
    got = shipped.vendor(mac)

    assert got == vendor if vendor != "longest" else got not in {None, "IEEE Registration Authority"}


def test_an_enterprise_number_names_who_registered_it(shipped):
    assert "ciscoSystems" == shipped.enterprise(9)
    assert "Hewlett-Packard" == shipped.enterprise(11)
    assert shipped.enterprise(4_000_000_000) is None


@pytest.mark.parametrize(
    ("oid", "prefix", "name"),
    [
        (".1.3.6.1.4.1.11.2.3.7.11.33", "1.3.6.1.4.1.11.2.3.7.11", "HP ProCurve"),
        ("1.3.6.1.4.1.12356.101.1.2000", "1.3.6.1.4.1.12356.101.1", "Fortinet Fortigate"),
    ],
)
def test_a_sysobjectid_is_known_by_its_longest_prefix(oid, prefix, name, shipped):
    got = shipped.sysoid(oid)

    assert (prefix, name) == (got.prefix, got.name)


@pytest.mark.parametrize("oid", ["", "1.3.6.1.4.1", "1.3.6.1.4.1.99999999.1", "x.y", "1." * 10_000, "9.9"])
def test_an_object_that_no_table_knows_is_none(oid, shipped):
    assert shipped.sysoid(oid) is None
