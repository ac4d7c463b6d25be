"""The fleet's tables come whole or not at all, and a second time changes nothing but lost rights."""

import pytest

from scanner.errors import StoreError
from scanner.fleet import install
from scanner.fleet.link import connect


@pytest.fixture
def empty(ground):
    where = (
        f"host={ground.server.run} port={ground.server.port} user=postgres dbname={ground.server.database()}"
    )
    with connect(where) as link:
        yield link


def test_it_is_installed_once(empty):
    assert (None, True, False) == (install.version(empty), install.install(empty), install.install(empty))
    assert install.VERSION == install.version(empty)


def test_what_fails_half_way_leaves_nothing(empty, monkeypatch):
    monkeypatch.setattr(install, "_STEPS", (*install._STEPS, "no_such_step"))
    with pytest.raises(FileNotFoundError):
        install.install(empty)

    assert [] == empty.execute("SELECT * FROM pg_namespace WHERE nspname = 'fleet'").fetchall()


def test_another_program_s_schema_is_left_alone(empty):
    install.install(empty)
    empty.execute("UPDATE fleet.version SET number = 99")
    with pytest.raises(StoreError, match="schema is 99"):
        install.install(empty)


def test_rights_that_were_lost_are_set_again(empty):
    install.install(empty)
    empty.execute("GRANT SELECT ON fleet.inbox TO PUBLIC")
    empty.execute("GRANT EXECUTE ON FUNCTION fleet.tick(double precision) TO PUBLIC")
    install.install(empty)

    may = "SELECT has_table_privilege('stalehost_enrol', 'fleet.inbox', 'SELECT'), has_function_privilege('stalehost_enrol', 'fleet.tick(double precision)', 'EXECUTE')"
    assert (False, False) == empty.execute(may).fetchone()
