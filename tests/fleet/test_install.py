"""The fleet's tables come whole or not at all; older ones are brought up to date with what they hold."""

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest

from scanner.errors import StoreError
from scanner.fleet import admit, install
from scanner.fleet.link import connect
from scanner.fleet.post import Device
from tests.fleet.conftest import SEGMENTS, Fleet
from tests.fleet.test_rights import ALLOWED, DOORS, FUNCTIONS

RELEASED = {
    "1_tables": "f51b7fa1872ddae7",
    "2_sensor": "7eccca610df96475",
    "2_centre": "c35525120a754bb8",
    "3_enrol": "8389711441331e3c",
}
"""Steps that stand in databases of others, by the beginning of their SHA-256."""

COLUMNS = """SELECT table_name, column_name, data_type, column_default, is_nullable, is_identity
    FROM information_schema.columns WHERE table_schema = 'fleet' ORDER BY 1, 2"""
BODIES = """SELECT p.proname, pg_get_functiondef(p.oid), p.proacl::text FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'fleet' ORDER BY 1, 2"""
OTHERS = """SELECT c.relname, c.relkind::text, c.relowner::regrole::text, c.relacl::text, pg_get_indexdef(i.indexrelid)
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'fleet' ORDER BY 1"""
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'fleet'::regnamespace AND relkind = 'r' ORDER BY 1"
)


def where(server, database):
    return f"host={server.run} port={server.port} user=postgres dbname={database}"


@pytest.fixture
def empty(ground):
    with connect(where(ground.server, ground.server.database())) as link:
        yield link


@pytest.fixture
def of_version_1(monkeypatch):
    """As the program was before, with the rights that it gave."""
    rights, text = Path(__file__).with_name("version_1_rights.sql").read_text("utf-8"), install._text
    with monkeypatch.context() as patch:
        patch.setattr(install, "_text", lambda step: rights if step == "4_rights" else text(step))
        patch.setattr(install, "_STEPS", {1: install._STEPS[1]})
        patch.setattr(install, "VERSION", 1)
        yield patch


@pytest.fixture
def old(ground, of_version_1):
    """A fleet of version 1 in the middle of its work, and the program of today."""
    name = ground.server.database()
    with connect(where(ground.server, name)) as link:
        assert install.install(link)
        admit.settle(link, "st-mary", "eng-1", SEGMENTS)
    fleet = Fleet(ground.server, ground.folder, ground.ca, name)
    of_version_1.undo()
    yield fleet
    fleet.close()


def rows_of(link):
    """Every row of every table, as a JSON object."""
    return {
        table: [row for (row,) in link.execute(f"SELECT to_jsonb(t) FROM fleet.{table} t ORDER BY t::text")]
        for (table,) in link.execute(TABLES).fetchall()
    }


def test_it_is_installed_once(empty):
    assert (None, True, False) == (install.version(empty), install.install(empty), install.install(empty))
    assert install.VERSION == install.version(empty)


def test_what_fails_half_way_leaves_nothing(empty, monkeypatch):
    monkeypatch.setattr(install, "_STEPS", {**install._STEPS, 2: (*install._STEPS[2], "no_such_step")})
    with pytest.raises(FileNotFoundError):
        install.install(empty)

    assert [] == empty.execute("SELECT * FROM pg_namespace WHERE nspname = 'fleet'").fetchall()


def test_an_upgrade_that_fails_half_way_leaves_what_was(old, monkeypatch):
    before = [old.rows(query) for query in (COLUMNS, BODIES, OTHERS)], rows_of(old.link)
    monkeypatch.setattr(install, "_STEPS", {**install._STEPS, 2: (*install._STEPS[2], "no_such_step")})
    with pytest.raises(FileNotFoundError):
        install.install(old.link)

    assert before == ([old.rows(query) for query in (COLUMNS, BODIES, OTHERS)], rows_of(old.link))
    assert 1 == install.version(old.link)


