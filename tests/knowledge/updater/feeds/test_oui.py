"""The IEEE registry's three files become prefixes and owners, without anybody's postal address."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import oui


def test_each_block_is_its_first_owners(feeds, held, day):
    found = oui.read([feeds / name for name in ("oui.csv", "mam.csv", "oui36.csv")], held)

    assert [
        ("24", "0010fa", "Example, Inc."),
        ("24", "acde48", "Private"),
        ("28", "0055da1", "Example Meters"),
        ("36", "70b3d5001", "Example Relays"),
    ] == [tuple(row.values()) for row in found.tables["oui"]]
    assert found.rows == 4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Registry,", "Register,", ":1: want the columns"),
        ("MA-L,ACDE48", "MA-X,ACDE48", ":4: want MA-L, MA-M or MA-S"),
        ("MA-L,ACDE48", "MA-L,ACDE4", ":4: want"),
        ("MA-L,ACDE48", "MA-L,ACDE480", ":4: want"),
        ('00000 "', "00000", "not whole CSV"),
    ],
)
def test_wrong_columns_and_prefixes_are_refused_with_their_line(altered, feeds, held, old, new, said):
    path = altered("oui.csv", old, new)
    with pytest.raises(DataError, match=said):
        oui.read([path, feeds / "mam.csv", feeds / "oui36.csv"], held)


def test_a_registry_of_two_files_is_refused(feeds, held):
    with pytest.raises(DataError, match="MA-S is missing"):
        oui.read([feeds / "oui.csv", feeds / "mam.csv"], held)
