"""Many rows at once: the same rows, whichever way they went in."""

from datetime import timedelta
from itertools import permutations

import pytest

from scanner.store import bulk
from scanner.store.store import open_store
from tests.store.test_store import T0, seen


@pytest.fixture
def database(server):
    return server.url(server.database())


HOSTILE = [
    "plain",
    "tab\there",
    "line\nbreak",
    "back\\slash \\N \\.",
    "quote ' \" $$",
    "Ω 漢 🏥",
    "",
    '{"a": 1}',
]


def test_copied_and_inserted_rows_are_the_same(database, monkeypatch):
    rows = [seen(value=text, minutes=n) for n, text in enumerate(HOSTILE)]
    logs = []
    for engagement, least in (("copied", 1), ("inserted", 1000)):
        monkeypatch.setattr(bulk, "_MANY", least)
        with open_store(database, engagement) as store:
            store.append(rows)
            store.append(rows[::-1])
            logs.append((list(store.log()), list(store.presence())))

    assert logs[0] == logs[1]
    assert set(HOSTILE) == {one.value for one in logs[0][0]}


def test_a_repeat_that_is_copied_widens_and_adds_no_row(database, monkeypatch):
    monkeypatch.setattr(bulk, "_MANY", 1)
    for number, order in enumerate(permutations([0, 5, 9])):
        with open_store(database, f"eng-{number}") as store:
            for minutes in order:
                store.append([seen(minutes=minutes)])
            (row,) = store.log()

        assert (T0, T0 + timedelta(minutes=9)) == (row.first, row.last)
