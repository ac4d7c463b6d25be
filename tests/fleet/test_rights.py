"""A stolen sensor, with its key and its certificate, tries everything else that one can say to a database."""

from contextlib import nullcontext, suppress

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

ALLOWED = {
    "beat", "next_job", "hold", "finish", "fail", "leave", "push", "lease_rate", "lease_device", "renew_device", "release_device",
    "spend", "sweep", "trip", "trips", "last_trip", "rotate", "rotated",
}  # fmt: skip
DOORS = {"enrol", "enrolled"}

TABLES = """SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('fleet', 'public') AND c.relkind IN ('r', 'v', 'S') ORDER BY 1, 2"""
FUNCTIONS = """SELECT p.proname, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t), p.oid
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'fleet' ORDER BY 1, 3"""
ON_A_TABLE = (
    "SELECT * FROM {0}",
    "SELECT count(*) FROM {0}",
    "INSERT INTO {0} DEFAULT VALUES",
    "DELETE FROM {0}",
    "TRUNCATE {0} CASCADE",
    "COPY {0} TO STDOUT",
    "COPY {0} FROM STDIN",
    "LOCK TABLE {0} IN ACCESS SHARE MODE",
    "ALTER TABLE {0} ADD COLUMN mine int",
    "ALTER TABLE {0} OWNER TO CURRENT_USER",
    "CREATE INDEX mine ON {0} ((1))",
    "CREATE TRIGGER mine BEFORE INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE mine AS ON INSERT TO {0} DO INSTEAD NOTHING",
    "CREATE POLICY mine ON {0}",
    "COMMENT ON TABLE {0} IS 'mine'",
    "DROP TABLE {0}",
    "VACUUM FULL {0}",
    "ANALYZE {0}",
    "CLUSTER {0}",
    "REINDEX TABLE {0}",
    "GRANT ALL ON {0} TO CURRENT_USER",
    "CREATE VIEW public.mine AS SELECT * FROM {0}",
)
ON_A_SEQUENCE = ("SELECT nextval('{0}')", "SELECT setval('{0}', 1)", "SELECT * FROM {0}", "DROP SEQUENCE {0}")
ANYTHING_ELSE = (
    "CREATE TABLE public.mine (a int)",
    "CREATE TABLE fleet.mine (a int)",
    "CREATE TEMPORARY TABLE mine (a int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION fleet.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION fleet.present() RETURNS double precision LANGUAGE sql AS 'SELECT 9e9::float8'",
    "CREATE TYPE fleet.mine AS (a int)",
    "CREATE DOMAIN public.mine AS int",
    "CREATE SEQUENCE fleet.mine",
    "CREATE EXTENSION dblink",
    "CREATE DATABASE mine",
    "CREATE ROLE mine SUPERUSER",
    "CREATE PUBLICATION mine FOR ALL TABLES",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "ALTER FUNCTION fleet.beat(text) SECURITY INVOKER",
    "ALTER FUNCTION fleet.beat(text) RESET ALL",
    "ALTER SCHEMA fleet RENAME TO mine",
    "ALTER SYSTEM SET log_connections = off",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER CREATEROLE",
    "ALTER ROLE CURRENT_USER CONNECTION LIMIT -1",
    "ALTER ROLE postgres PASSWORD 'mine'",
    "ALTER ROLE ALL SET search_path = public",
    "ALTER DEFAULT PRIVILEGES FOR ROLE stalehost_fleet GRANT ALL ON TABLES TO PUBLIC",
    "ALTER DATABASE {database} SET search_path = public",
    "DROP DATABASE {database}",
    "DROP SCHEMA fleet CASCADE",
    "DROP OWNED BY stalehost_fleet",
    "REASSIGN OWNED BY stalehost_fleet TO CURRENT_USER",
    "GRANT stalehost_fleet TO CURRENT_USER",
    "GRANT pg_read_all_data TO CURRENT_USER",
    "SET SESSION AUTHORIZATION postgres",
    "SET log_statement = 'none'",
    "SET session_replication_role = 'replica'",
    "DO $$ BEGIN END $$",
    "DO LANGUAGE sql 'SELECT 1'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT pg_reload_conf()",
    "SELECT pg_terminate_backend((SELECT pid FROM pg_stat_activity WHERE usename = 'postgres' LIMIT 1))",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(1)",
    "SELECT pg_notify('procrastinate_any_queue_v1', '')",
    "SELECT pg_logical_emit_message(false, 'a', 'b')",
    "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
    "CHECKPOINT",
)


