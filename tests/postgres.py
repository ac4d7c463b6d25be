"""A real PostgreSQL for tests: one server a process, on loopback and a socket of its own, gone at the end.

It refuses to run as root. Where the tests are root, as in `unshare -rn`, the server stands in a user namespace of its
own, in which the same user has another number: no second user is needed, and the network is the one the tests have.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

WAIT = 60.0
"""Seconds that it may take to start; on a quiet machine it takes half of one."""

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "timezone": "Asia/Kathmandu",
    "max_connections": "40",
    "ssl": "off",
    "listen_addresses": "127.0.0.1",
}
"""Quick rather than durable; a time zone that nobody would mistake for UTC."""


def found():
    """Where the newest PostgreSQL's programs are; None without one."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
    beside = shutil.which("initdb")
    return homes[-1] if homes else Path(beside).resolve().parent if beside else None


def jail():
    """What makes root somebody else; nothing for those who are not root."""
    if os.geteuid():
        return []
    with suppress(KeyError):
        who = pwd.getpwnam("postgres")
        return ["unshare", "--user", f"--map-user={who.pw_uid}", f"--map-group={who.pw_gid}"]
    who = pwd.getpwnam("nobody")
    return ["unshare", "--user", f"--map-user={who.pw_uid}", f"--map-group={who.pw_gid}"]


class Server:
    """One running server, with as many databases as the tests ask for."""

    def __init__(self, home, folder):
        self.home, self.folder = home, Path(folder)
        self.data, self.run = self.folder / "data", self.folder / "run"
        self.process, self._numbers = None, count(1)
        self.inside = []
        """What it is started through: namespaces of a test's own."""
        self.port = _free_port()

    def make(self):
        self.run.mkdir()
        options = [
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-D",
            self.data,
        ]
        made = subprocess.run(
            [*jail(), self.home / "initdb", *options], capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        # everybody is trusted but one, who needs a password
        rules = ["local all locked scram-sha-256", "local all all trust"]
        (self.data / "pg_hba.conf").write_text("\n".join([*rules, ""]))

    def start(self, **settings):
        """Start it, and wait until it answers."""
        words = [f"-c{key}={value}" for key, value in {**SETTINGS, **settings}.items()]
        words += [f"-cunix_socket_directories={self.run}", f"-p{self.port}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.inside, *jail(), self.home / "postgres", "-D", self.data, *words],
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + WAIT
        while not self.answers():
            said = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
            assert self.process.poll() is None, f"PostgreSQL ended: {said}"
            assert time.monotonic() < until, f"PostgreSQL did not answer within {WAIT} s: {said}"
            time.sleep(0.02)

    def answers(self):
        ask = [self.home / "pg_isready", "-q", "-h", self.run, "-p", str(self.port), "-U", "postgres"]
        return subprocess.run(ask, check=False).returncode == 0

    def stop(self, how=signal.SIGINT):
        """End it: SIGINT rolls back and disconnects everybody; SIGQUIT is a crash."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(20)

    def take(self, made):
        """Put in what `stalehost fleet init` wrote for a server, as it says: files, access, settings. It is to stand.

        Gives the settings to start with; where a test's server listens is the test's.
        """
        for path in made.glob("stalehost*"):
            shutil.copy(path, self.data / path.name)
            (self.data / path.name).chmod(0o600)
        rules = self.data / "pg_hba.conf"
        rules.write_text((made / "pg_hba.conf").read_text() + rules.read_text())
        lines = [line.split(" = ") for line in (made / "postgresql.conf").read_text().splitlines()]
        return {key: value.strip("'") for key, value in lines if key != "listen_addresses"}

    def sql(self, *statements, database="postgres"):
        """Say these as the superuser; give the rows of the last one."""
        import psycopg

        where = f"host={self.run} port={self.port} user=postgres dbname={database}"
        with psycopg.connect(where, autocommit=True) as link:
            for statement in statements:
                answer = link.execute(statement)
            return answer.fetchall() if answer.description else []

    def database(self, template="template0", extra=""):
        """Make an empty database; give its name."""
        name = f"test_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} {extra}")
        return name

    def url(self, database, user="postgres"):
        """Where the store finds a database, by the server's socket."""
        return f"postgresql://{user}@/{database}?host={self.run}&port={self.port}"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server():
    """A server for the tests of one process; skips, with the reason, where there is no PostgreSQL."""
    home = found()
    if home is None:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    # the path of a socket may have a hundred bytes only
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        one = Server(home, folder)
        one.make()
        one.start()
        try:
            yield one
        finally:
            one.stop()
