"""The store on both engines: what it promises does not depend on which one keeps it."""

import sqlite3
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.model.net import Address, tcp
from scanner.model.observation import Observation, evidence_id
from scanner.model.run import Run
from scanner.store.store import open_store

T0 = datetime(2026, 11, 1, 8, tzinfo=UTC)


def seen(field="ssh.banner", value="OpenSSH_7.4", minutes=0, address="10.0.0.1"):
    at = T0 + timedelta(minutes=minutes)
    return Observation(
        source="probe:ssh",
        first=at,
        last=at,
        field=field,
        value=value,
        address=Address(address),
        port=tcp(22),
    )


def run(ended=None, engagement="eng-1"):
    return Run(
        id="run-1", engagement=engagement, started=T0, ended=ended, command="scan", scope="text", seed=1,
        parameters={"rho": 0.5}, versions={"stalehost": "0.1.0"}, notes=("one",),
    )  # fmt: skip


def test_log_gives_back_what_was_appended(where):
    lease = seen("dhcp.lease", {"hostname": "lt-1", "n": 3, "tags": ["a", "b"], "live": True, "gone": None})

    with open_store(where, "eng-1") as store:
        store.append([seen(), lease])

    with open_store(where, "eng-1") as store:
        assert {evidence_id(seen()), evidence_id(lease)} == {evidence_id(o) for o in store.log()}
        assert lease in list(store.log())


def test_a_repeat_widens_the_interval_and_adds_no_row(where):
    with open_store(where, "eng-1") as store:
        store.append([seen(minutes=5)])
        store.append([seen(minutes=9), seen(minutes=0)])

        (row,) = store.log()
        assert (T0, T0 + timedelta(minutes=9)) == (row.first, row.last)


def test_more_than_one_batch_is_stored_whole(where):
    with open_store(where, "eng-1") as store:
        assert store.append(seen(value=f"v{n}") for n in range(1201)) == 1201
        assert len(list(store.log())) == 1201


def test_a_failing_source_keeps_the_batches_before_it(where, monkeypatch):
    monkeypatch.setattr("scanner.store.store.BULK", 500)

    def source():
        yield from (seen(value=f"v{n}") for n in range(600))
        raise ConnectionError("sensor gone")

    with open_store(where, "eng-1") as store:
        with pytest.raises(ConnectionError):
            store.append(source())
        assert len(list(store.log())) == 500


def test_the_end_of_a_run_replaces_its_start(where):
    with open_store(where, "eng-1") as store:
        store.save(run())
        store.save(run(ended=T0))
        assert (run(ended=T0),) == store.runs()


def test_another_engagement_is_refused(tmp_path):
    with open_store(tmp_path / "x.db", "eng-1") as store:
        store.save(run())
    with pytest.raises(StoreError, match="another engagement"):
        open_store(tmp_path / "x.db", "eng-2")


def test_a_newer_database_is_refused(tmp_path):
    open_store(tmp_path / "x.db", "eng-1").close()
    with sqlite3.connect(tmp_path / "x.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()

    with pytest.raises(StoreError, match="newer stalehost"):
        open_store(tmp_path / "x.db", "eng-1")


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "x.db").write_text("hello, I am a letter" * 100)
    with pytest.raises(StoreError, match="not a stalehost database"):
        open_store(tmp_path / "x.db", "eng-1")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        open_store(tmp_path / "file" / "x.db", "eng-1")


def test_a_full_disk_is_said_and_keeps_what_was_stored(tmp_path):
    with open_store(tmp_path / "x.db", "eng-1") as store:
        store.append([seen()])
        with store._transaction() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        with store._transaction() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StoreError, match="disk is full"):
            store.append(seen(value="x" * 2000, address=f"10.0.1.{n}") for n in range(200))
        assert seen() in list(store.log())


def test_the_database_is_private(tmp_path):
    open_store(tmp_path / "x.db", "eng-1").close()
    assert (tmp_path / "x.db").stat().st_mode & 0o777 == 0o600


def test_schema_and_migrations_agree(where):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from scanner.store.schema import METADATA

    with open_store(where, "eng-1") as store, store._transaction() as connection:
        context = MigrationContext.configure(connection)
        found = [
            one
            for part in compare_metadata(context, METADATA)
            for one in (part if isinstance(part, list) else [part])
        ]
    # comments in the schema are for its readers; a server would keep them
    differences = [one for one in found if one[0] not in {"remove_table", "modify_comment"}]
    assert [] == differences


