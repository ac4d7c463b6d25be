"""One real server with TLS for the tests of the fleet: the authority, the centre and its sensors stand as in life."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from scanner.fleet import admit, authority, install
from scanner.fleet.admit import Segment
from scanner.fleet.link import connect
from scanner.fleet.post import Post
from tests import postgres

NOW = datetime.now(UTC)
SEGMENTS = [
    Segment(id="st-mary-radiology", cidr="10.20.0.0/24", zone="radiology", rate=6.0),
    Segment(id="st-mary-office", cidr="10.20.1.0/24", zone="office", rate=40.0),
]


class Fleet:
    """A centre with an empty database of its own, and as many sensors as a test enrols."""

    def __init__(self, server, folder, ca, database):
        self.server, self.folder, self.ca, self.database = server, folder, ca, database
        self.link = connect(f"host={server.run} port={server.port} user=postgres dbname={database}")
        self._open = [self.link]
        # this copy is a fleet of its own, not one that was restored: scanner/fleet/restore.py
        if self.rows("SELECT to_regclass('fleet.home')")[0][0]:
            self.link.execute("UPDATE fleet.home SET at = fleet.here()")
        # a database that was copied has no rights of its own yet; nor has one that was restored
        assert not install.install(self.link)

    def where(self, role, name):
        """How a sensor reaches the centre: by TLS, with its own certificate."""
        parts = {
            "host": "127.0.0.1", "port": self.server.port, "dbname": self.database, "user": role,
            "sslmode": "verify-full", "sslrootcert": self.folder / "ca.pem",
            "sslcert": self.folder / f"{name}.pem", "sslkey": self.folder / f"{name}.key",
        }  # fmt: skip
        return " ".join(f"{key}={value}" for key, value in parts.items())

    def enrolling(self):
        parts = f"host=127.0.0.1 port={self.server.port} dbname={self.database} user=stalehost_enrol"
        return connect(
            f"{parts} sslmode=verify-full sslrootcert={self.folder / 'ca.pem'} sslcert=none sslkey=none"
        )

    def enrol(self, name, segments=("st-mary-radiology",), clock=lambda: 0.0):
        """A sensor that went the whole way: code, request, certificate, connection."""
        code = admit.invite(self.link, name, "st-mary", segments)
        asked = authority.ask()
        with self.enrolling() as door:
            door.execute("SELECT fleet.enrol(%s, %s)", (code, asked.certificate.decode()))
            admit.answer(self.link, self.ca, datetime.now(UTC))
            certificate = door.execute("SELECT fleet.enrolled(%s)", (code,)).fetchone()[0]
        stem = f"{self.database}-{name}"
        self.keep(stem, asked.key, certificate)
        (role,) = self.link.execute("SELECT role FROM fleet.sensor WHERE id = %s", (name,)).fetchone()
        link = self.open(role, stem)
        return SimpleNamespace(
            name=name,
            role=role,
            stem=stem,
            link=link,
            post=Post(link, clock),
            certificate=certificate,
            code=code,
        )

    def keep(self, stem, key, certificate):
        (self.folder / f"{stem}.pem").write_text(certificate)
        (self.folder / f"{stem}.key").write_bytes(key)
        (self.folder / f"{stem}.key").chmod(0o600)

    def open(self, role, stem):
        link = connect(self.where(role, stem))
        self._open.append(link)
        return link

    def job(self, segment="st-mary-radiology", **args):
        """One job, due now."""
        from psycopg.types.json import Jsonb

        queue = f"segment:{segment}"
        row = self.link.execute(
            "SELECT fleet.procrastinate_defer_jobs_v1(ARRAY[ROW(%s, 'chunk', 0, %s, NULL, %s, NULL)"
            "::fleet.procrastinate_job_to_defer_v1])",
            (queue, queue, Jsonb(args)),
        ).fetchone()
        return row[0][0]

    def reopen(self):
        """Connect anew, after the server was away."""
        self.link = connect(
            f"host={self.server.run} port={self.server.port} user=postgres dbname={self.database}"
        )
        self._open.append(self.link)

    def pass_(self, seconds):
        """Let time go by on the clock of the leases."""
        while seconds > 0:
            self.link.execute("SELECT fleet.tick(%s)", (min(seconds, 5),))
            seconds -= 5

    def rows(self, query, *values):
        return self.link.execute(query, values).fetchall()

    def close(self):
        for link in self._open:
            link.close()


@pytest.fixture(scope="session")
def ground(tmp_path_factory):
    """A server with TLS that asks sensors for certificates, and a template with the fleet installed."""
    folder = tmp_path_factory.mktemp("fleet")
    ca = authority.found("St Mary's fleet", NOW)
    pair = authority.serve(ca, "127.0.0.1", NOW)
    (folder / "ca.pem").write_bytes(ca.certificate)
    with postgres.server() as one:
        one.stop()
        (one.data / "server.key").write_bytes(pair.key)
        (one.data / "server.key").chmod(0o600)
        (one.data / "server.crt").write_bytes(pair.certificate)
        (one.data / "ca.pem").write_bytes(ca.certificate)
        rules = (
            "local all postgres trust",
            "hostssl all stalehost_enrol 127.0.0.1/32 trust",
            # in life: the one database of the fleet, by name
            "hostssl postgres +stalehost_sensor 127.0.0.1/32 reject",
            "hostssl all +stalehost_sensor 127.0.0.1/32 cert",
        )
        (one.data / "pg_hba.conf").write_text("\n".join([*rules, ""]))
        one.start(ssl="on", ssl_ca_file="ca.pem")
        one.sql("CREATE DATABASE ground TEMPLATE template0")
        with connect(f"host={one.run} port={one.port} user=postgres dbname=ground") as link:
            assert install.install(link)
            admit.settle(link, "st-mary", "eng-1", SEGMENTS)
        yield SimpleNamespace(server=one, folder=folder, ca=ca)


@pytest.fixture(scope="session")
def make_fleet(ground):
    """A fleet for a module whose tests change nothing that matters to each other."""

    def make(extra=""):
        database = ground.server.database(template="ground", extra=extra)
        return Fleet(ground.server, ground.folder, ground.ca, database)

    return make


@pytest.fixture
def fleet(make_fleet):
    """A fleet of its own for each test."""
    one = make_fleet()
    try:
        yield one
    finally:
        one.close()
