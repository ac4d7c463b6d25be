"""What only a server can do to a store: be away, refuse, run full, break off; nothing is ever half written."""

import signal
import threading
import time

import pytest

from scanner.errors import StoreError
from scanner.store import faults
from scanner.store.store import open_store
from tests.postgres import _free_port
from tests.store.test_store import run, seen

MANY = [seen(value=f"v{n}", address=f"10.0.{n}.1") for n in range(120)]
"""Enough for COPY."""


@pytest.fixture
def name(server):
    return server.database()


@pytest.fixture
def url(server, name):
    return server.url(name)


def break_at(server, name, table, deed):
    """From now on a write to a table ends in a deed of the server's."""
    server.sql(
        f"CREATE FUNCTION deed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {deed}; RETURN NEW; END $$",
        f"CREATE TRIGGER deed BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION deed()",
        database=name,
    )


def mend(server, name, table):
    server.sql(f"DROP TRIGGER deed ON {table}", database=name)


FULL = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'"
LOST = "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(30)"


@pytest.mark.parametrize("rows", [MANY, MANY[:2]], ids=["copied", "inserted"])
@pytest.mark.parametrize(
    ("deed", "meaning"), [(FULL, faults.FULL), (LOST, faults.AWAY)], ids=["full", "lost"]
)
def test_what_fails_half_way_leaves_nothing_and_can_be_done_again(server, name, url, deed, meaning, rows):
    with open_store(url, "eng-1") as store:
        store.append([seen(value="before")])
        # the log's rows are written by then: they must go too
        break_at(server, name, "presence", deed)
        with pytest.raises(StoreError) as told:
            store.append(rows)
        mend(server, name, "presence")

        assert f"postgresql://postgres@/{name}: {meaning}" == str(told.value)
        assert ["before"] == [one.value for one in store.log()]

        store.append(rows)
        assert len(rows) + 1 == store.counts()["observation"]


def test_a_full_disk_in_a_schema_step_leaves_the_old_schema(server, name, url):
    server.sql(
        "CREATE FUNCTION deed() RETURNS event_trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF tg_tag = 'CREATE INDEX' THEN {FULL}; END IF; END $$",
        "CREATE EVENT TRIGGER deed ON ddl_command_end EXECUTE FUNCTION deed()",
        database=name,
    )
    with pytest.raises(StoreError, match="disk is full"):
        open_store(url, "eng-1")
    assert [] == server.sql("SELECT * FROM pg_tables WHERE schemaname = 'public'", database=name)

    server.sql("DROP EVENT TRIGGER deed", database=name)
    with open_store(url, "eng-1") as store:
        store.append(MANY)


def test_a_server_that_crashed_kept_what_was_stored_and_is_found_again(server, name, url):
    with open_store(url, "eng-1") as store:
        store.append(MANY)
        server.stop(signal.SIGQUIT)
        try:
            with pytest.raises(StoreError) as told:
                store.append(MANY[:1])
        finally:
            server.start()

        assert faults.AWAY in str(told.value)
        store.append([seen(value="after")])
        assert len(MANY) + 1 == len(list(store.log()))


def test_a_server_that_is_not_there_is_said():
    with pytest.raises(StoreError) as told:
        open_store(f"postgresql://scan:hunter2@127.0.0.1:{_free_port()}/x", "eng-1")

    assert faults.AWAY in str(told.value)
    assert "hunter2" not in str(told.value)


def test_a_wrong_password_is_said_and_never_shown(server, name):
    server.sql("DROP ROLE IF EXISTS locked", "CREATE ROLE locked LOGIN PASSWORD 'right'")
    with pytest.raises(StoreError) as told:
        open_store(server.url(name, "locked:hunter2"), "eng-1")

    assert f"postgresql://locked@/{name}: {faults.REFUSED}" == str(told.value)


def test_a_user_without_rights_is_said(server, name):
    server.sql("DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN")
    with pytest.raises(StoreError, match="owner and permissions"):
        open_store(server.url(name, "guest"), "eng-1")


def test_a_database_that_does_not_exist_is_said(server):
    with pytest.raises(StoreError, match="no such database"):
        open_store(server.url("nowhere"), "eng-1")


def test_tables_of_another_program_are_left_alone(server, name, url):
    server.sql("CREATE TABLE run (mine int)", database=name)
    with pytest.raises(StoreError, match="another program"):
        open_store(url, "eng-1")
    assert [("run",)] == server.sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database=name
    )


def test_a_schema_of_a_newer_program_is_refused(server, name, url):
    open_store(url, "eng-1").close()
    server.sql("UPDATE alembic_version SET version_num = '9999'", database=name)
    with pytest.raises(StoreError, match=r"newer stalehost \(schema 9999\)"):
        open_store(url, "eng-1")


def test_another_writer_is_waited_for_and_then_said(server, name, url, monkeypatch):
    import psycopg

    monkeypatch.setattr("scanner.store.engine.PATIENCE_MS", 10)
    with open_store(url, "eng-1") as store:
        store.append([seen()])
        where = f"host={server.run} port={server.port} user=postgres dbname={name}"
        with psycopg.connect(where) as other:
            other.execute("UPDATE observation SET last = last")
            with pytest.raises(StoreError, match="another stalehost is writing"):
                store.append([seen(minutes=5)])
        store.append([seen(minutes=5)])


def test_programs_that_open_a_new_database_at_one_moment_all_get_it(server, name, url):
    import psycopg

    from scanner.store.store import _STEPPING

    opened, failed = [], []

    def opening():
        try:
            opened.append(open_store(url, "eng-1"))
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=opening) for _ in range(3)]
    waiting = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = {_STEPPING & 0xFFFFFFFF}"
    where = f"host={server.run} port={server.port} user=postgres dbname={name}"
    with psycopg.connect(where) as first:
        first.execute(f"SELECT pg_advisory_xact_lock({_STEPPING})")
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60
        while server.sql(waiting) != [(3,)]:
            assert time.monotonic() < until
    for thread in threads:
        thread.join(60)

    assert ([], 3) == (failed, len(opened))
    for store in opened:
        store.close()


def test_several_engagements_share_a_server_and_see_nothing_of_each_other(url):
    with open_store(url, "eng-1") as one, open_store(url, "eng-2") as two:
        one.append(MANY)
        one.save(run())
        one.mark("run-1", {"arp": 1})

        assert ([], [], (), {}) == (list(two.log()), list(two.presence()), two.runs(), two.places("run-1"))
