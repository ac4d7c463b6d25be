"""The commands of the fleet, from nothing to a joint report, against a real server: what a newcomer types."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.cli import fleet, stalehost
from scanner.errors import AdmissionError, DataError, HostError, ScopeError, StoreError
from scanner.fleet.link import connect
from tests import postgres

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
SCOPE = """
[engagement]
name = "{site} audit"
owner = "St Example Hospital"
authorized_by = "J. Doe"
contact = "+1"
reference = "C-1"
valid_from = {today}
valid_until = {today}
sector = "office"

[[network]]
cidr = "{address}/32"
zone = "{site}-lab"
profile = "lab"
"""
SITES = {"north": "127.0.7.2", "south": "127.0.8.2"}


def run(folder, *words):
    """One command in its folder; what it says, or the error that the command line prints as one line."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        done = CliRunner().invoke(stalehost, ["fleet", *map(str, words)])
    finally:
        os.chdir(before)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert 0 == done.exit_code, done.output
    return done.output


def until(holds):
    """Wait for what must come; how long it takes says nothing."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def device(address):
    """Something old that listens on this machine's own loopback."""

    def answer():
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line:
                line.sendall(b"SSH-2.0-OpenSSH_5.3\r\n")

    with socket.create_server((address, 22)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def at_work(folder, *words):
    """A command as a process of its own; told to end at last, it must end in order."""
    path = folder / f"{words[0]}.log"
    with path.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "scanner", "fleet", *words],
            cwd=folder, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    try:
        until(lambda: "started" in path.read_text())
        yield path
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(PATIENCE), path.read_text()
    finally:
        process.kill()
        process.wait()


