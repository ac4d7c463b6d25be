"""The tables as data: keys and indexes name columns, and an updater finds the feeds."""

import pytest

from scanner.knowledge.tables import TABLES, Kind


@pytest.mark.parametrize("name", TABLES)
def test_keys_and_indexes_are_stored_columns(name):
    table = TABLES[name]
    stored = {column.name for column in table.stored} | ({"vkey"} if table.ordered else set())

    assert set(table.key) <= stored
    assert {part for parts in table.indexes for part in parts} <= stored
    assert table.ordered is None or set(table.ordered) <= stored


@pytest.mark.parametrize("name", TABLES)
def test_a_word_column_has_words_and_only_it(name):
    assert all(bool(column.words) == (column.kind is Kind.WORD) for column in TABLES[name].columns)


def test_only_a_table_that_a_feed_renews_is_replaced_whole():
    assert {"enterprises", "kev", "ubuntu_fixes", "ubuntu_revisions"} == {
        name for name, table in TABLES.items() if table.whole
    }
    assert all(table.feed for table in TABLES.values() if table.whole)
