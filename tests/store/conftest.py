"""Both engines for the tests of the store: a file, and a database of a real server that orders text as people do."""

import pytest

from scanner.store.store import open_store
from tests import postgres


@pytest.fixture(scope="session")
def server():
    with postgres.server() as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    """Where a store is kept: every test that asks for it runs on each engine."""
    if request.param == "sqlite":
        return tmp_path / "x.db"
    one = request.getfixturevalue("server")
    # an order in which punctuation hardly counts and case not at all: ours must not depend on it
    return one.url(one.database(extra="LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"))


@pytest.fixture
def store(where):
    with open_store(where, "eng-1") as one:
        yield one
