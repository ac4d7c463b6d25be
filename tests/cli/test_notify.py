"""`stalehost notify` tells nobody until told to, and only what the short text holds."""

import socket
from datetime import UTC, datetime

import msgspec
import pytest

from scanner.errors import DataError
from scanner.scope.engagement import find
from scanner.store.store import open_store

LATER = datetime(2026, 12, 20, 12, tzinfo=UTC)


@pytest.fixture
def later(engagement):
    """A second look that met nobody."""
    folder = find(engagement)
    with open_store(folder.database, folder.id) as store:
        first = store.runs()[0]
        store.save(msgspec.structs.replace(first, id="run-later", started=LATER, ended=LATER))
    return engagement


def test_nobody_is_told_without_a_place(run, later):
    assert isinstance(run("notify", "--since-last").exception, DataError)


def test_syslog_is_told_what_the_file_says_and_nothing_when_nothing_changed(run, later):
    place = str(later / "log")
    (later / "notify.toml").write_text(f'[notify]\nto = ["syslog:{place}"]\n')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(place)
        there.settimeout(5)

        quiet = run("notify", "--since-last")
        told = run("notify", "--since-last", "--always")
        line = there.recv(4096).decode()

    assert (0, 0) == (quiet.exit_code, told.exit_code), told.output
    assert ("nothing to tell" in quiet.stderr) == ("nothing new" in line)
    assert line.startswith("<133>stalehost: ")
    assert "told by syslog" in told.stderr


def test_a_dry_run_prints_and_tells_nobody(run, later):
    done = run("notify", "--since-last", "--always", "--dry-run", "--to", "mail:it@example.org")

    assert 0 == done.exit_code
    assert done.stdout.startswith("to mail:\n")
    assert "10." not in done.stdout
