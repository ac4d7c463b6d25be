"""IANA's list gives each number its organisation and nobody's mail address."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import pen


def test_each_number_has_its_organisation_alone(feeds, held, day):
    found = pen.read([feeds / "enterprise-numbers.txt"], held)

    assert [("0", "Reserved"), ("9", "exampleSystems"), ("64000", "Example Instruments B.V.")] == [
        (row["number"], row["name"]) for row in found.tables["enterprises"]
    ]
    assert (day("2026-11-20"), 3) == (found.dated, found.rows)


def test_a_list_without_its_date_takes_the_day_of_its_fetch(altered, held, day):
    assert day("0001-01-01") == pen.read([altered("enterprise-numbers.txt", "(last", "(first")], held).dated


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("PRIVATE ENTERPRISE", "PUBLIC", "does not start as"), ("\n5000\n", "\n7\n", "number 7 comes after 9")],
)
def test_another_list_is_refused(altered, held, old, new, said):
    with pytest.raises(DataError, match=said):
        pen.read([altered("enterprise-numbers.txt", old, new)], held)
