"""Which database is meant, and that no password is ever said."""

import sys

import pytest
import sqlalchemy as sa

from scanner.errors import StoreError
from scanner.store.engine import connect, named, secrets

SECRET = "hunter2/with@signs"
URL = sa.URL.create(
    "postgresql",
    username="scan",
    password=SECRET,
    host="db.example",
    port=5433,
    database="hospital",
    query={"sslmode": "verify-full", "sslpassword": "key phrase", "password": ("one", "two")},
)


def test_a_server_s_database_is_named_without_password_and_options():
    assert "postgresql://scan@db.example:5433/hospital" == named(URL)


def test_every_password_of_a_url_is_known_wherever_it_stands():
    assert {SECRET, "key phrase", "one", "two"} == set(secrets(URL))
    assert () == secrets(sa.make_url("postgresql://scan@db.example/hospital"))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_a_server_uses_the_one_driver(scheme):
    engine, name = connect(f"{scheme}://scan:hunter2@db.example/hospital")

    assert ("postgresql+psycopg", "postgresql://scan@db.example/hospital") == (engine.url.drivername, name)
    assert "hunter2" not in repr(engine)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:/scan:hunter2@db.example",
        "hunter2",
        "mysql://scan:hunter2@db.example/x",
        "sqlite://",
        "postgresql+psycopg2://scan:hunter2@db.example/x",
        "postgresql://scan:hunter2@db.example:port/x",
    ],
)
def test_a_url_that_is_none_of_ours_is_refused_without_its_password(url):
    with pytest.raises(StoreError) as told:
        connect(url)

    assert "hunter2" not in str(told.value)
    assert "postgresql://USER@HOST/DATABASE" in str(told.value)
    assert told.value.__cause__ is None


def test_without_the_driver_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StoreError, match=r"pip install 'stalehost\[server\]'"):
        connect("postgresql://scan:hunter2@db.example/hospital")
