"""The table of checks and the table of exposures belong together."""

import csv
from pathlib import Path

import pytest

import scanner.knowledge
from scanner.risk.holes import CHECKS


def rows():
    path = Path(scanner.knowledge.__file__).parent / "facts" / "exposures.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def test_every_check_belongs_to_a_known_exposure():
    assert set() == set(CHECKS) - {row["id"] for row in rows()}


def test_most_exposures_that_a_banner_or_a_negotiation_shows_have_a_check():
    assert len(CHECKS) > 0.5 * len(rows())


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_no_check_claims_anything_of_a_device_that_shows_nothing(make, name):
    from scanner.risk.facts import facts_of
    from scanner.risk.finding import Case
    from scanner.risk.parameters import resolve

    device = make.device("silent", "a")
    case = Case(
        device=device, age=make.age(), facts=facts_of(device), fact=make.fact("telnet"), values=resolve({}), now=make.now
    )  # fmt: skip

    assert CHECKS[name](case) is None