def test_a_newer_program_s_schema_is_left_alone(empty):
    install.install(empty)
    empty.execute("UPDATE fleet.version SET number = 99")
    with pytest.raises(StoreError, match="schema is 99"):
        install.install(empty)
    with pytest.raises(StoreError, match=r"schema is 99, .* update the program"):
        install.check(empty)


def test_who_works_on_an_older_schema_is_told_what_to_do(empty, old):
    with pytest.raises(StoreError, match=r"schema is 1, .* run `stalehost fleet init`"):
        install.check(old.link)
    with pytest.raises(StoreError, match=r"schema is not there, .* run `stalehost fleet init`"):
        install.check(empty)
    install.install(old.link)
    install.check(old.link)


def test_rights_that_were_lost_are_set_again(empty):
    install.install(empty)
    empty.execute("GRANT SELECT ON fleet.inbox TO PUBLIC")
    empty.execute("GRANT EXECUTE ON FUNCTION fleet.tick(double precision) TO PUBLIC")
    install.install(empty)

    may = "SELECT has_table_privilege('stalehost_enrol', 'fleet.inbox', 'SELECT'), has_function_privilege('stalehost_enrol', 'fleet.tick(double precision)', 'EXECUTE')"
    assert (False, False) == empty.execute(may).fetchone()


def test_a_fleet_of_version_1_loses_nothing_and_its_sensors_go_on(old):
    left, right = old.enrol("left"), old.enrol("right", ("st-mary-office",))
    jobs = [old.job(), old.job(), old.job("st-mary-office")]
    held = left.post.fetch()
    # in the words of a sensor of that version
    lease = Device(key="a", until=9.0, fence=left.post._row("SELECT fleet.lease_device(%s)", "a")[0])
    assert 4 == left.post.spend(lease, 4, 12)
    batch = uuid4()
    assert left.post.push(batch, b"seen before", held.id, held.fence)
    old.link.execute(
        "INSERT INTO fleet.chunk VALUES ('s', 'st-mary-radiology', '10.20.0.0/24', %s)", (held.id,)
    )
    old.link.execute("INSERT INTO fleet.blackout VALUES ('other', 'J. Doe', 'an operation')")
    before = rows_of(old.link)

    assert install.install(old.link)

    after = rows_of(old.link)
    for table, rows in before.items():
        if table != "version":
            kept = [{key: row[key] for key in rows[0]} for row in after[table]] if rows else after[table]
            assert rows == kept, table
    # the same connections, certificates, fences and batches
    assert left.post.hold(held)
    assert not left.post.push(batch, b"seen before", held.id, held.fence)
    assert (True, 8) == (left.post.renew(lease) is not None, left.post.spend(lease, 99, 12))
    assert left.post.finish(held, done=True)
    assert [jobs[1], jobs[2]] == [left.post.fetch().id, right.post.fetch().id]
    assert [("s", held.id)] == old.rows("SELECT scan, job FROM fleet.chunk")


def test_what_was_upgraded_is_what_is_installed_today_and_gives_no_right_more(old, empty):
    one = old.enrol("left")
    install.install(old.link)
    install.install(empty)

    for query in (COLUMNS, BODIES, OTHERS):
        assert empty.execute(query).fetchall() == old.rows(query)
    may = "SELECT has_function_privilege(%s, %s::oid, 'EXECUTE')"
    for role, wanted in ((one.role, ALLOWED), ("stalehost_enrol", DOORS)):
        assert wanted == {
            name for name, _t, oid in old.rows(FUNCTIONS) if old.rows(may, role, oid) == [(True,)]
        }
    open_tables = "SELECT t FROM unnest(%s::text[]) t WHERE has_table_privilege(%s, 'fleet.' || t, 'SELECT, INSERT, UPDATE, DELETE')"
    tables = [table for (table,) in old.rows(TABLES)]
    assert [] == old.rows(open_tables, tables, one.role)


@pytest.mark.parametrize("step", sorted(RELEASED))
def test_a_released_step_is_never_edited(step):
    """A database that has it would never hear of the change: write a step of the next version."""
    assert RELEASED[step] == hashlib.sha256(install._text(step).encode()).hexdigest()[:16]