@given(order=st.permutations([0, 1, 2, 3]), cut=st.integers(0, 4))
def test_order_and_batching_of_appends_never_matter(tmp_path_factory, order, cut):
    parts = [seen(minutes=1), seen(minutes=7), seen(value="b"), seen(minutes=3)]
    shuffled = [parts[n] for n in order]
    with open_store(tmp_path_factory.mktemp("s") / "x.db", "eng-1") as store:
        store.append(shuffled[:cut])
        store.append(shuffled[cut:])
        log = list(store.log())
    assert sorted((o.value, o.first, o.last) for o in log) == [
        ("OpenSSH_7.4", T0 + timedelta(minutes=1), T0 + timedelta(minutes=7)),
        ("b", T0, T0),
    ]


def test_another_writer_is_waited_for_and_then_said(tmp_path, monkeypatch):
    monkeypatch.setattr("scanner.store.engine.PATIENCE_MS", 10)
    with open_store(tmp_path / "x.db", "eng-1") as store:
        other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another stalehost is writing"):
            store.append([seen()])
        other.execute("ROLLBACK")
        other.close()
        store.append([seen()])
        assert [seen()] == list(store.log())


def test_a_database_that_may_not_be_written_is_said(tmp_path):
    with open_store(tmp_path / "x.db", "eng-1") as store:
        with store._transaction() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreError, match="owner and permissions"):
            store.append([seen()])


def test_a_fault_we_have_no_words_for_keeps_the_database_s_own(where):
    with (
        open_store(where, "eng-1") as store,
        pytest.raises(StoreError, match="no_such_table"),
        store._transaction() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM no_such_table")


def test_a_database_url_works_too(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'x.db'}", "eng-1") as store:
        store.append([seen()])
        assert [seen()] == list(store.log())


@pytest.mark.parametrize("name", ["0001_log_and_runs", "0002_places"])
def test_a_log_is_never_taken_back(name):
    from importlib import import_module

    step = import_module(f"scanner.store.migrations.versions.{name}")
    with pytest.raises(NotImplementedError, match="never taken back"):
        step.downgrade()


def test_the_last_place_of_each_ask_is_kept_run_by_run(where):
    with open_store(where, "eng-1") as store:
        store.mark("run-1", {"arp": 64, "syn": 3_000_000_000})
        store.mark("run-1", {"arp": 128})
        store.mark("run-1", {})
        store.mark("run-2", {"arp": -1})

    with open_store(where, "eng-1") as store:
        assert {"arp": 128, "syn": 3_000_000_000} == store.places("run-1")
        assert ({"arp": -1}, {}) == (store.places("run-2"), store.places("run-3"))


def test_each_day_of_a_sighting_is_kept_and_counted_once(where):
    day = 24 * 60
    with open_store(where, "eng-1") as store:
        for minutes in (0, 2 * day, 2 * day + 5, 40 * day):
            store.append([seen(minutes=minutes)])

        rows = list(store.presence())

    assert [("probe", "2026-11", (1, 3)), ("probe", "2026-12", (11,))] == [
        (row.source, row.month, row.days) for row in rows
    ]
    assert {("10.0.0.1", None, None)} == {(row.address, row.mac, row.zone) for row in rows}


def test_what_was_not_there_has_no_days(where):
    with open_store(where, "eng-1") as store:
        store.append([seen("port.state", "silent")])

        assert [] == list(store.presence())


def test_what_comes_out_is_ordered_by_code_points_whatever_the_engine_finds_fitting(where):
    zones = ["a-b", "ab", "A", "Zz", "ä", "a b", "_", "z"]
    with open_store(where, "eng-1") as store:
        store.append(msgspec.structs.replace(seen(), zone=zone) for zone in zones)

        assert sorted(zones) == [row.zone for row in store.presence()]


def test_the_size_is_that_of_what_is_kept(where):
    with open_store(where, "eng-1") as store:
        store.append(seen(value=f"{n} {'x' * 500}") for n in range(400))
        store.compact()

        assert 200_000 < store.size() < 4_000_000


def test_hours_become_days_and_no_row_is_lost(where):
    with open_store(where, "eng-1") as store:
        store.append([seen(value="old"), seen(value="new", minutes=3 * 24 * 60)])

        assert (2, 0) == (store.coarsen(T0 + timedelta(days=1)), store.coarsen(T0 + timedelta(days=1)))
        assert {"old": T0.replace(hour=0), "new": T0 + timedelta(days=3)} == {
            one.value: one.first for one in store.log()
        }
        assert {"observation": 2, "run": 0, "presence": 1} == dict(store.counts())
