"""Every word of art that the report uses is explained."""

import pytest

from scanner.report.sections.glossary import glossary


@pytest.mark.parametrize(
    "term",
    [
        "Bridge",
        "Foothold",
        "Endpoint equivalent",
        "Expected loss",
        "Interval",
        "Pivot score",
        "Unknown",
        "Zone",
    ],
)
def test_the_terms_of_page_one_are_explained(empty, term):
    assert dict(glossary(empty).terms)[term]


def test_terms_stand_in_alphabetical_order(empty):
    terms = [term for term, _ in glossary(empty).terms]

    assert sorted(terms) == terms