@pytest.fixture(scope="module")
def thief(ground, make_fleet):
    """A sensor with jobs, leases and observations of its own and of others about."""
    fleet = make_fleet()
    one, other = fleet.enrol("stolen"), fleet.enrol("other", ("st-mary-office",))
    fleet.job("st-mary-office")
    assert other.post.fetch()
    from scanner.store.store import open_store

    with open_store(fleet.server.url(fleet.database), "eng-1") as store:
        assert store.counts()
    yield fleet, one
    fleet.close()


def refused(link, statement):
    """That the server refuses it for want of a right, whatever else may be wrong with it."""
    # LOCK has a meaning inside of a transaction only, VACUUM outside of one
    around = link.transaction() if statement.startswith("LOCK") else nullcontext()
    with pytest.raises(InsufficientPrivilege), around:
        link.execute(statement)


@pytest.mark.parametrize("statement", ON_A_TABLE)
def test_no_table_can_be_touched(thief, statement):
    fleet, one = thief
    tables = [row for row in fleet.rows(TABLES) if row[2] == "r"]
    assert 25 < len(tables)
    assert {"inbox", "sensor", "observation", "procrastinate_jobs"} <= {row[1] for row in tables}
    if statement.startswith(("VACUUM", "ANALYZE")):
        # these warn, and leave out what is not one's own
        said = []
        one.link.add_notice_handler(lambda told: said.append(told.message_primary))
        for schema, name, _kind in tables:
            with suppress(InsufficientPrivilege):
                one.link.execute(statement.format(f'{schema}."{name}"'))
                assert "skipping" in said.pop()
        return
    for schema, name, _kind in tables:
        refused(one.link, statement.format(f'{schema}."{name}"'))


@pytest.mark.parametrize("statement", ON_A_SEQUENCE)
def test_no_sequence_can_be_touched(thief, statement):
    fleet, one = thief
    sequences = [row for row in fleet.rows(TABLES) if row[2] == "S"]
    assert sequences
    for schema, name, _kind in sequences:
        refused(one.link, statement.format(f"{schema}.{name}"))


def test_no_column_of_a_table_can_be_changed(thief):
    fleet, one = thief
    for schema, name, _kind in (row for row in fleet.rows(TABLES) if row[2] == "r"):
        (column,) = fleet.rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND attidentity = '' LIMIT 1",
            f'{schema}."{name}"',
        )[0]
        refused(one.link, f'UPDATE {schema}."{name}" SET "{column}" = NULL')


def test_no_function_but_its_own_can_be_called(thief):
    fleet, one = thief
    tried = set()
    for name, types, _oid in fleet.rows(FUNCTIONS):
        if name in ALLOWED or types[-1:] == ["trigger"]:
            continue
        nothing = ", ".join(
            f"NULL::{kind if '.' in kind or kind[0] != 'p' else 'fleet.' + kind}" for kind in types
        )
        refused(one.link, f"SELECT fleet.{name}({nothing})")
        tried.add(name)

    assert {
        "enrol",
        "tick",
        "rescue",
        "me",
        "procrastinate_finish_job_v1",
        "procrastinate_retry_job_v2",
    } <= tried


def test_exactly_the_functions_that_are_meant_may_be_called(thief):
    fleet, one = thief
    may = "SELECT has_function_privilege(%s, %s::oid, 'EXECUTE')"
    for role, wanted in ((one.role, ALLOWED), ("stalehost_enrol", DOORS)):
        assert wanted == {
            name for name, _t, oid in fleet.rows(FUNCTIONS) if fleet.rows(may, role, oid) == [(True,)]
        }


