"""What every test of the updater starts from: our own small feeds, and a knowledge that says little."""

from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from tests.knowledge.updater.server import Server

FEEDS = Path(__file__).parents[3] / "fixtures" / "feeds"


class Little:
    """A `Held` with a few products, so that a test sees what a reader does with each."""

    products: ClassVar = {
        "cpe:2.3:a:example:server": "example:server",
        "cpe:2.3:a:openbsd:openssh:*:*:*:*:*:linux:*:*": "openbsd:openssh",
        "Older": "example:older_os",
        "example server": "example:server",
    }

    def __init__(self, branches=(), released=None):
        self._branches, self._released = branches, released or {}

    def cves(self):
        return frozenset({"CVE-2017-0144", "CVE-2099-10001"})

    def product(self, name, _vendor=None):
        return self.products.get(name)

    def branches(self, product):
        return [row for row in self._branches if row["product"] == product]

    def dated(self, _table):
        return date(2026, 8, 22)

    def windows(self, build):
        return [("windows_builds", row) for row in self._branches if row.get("build") == build]

    def released(self, _product):
        return self._released

    def revision(self, package, revision):
        return {("openssh", "1:9.2p1-2+deb12u9"): "2026-11-01"}.get((package, revision))

    def packages(self):
        return frozenset({"openssh", "bind9"})

    def series(self, release):
        return {"22.04": "jammy"}.get(release, release)


@pytest.fixture
def held():
    return Little()


@pytest.fixture
def little():
    """To make one with branches or releases."""
    return Little


@pytest.fixture
def feeds():
    """The folder of our small feeds."""
    return FEEDS


@pytest.fixture
def altered(tmp_path):
    """Write a copy of a small feed with one text replaced, and give its path."""

    def make(name, old, new):
        text = (FEEDS / name).read_text()
        assert old in text
        path = tmp_path / Path(name).name
        path.write_text(text.replace(old, new, 1))
        return path

    return make


@pytest.fixture
def day():
    return date.fromisoformat


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A user's data folder of the test's own; gives the folder of installed bases."""
    monkeypatch.setenv("STALEHOST_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "knowledge"
