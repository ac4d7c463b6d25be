"""A server that speaks German, really: what it refuses is understood all the same, and what is away is not taken for it."""

import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from scanner.errors import AdmissionError, StoreError
from scanner.fleet import admit, home, keeping
from scanner.fleet.post import Post
from scanner.store import faults
from tests.fleet.test_keeping import World, beats, now

GERMAN = "de_DE.UTF-8"


@pytest.fixture(scope="module")
def tongue(tmp_path_factory):
    """A place with the locale; Debian ships the server's German words with the server, and the locale's source with libc."""
    folder = tmp_path_factory.mktemp("locale")
    folder.chmod(0o755)
    if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/de_DE").exists():
        pytest.skip("no source of a German locale on this machine: apt-get install locales")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", folder / GERMAN], capture_output=True, check=False
    )
    if not (folder / GERMAN).exists():
        pytest.skip(f"the German locale cannot be made here: {made.stderr.decode(errors='replace')}")
    return folder


@pytest.fixture
def german(ground, tongue, tmp_path, monkeypatch):
    """The server in a German environment; `**settings` are what its configuration says beside that."""

    def start(**settings):
        ground.server.stop()
        with monkeypatch.context() as patched:
            patched.setenv("LOCPATH", str(tongue))
            ground.server.start(ssl="on", ssl_ca_file="ca.pem", **{"lc_messages": GERMAN, **settings})

    start()
    yield start
    ground.server.stop()
    ground.server.start(ssl="on", ssl_ca_file="ca.pem")


@pytest.fixture
def world(german, make_fleet, tmp_path):
    fleet = make_fleet()
    yield World(fleet, tmp_path)
    fleet.close()


def test_a_sensor_whose_certificate_was_revoked_is_told_so_in_whatever_language(world):
    kept = world.enrol(world.invited())
    link, _ = kept.opened()
    with link:
        with pytest.raises(psycopg.errors.UndefinedTable, match="existiert nicht"):
            world.fleet.link.execute("SELECT * FROM fleet.nothing")
        world.fleet.link.execute("UPDATE fleet.certificate SET revoked = now()")
        with pytest.raises(AdmissionError, match="has revoked this sensor"), keeping.heard():
            Post(link, lambda: 0.0).beat("x")


def test_a_right_that_is_missing_is_not_taken_for_a_revoked_certificate(world):
    """As where the program is newer than the rights in the database: it is tried again, and nobody loses its way in."""
    kept = world.enrol(world.invited())
    link, _ = kept.opened()
    world.fleet.link.execute("REVOKE EXECUTE ON FUNCTION fleet.beat FROM stalehost_sensor")
    with link, pytest.raises(StoreError, match=faults.DENIED) as told, keeping.heard():
        Post(link, lambda: 0.0).beat("x")

    assert not isinstance(told.value, AdmissionError)


def test_a_code_that_was_used_is_told_so_in_whatever_language(world):
    by = world.invited()
    world.enrol(by)
    with pytest.raises(AdmissionError, match="unknown, used or out of date"):
        world.enrol(by, folder="thief")


def test_at_the_door_the_server_speaks_english_by_the_settings_that_init_writes(world, german):
    kept = world.enrol(world.invited())
    assert "left" == beats(kept)
    admit.revoke(world.fleet.link, "left", now())
    # no SQLSTATE reaches us from there
    with pytest.raises(StoreError) as told:
        kept.opened()
    assert "Rolle" in str(told.value.__cause__)
    written = dict(line.split(" = ") for line in home._SETTINGS.splitlines())
    german(lc_messages=written["lc_messages"].strip("'"))

    with pytest.raises(AdmissionError, match="has revoked this sensor"):
        kept.opened()