def test_every_function_that_runs_with_more_rights_looks_names_up_in_safe_places_only(thief):
    fleet, _one = thief
    rows = fleet.rows(
        "SELECT p.proname, p.proconfig, p.proowner::regrole::text FROM pg_proc p JOIN pg_namespace n"
        " ON n.oid = p.pronamespace WHERE n.nspname = 'fleet' AND p.prosecdef"
    )

    assert ALLOWED | DOORS == {name for name, _c, _o in rows}
    assert {(("search_path=fleet, pg_temp",), "stalehost_fleet")} == {
        (tuple(how), owner) for _n, how, owner in rows
    }
    assert [(False, False, False)] == fleet.rows(
        "SELECT rolsuper, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = 'stalehost_fleet'"
    )


@pytest.mark.parametrize("statement", ANYTHING_ELSE)
def test_nothing_else_can_be_said(thief, statement):
    fleet, one = thief
    refused(one.link, statement.replace("{database}", fleet.database))


def test_no_other_role_can_be_taken(thief):
    fleet, one = thief
    for (role,) in fleet.rows(
        "SELECT rolname FROM pg_roles WHERE rolname NOT IN (%s, 'stalehost_sensor')", one.role
    ):
        with pytest.raises(InsufficientPrivilege):
            one.link.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def test_the_group_s_role_gives_nothing_more(thief):
    _fleet, one = thief
    with one.link.transaction():
        one.link.execute("SET LOCAL ROLE stalehost_sensor")
        with pytest.raises(InsufficientPrivilege), one.link.transaction():
            one.link.execute("SELECT * FROM fleet.inbox")
        # it is still asked who logged in
        assert "stolen" == one.post.beat("x").sensor


def test_the_job_of_another_can_be_neither_ended_nor_held(thief):
    fleet, one = thief
    ((job, fence),) = fleet.rows("SELECT job, fence FROM fleet.held")
    from scanner.fleet.post import Job

    theirs = Job(id=job, segment="st-mary-office", args={}, fence=fence, until=9.0)
    assert (None, False) == (one.post.hold(theirs), one.post.finish(theirs, done=True))
    assert not one.post.fail(theirs, "because")
    assert not one.post.leave(theirs)


def test_no_other_database_can_be_reached_and_no_other_way_in_is_open(thief):
    fleet, one = thief
    where = fleet.where(one.role, one.stem)
    for broken in (
        where.replace(f"dbname={fleet.database}", "dbname=postgres"),
        where.replace(f"user={one.role}", "user=postgres"),
        where.replace(
            f"user={one.role}",
            f"user={fleet.rows('SELECT role FROM fleet.sensor WHERE id = %s', 'other')[0][0]}",
        ),
        where.replace("sslmode=verify-full", "sslmode=disable"),
        f"host=127.0.0.1 port={fleet.server.port} dbname={fleet.database} user={one.role} sslmode=require sslcert=none",
    ):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(broken).close()


def test_whoever_has_no_certificate_can_hand_in_a_code_and_nothing_else(thief):
    fleet, _one = thief
    with fleet.enrolling() as door:
        for schema, name, _kind in (row for row in fleet.rows(TABLES) if row[2] == "r"):
            refused(door, f'SELECT * FROM {schema}."{name}"')
        for name in sorted(
            ALLOWED - {"beat", "push", "lease_rate", "spend", "hold", "finish", "fail", "rotate"}
        ):
            nothing = {
                "next_job": "", "rotated": "1", "lease_device": "'a'", "leave": "1, 1", "trips": "", "last_trip": "",
                "sweep": "NULL, 1, 1", "trip": ", ".join(["NULL"] * 10),
            }.get(name, "'a', 1")  # fmt: skip
            refused(door, f"SELECT fleet.{name}({nothing})")
        refused(door, "CREATE TEMPORARY TABLE mine (a int)")
