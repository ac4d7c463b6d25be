"""What a sensor ships, part by part."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.fleet import batch
from tests.store.test_store import run, seen


def test_what_was_seen_comes_back_whole_and_in_order():
    many = [seen(value=f"v{n}") for n in range(4500)]

    parts = [batch.read(body) for body in batch.bodies(run(), many)]

    assert [2000, 2000, 500] == [len(part.seen) for part in parts]
    assert many == [one for part in parts for one in part.seen]
    assert [run()] * 3 == [part.run for part in parts]


def test_a_run_that_saw_nothing_is_told_all_the_same():
    assert [((), run())] == [(part.seen, part.run) for part in map(batch.read, batch.bodies(run(), []))]


def test_no_part_is_larger_than_the_centre_takes(monkeypatch):
    monkeypatch.setattr(batch, "MOST_BYTES", 3000)
    many = [seen(value=f"{n}" * 300) for n in range(20)]

    bodies = list(batch.bodies(None, many))

    assert max(map(len, bodies)) <= 3000
    assert many == [one for body in bodies for one in batch.read(body).seen]


def test_one_observation_that_is_too_large_is_said(monkeypatch):
    monkeypatch.setattr(batch, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="one observation has"):
        list(batch.bodies(None, [seen()]))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_bring_the_centre_down(body):
    with pytest.raises(DataError, match="cannot be read"):
        batch.read(body)


def test_a_batch_as_deep_as_it_is_long_is_refused():
    with pytest.raises(DataError, match="cannot be read"):
        batch.read(b'{"run":null,"seen":' + b"[" * 100_000)


def test_times_keep_their_zone():
    (body,) = batch.bodies(None, [seen()])

    assert datetime(2026, 11, 1, 8, tzinfo=UTC) == batch.read(body).seen[0].first