class Ground:
    """A centre's folder, its server, and a folder for each site."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        self.centre = self.made("centre")
        self.database = server.database()
        self.url = server.url(self.database)

    def made(self, name):
        (self.folder / name).mkdir()
        return self.folder / name

    def init(self, *words):
        return run(self.centre, "init", "--database", self.url, "--host", "127.0.0.1", *words)

    def set_up_the_server(self):
        """What `init` says is to be done: copy, lines at the end and at the top, restart."""
        self.server.stop()
        self.server.start(**self.server.take(self.centre / "fleet" / "server"))

    def copy(self, *names):
        for name in names:
            shutil.copy(self.centre / "fleet" / "server" / name, self.server.data / name)
            (self.server.data / name).chmod(0o600)

    def site(self, name, address):
        from datetime import UTC, datetime

        folder = self.made(name)
        text = SCOPE.format(site=name, address=address, today=f"{datetime.now(UTC):%Y-%m-%d}")
        (folder / "scope.toml").write_text(text)
        said = run(self.centre, "site", name, "--scope", folder / "scope.toml")
        assert f"{name}-{address}/32: zone {name}-lab, 5000 initiations/s at most, at any time" in said

    def invite(self, name):
        return run(
            self.centre, "invite", f"{name}-1", "--site", name, "-o", self.folder / name / "invitation.toml"
        )

    def rows(self, query):
        with connect(self.url) as link:
            return link.execute(query).fetchall()


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """A fleet with two sites, each with one sensor, founded by commands alone."""
    with postgres.server() as server:
        one = Ground(tmp_path_factory.mktemp("chain"), server)
        said = one.init()
        assert "its authority founded now" in said
        assert f"copy stalehost* from there into {server.data}" in said
        one.set_up_the_server()
        with at_work(one.centre, "centre", "--no-report"):
            for name, address in SITES.items():
                one.site(name, address)
                assert "works once" in one.invite(name)
                said = run(one.folder / name, "enrol", "invitation.toml")
                assert f"sensor {name}-1 of {name}, its certificate counts until" in said
        yield one


def test_every_subcommand_has_help_that_says_what_it_does():
    for name in fleet.COMMANDS:
        said = CliRunner().invoke(stalehost, ["fleet", name, "--help"])
        assert 0 == said.exit_code, said.output
        assert len(said.stdout.splitlines()) > 4


def test_a_subcommand_that_does_not_exist_is_refused():
    assert 2 == CliRunner().invoke(stalehost, ["fleet", "nonsense"]).exit_code


def test_without_the_extra_it_is_said_what_to_install(tmp_path):
    program = (
        "import sys\nfor name in ('psycopg', 'procrastinate'):\n    sys.modules[name] = None\n"
        "from scanner.cli import main\nmain(['fleet', 'status'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (2, "stalehost: the fleet needs the driver and the queue: pip install 'stalehost[server]'\n") == (
        done.returncode,
        done.stderr,
    )


def test_two_sensors_and_a_joint_report(ground, monkeypatch):
    with device(SITES["north"]), device(SITES["south"]):
        said = run(ground.centre, "order", *SITES)
        assert "north: 1 chunk, as order-" in said
        for name in SITES:
            said = run(ground.folder / name, "sensor", "--once")
            assert "a chunk was looked at whole" in said, said
    said = run(ground.centre, "centre", "--once", "--report", "joint.html")

    assert "everything was judged anew | devices=2" in said
    page, found = (
        (ground.centre / "joint.html").read_text(),
        json.loads((ground.centre / "joint.json").read_text()),
    )
    for name, address in SITES.items():
        assert f"{name}-lab" in page
        (one,) = [one for one in found["devices"] if address in one["addresses"]]
        assert any("OpenSSH" in str(service.get("product")) for service in one["services"])
    assert 0o100600 == (ground.centre / "joint.html").stat().st_mode
    said = run(ground.centre, "status")
    assert "north: 1 segment; chunks: 1 done" in said
    assert "heard" in said
    assert "SILENT" not in said
    assert [(0,)] == ground.rows("SELECT count(*) FROM fleet.inbox WHERE taken IS NULL")

    # the same by site: each has a report of its own, and one page leads to them
    said = run(ground.centre, "report", "--by-site", "-o", "group.html")
    assert "wrote group.html and group.json; in group a report for each of 2 sites, 2 judged anew" in said
    page = (ground.centre / "group.html").read_text()
    found = json.loads((ground.centre / "group.json").read_text())
    for name, address in SITES.items():
        assert f'href="group/{name}.html"' in page
        assert address in (ground.centre / "group" / f"{name}.html").read_text()
        assert [1] == [one["devices"] for one in found["sites"] if one["site"] == name]
    # as a group too large for one picture is judged unless told otherwise
    monkeypatch.setattr("scanner.cli.fleet.report.TOGETHER", 0)
    assert "0 judged anew" in run(ground.centre, "report", "-o", "group.html")
    first = "First report: there is no earlier look to compare with."
    assert f"{first}\nwrote one.html and one.json\n" == run(
        ground.centre, "report", "--together", "-o", "one.html"
    )

    # north is looked at once more, and nothing changed there; all of south came after north's first look
    with device(SITES["north"]):
        run(ground.centre, "order", "north")
        assert "a chunk was looked at whole" in run(ground.folder / "north", "sensor", "--once")
    run(ground.centre, "centre", "--once", "--no-report")
    said = run(ground.centre, "report", "--together", "-o", "one.html").splitlines()
    assert re.fullmatch(r"Findings: .* since 20\S+ \(the network changed: .*\)\.", said[0])
    assert re.fullmatch(r"  north: nothing new since 20\S+", said[1])
    assert "  south: first report" == said[2]
    page = (ground.centre / "one.html").read_text()
    assert all(line.split(": ", 1)[1] in page for line in said[:3])
    by_site = run(ground.centre, "report", "--by-site", "-o", "group.html")
    assert "2 sites in all: something changed at 0, nothing is new at 1, the first report at 1." in by_site
    assert "1 judged anew" in by_site
    again = run(ground.centre, "report", "--by-site", "-o", "group.html")
    assert by_site.replace("1 judged", "0 judged") == again
    assert "wrote one.html and one.json\n" == run(
        ground.centre, "report", "--together", "--no-since", "-o", "one.html"
    )


def test_a_sensor_goes_on_until_it_is_told_to_end(ground):
    ground.rows("UPDATE fleet.sensor SET program = NULL WHERE id = 'south-1' RETURNING 1")
    with at_work(ground.folder / "south", "sensor", "--log", "json") as log:
        until(lambda: ground.rows("SELECT program FROM fleet.sensor WHERE id = 'south-1'") != [(None,)])

    assert ["sensor.started", "sensor.stopped"] == [
        json.loads(line)["event"] for line in log.read_text().splitlines()
    ]


def test_founding_again_loses_nothing_and_founds_nothing_anew(ground):
    files = {path: path.read_bytes() for path in (ground.centre / "fleet").rglob("*") if path.is_file()}
    sites = ground.rows("SELECT count(*) FROM fleet.sensor")
    said = ground.init()

    assert "its authority as it was" in said
    assert files == {path: path.read_bytes() for path in files}
    assert sites == ground.rows("SELECT count(*) FROM fleet.sensor")


def test_another_folder_does_not_found_an_authority_beside_the_one_that_counts(ground):
    other = ground.made("other")
    with pytest.raises(DataError, match="whose authority is not in"):
        run(other, "init", "--database", ground.url, "--host", "127.0.0.1")
    assert [] == list(other.iterdir())


def test_a_sensor_that_is_revoked_is_refused_and_a_list_of_the_revoked_is_written(ground):
    ground.site("east", "127.0.9.2")
    ground.invite("east")
    with pytest.raises(StoreError, match="has not signed within 0 s"):
        run(ground.folder / "east", "enrol", "invitation.toml", "--wait", "0")
    # the centre signs while it runs; the same file goes on where it was
    run(ground.centre, "centre", "--once", "--no-report")
    run(ground.folder / "east", "enrol", "invitation.toml", "--wait", "0")
    serial = next(
        line.split()[1]
        for line in run(ground.centre, "status", "--certificates").splitlines()
        if line.startswith("east-1")
    )

    said = run(ground.centre, "retire", serial)
    assert "pg_reload_conf()" in said
    ground.copy("stalehost.crl")
    ground.server.sql("SELECT pg_reload_conf()")
    # without the functions' own refusal: what is left is the list, at the door
    ground.rows("UPDATE fleet.certificate SET revoked = NULL WHERE sensor = 'east-1' RETURNING 1")

    def refused():
        try:
            run(ground.folder / "east", "sensor", "--once")
        except AdmissionError as error:
            return "has revoked this sensor" in str(error)
        return False

    until(refused)
    run(ground.folder / "north", "sensor", "--once")

    said = run(ground.centre, "revoke", "east-1")
    assert "east-1 is out" in said
    assert "  east-1               revoked" in run(ground.centre, "status").splitlines()


def test_a_sensor_whose_key_others_may_read_does_not_begin(ground):
    path = ground.folder / "south" / "sensor" / "certificate.pem"
    path.chmod(0o644)
    try:
        with pytest.raises(DataError, match=r"certificate.pem: others .* chmod 600"):
            run(ground.folder / "south", "sensor", "--once")
    finally:
        path.chmod(0o600)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("order", "nowhere"), DataError, "nowhere: no such site; known: .*north, south"),
        (("invite", "x", "--site", "nowhere", "-o", "x"), DataError, "stalehost fleet site nowhere"),
        (("invite", "x", "--site", "north", "--segments", "attic", "-o", "x"), ScopeError, "attic: no such segment"),
        (("invite", "north-1", "--site", "south", "-o", "x"), DataError, "keeps to one site"),
        (("invite", "North", "--site", "north", "-o", "x"), DataError, "no name for a site or sensor"),
        (("revoke", "nobody"), DataError, "no such sensor"),
        (("retire", "ff"), DataError, "ff: no such certificate"),
        (("retire", "xyz"), DataError, "hexadecimal digits"),
        (("site", "x", "--scope", "none.toml"), ScopeError, "none.toml"),
        (("sensor",), ScopeError, "scope.toml"),
        (("enrol", "none.toml"), DataError, "none.toml: No such file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(ground, words, error, said):
    with pytest.raises(error, match=said):
        run(ground.centre, *words)
    assert not (ground.centre / "x").exists()


def test_without_a_fleet_every_command_of_the_centre_says_how_to_found_one(tmp_path):
    for words in (("status",), ("order", "all"), ("centre",), ("revoke", "x"), ("report", "-o", "x")):
        with pytest.raises((DataError, HostError), match="stalehost fleet init"):
            run(tmp_path, *words)


def test_a_password_in_a_url_is_neither_kept_nor_repeated(ground):
    other = ground.made("careless")
    url = ground.url.replace("postgres@", "postgres:hunter2@")
    with pytest.raises(DataError, match="leave the password out") as caught:
        run(other, "init", "--database", url, "--host", "127.0.0.1")
    assert "hunter2" not in str(caught.value)


def test_a_report_without_anything_seen_says_so(tmp_path, ground):
    folder = ground.made("empty")
    database = ground.server.database()
    run(folder, "init", "--database", ground.server.url(database), "--host", "127.0.0.1")
    with pytest.raises(DataError, match="nothing has been seen yet"):
        run(folder, "report", "-o", "x.html")
    with pytest.raises(DataError, match="nothing has been seen yet"):
        run(folder, "report", "--by-site", "-o", "x.html")
