import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.model.net import Address
from scanner.wire.ledger import Ledger

HOST = Address("10.1.0.5")


def test_a_budget_outlives_a_restart(tmp_path, now):
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        assert [ledger.spend(HOST, now, 2) for _ in range(3)] == [True, True, False]
    with Ledger(path) as again:
        assert not again.spend(HOST, now + timedelta(hours=23), 2)
        assert again.spend(Address("10.1.0.6"), now, 2)
        assert again.spend(HOST, now + timedelta(hours=25), 2)


@settings(max_examples=40, deadline=None)
@given(minutes=st.lists(st.integers(0, 4000), max_size=60), budget=st.integers(0, 5))
def test_no_24_hours_hold_more_than_the_budget(tmp_path_factory, now, minutes, budget):
    with Ledger(tmp_path_factory.mktemp("ledger") / "l.db") as ledger:
        spent = [m for m in sorted(minutes) if ledger.spend(HOST, now + timedelta(minutes=m), budget)]
    assert all(sum(start <= m < start + 24 * 60 for m in spent) <= budget for start in spent)


def test_no_budget_is_no_limit_and_several_are_booked_at_once(tmp_path, now):
    with Ledger(tmp_path / "l.db") as ledger:
        assert ledger.spend(HOST, now, None, 10**9)
        assert not ledger.spend(HOST, now, 10, 11)
        assert ledger.spend(HOST, now, 10, 10)
        assert ledger.spent(HOST, now) == 10


NETWORKS = [
    ip_network(text)
    for text in ("10.1.0.0/29", "10.1.0.0/30", "10.1.0.4/30", "10.1.0.6/31", "10.1.0.5/32", "fd00::/126")
]
ADDRESSES = sorted({Address(str(one)) for network in NETWORKS for one in network})

bookings = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(NETWORKS), st.sampled_from(ADDRESSES)),
        st.integers(0, 3000),
        st.integers(1, 3),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(asked=bookings, budget=st.integers(0, 6))
def test_a_span_counts_for_each_of_its_addresses_as_if_each_had_been_booked(
    tmp_path_factory, now, asked, budget
):
    where = tmp_path_factory.mktemp("ledger")
    with Ledger(where / "spans.db") as spans, Ledger(where / "singly.db") as singly:
        for what, minute, count in sorted(asked, key=lambda one: one[1]):
            at = now + timedelta(minutes=minute)
            each = [what] if isinstance(what, str) else [Address(str(one)) for one in what]
            able = [one for one in each if singly.spent(one, at) + count <= budget]
            if isinstance(what, str):
                booked = spans.spend(what, at, budget, count)
            else:
                tired = [one for part in spans.tired(what, at, budget, count) for one in part]
                assert set(each) - set(able) == {str(one) for one in tired}
                booked = spans.spend_span(what, at, budget, count)
            assert booked == (able == each)
            if booked:
                assert all(singly.spend(one, at, budget, count) for one in each)
            for one in ADDRESSES:
                assert singly.spent(one, at) == spans.spent(one, at)


def test_a_sweep_of_a_wide_network_costs_one_row_and_no_budget_costs_none(tmp_path, now):
    wide = ip_network("10.0.0.0/16")
    with Ledger(tmp_path / "l.db") as ledger:
        assert ledger.spend_span(wide, now, None)
        assert [True, True, False] == [ledger.spend_span(wide, now, 2) for _ in range(3)]
        assert (2, 0) == (ledger.spent(Address("10.0.7.7"), now), ledger.spent(Address("10.1.0.0"), now))
        assert ((), (wide,)) == (ledger.tired(wide, now, None), ledger.tired(wide, now, 2))
    db = sqlite3.connect(tmp_path / "l.db")
    rows = db.execute("SELECT count(*), sum(count) FROM spans").fetchone()
    db.close()
    assert (1, 2) == rows


def test_a_ledger_without_spans_learns_them(tmp_path, now):
    with Ledger(tmp_path / "l.db") as ledger:
        ledger.spend(HOST, now, 2)
    db = sqlite3.connect(tmp_path / "l.db")
    db.execute("DROP TABLE spans")
    db.execute("PRAGMA user_version = 1")
    db.close()
    with Ledger(tmp_path / "l.db") as ledger:
        assert ledger.spend_span(ip_network("10.1.0.0/24"), now, 2)
        assert ledger.spent(HOST, now) == 2


def test_two_workers_share_one_budget(tmp_path, now):
    with Ledger(tmp_path / "l.db") as one, Ledger(tmp_path / "l.db") as two:
        assert [each.spend(HOST, now, 3) for each in (one, two, one, two)] == [True, True, True, False]


def test_only_the_owner_may_read_it(tmp_path):
    Ledger(tmp_path / "l.db").close()
    assert (tmp_path / "l.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "l.db").write_bytes(b"no database, but long enough to be looked at " * 40)
    with pytest.raises(StoreError, match="not a ledger"):
        Ledger(tmp_path / "l.db")
    with pytest.raises(StoreError, match="cannot open"):
        Ledger(tmp_path / "nowhere" / "l.db")


def test_a_newer_ledger_is_left_alone(tmp_path):
    db = sqlite3.connect(tmp_path / "l.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer stalehost"):
        Ledger(tmp_path / "l.db")


def test_what_cannot_be_booked_is_not_sent(tmp_path, now):
    ledger = Ledger(tmp_path / "l.db")
    other = sqlite3.connect(tmp_path / "l.db")
    other.execute("DROP TABLE spent")
    other.close()
    with pytest.raises(StoreError, match="nothing is sent"):
        ledger.spend(HOST, now, 3)
    with pytest.raises(StoreError, match="nothing is sent"):
        ledger.spend_span(ip_network("10.1.0.0/24"), now, 3)
    with pytest.raises(StoreError, match="cannot read"):
        ledger.spent(HOST, now)
    with pytest.raises(StoreError, match="cannot read"):
        ledger.tired(ip_network("10.1.0.0/24"), now, 3)
    ledger.close()


def test_a_scan_that_is_killed_and_started_again_and_again_exceeds_no_budget(tmp_path, scope):
    """Killed (-9) in the midst of dialling, five times over; a booked connect may be lost by it, never doubled."""
    dialled = tmp_path / "dialled"
    dialled.touch()
    words = [sys.executable, str(Path(__file__).with_name("spender.py")), str(tmp_path)]
    kills = 5
    for least in [*(7 * (kill + 1) for kill in range(kills)), None]:
        with subprocess.Popen(words, stdin=subprocess.PIPE) as spender:
            spender.stdin.write(scope.text.encode())
            spender.stdin.close()
            while (
                least is not None
                and spender.poll() is None
                and len(dialled.read_bytes().splitlines()) < least
            ):
                pass
            if least is not None:
                spender.kill()
        assert least is None or spender.returncode in {-9, 0}
    assert 0 == spender.returncode

    counts = Counter(dialled.read_text().split())
    assert 4 == len(counts)
    assert all(count <= 12 for count in counts.values())
    assert sum(counts.values()) >= 4 * 12 - kills
