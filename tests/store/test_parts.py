"""One site's part of the log: the same rows as in the whole, and a mark that changes with any of them."""

import msgspec
import pytest

from scanner.model.presence import Presence
from scanner.store import parts
from tests.store.test_store import seen

change_of = msgspec.structs.replace
HERE = [seen(address="10.0.0.5"), change_of(seen(value="x"), source="person:J. Doe")]
NORTH = [
    change_of(seen(value=f"v{n}", address=f"10.0.0.{n}"), source="raw:arp", field="link.mac", site="north")
    for n in range(4)
]
SOUTH = [change_of(one, site="south") for one in NORTH[:2]]


@pytest.fixture
def many(store):
    store.append([*SOUTH, *HERE, *NORTH])
    return store


def test_the_parts_are_the_whole_log_in_its_own_order(many):
    whole = list(many.log(everywhere=True))

    for site in (None, "north", "south"):
        assert [one for one in whole if one.site == site] == list(parts.part(many, site))
    assert () == parts.part(many, "east")


def test_the_days_of_the_parts_are_those_of_the_whole(many):
    found: list[Presence] = [one for site in (None, "north", "south") for one in parts.days(many, site)]

    assert sorted(many.presence(everywhere=True), key=repr) == sorted(found, key=repr)
    assert found


def test_only_what_people_said_here_holds_elsewhere(many):
    assert (HERE[1],) == parts.words(many)


def test_a_mark_counts_the_rows_and_does_not_mind_in_which_order_they_came(many, where):
    before = parts.marks(many)
    many.append([*reversed(NORTH), *HERE])

    assert {None: 2, "north": 4, "south": 2} == {site: mark.rows for site, mark in before.items()}
    assert before == parts.marks(many)
    assert before["north"].digest != before["south"].digest


@pytest.mark.parametrize("change", [{"value": "new"}, {"last": NORTH[0].last.replace(year=2027)}])
def test_a_row_more_or_another_time_changes_the_mark_of_its_site_alone(many, change):
    before = parts.marks(many)
    many.append([change_of(NORTH[0], **change)])
    after = parts.marks(many)

    assert {"north"} == {site for site in after if after[site] != before[site]}
