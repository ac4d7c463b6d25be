"""Connecting to the centre, and what is said when it does not work."""

import pytest

from scanner.errors import StoreError
from scanner.fleet.link import connect, said
from scanner.store import faults
from tests.postgres import _free_port


def test_a_centre_that_is_away_is_said_without_the_password():
    with pytest.raises(StoreError) as told:
        connect(f"postgresql://scan:hunter2@127.0.0.1:{_free_port()}/fleet")

    assert f"fleet on 127.0.0.1: {faults.AWAY}" == str(told.value)


@pytest.mark.parametrize("where", ["postgresql://scan:hunter2@[::/fleet", "host hunter2", "nonsense=hunter2"])
def test_an_address_that_cannot_be_read_is_not_repeated(where):
    with pytest.raises(StoreError) as told:
        connect(where)

    assert "hunter2" not in str(told.value)


def test_what_the_server_says_of_a_statement_is_kept(fleet):
    with pytest.raises(StoreError, match='column "nothing" does not exist'), said():
        fleet.link.execute("SELECT nothing")


def test_a_server_that_goes_away_under_a_connection_is_said(fleet):
    one = fleet.enrol("left")
    fleet.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", one.role)
    with pytest.raises(StoreError) as told:
        one.post.beat("x")

    assert faults.AWAY in str(told.value)
