"""Two small sites with the same addresses, a head office, and the keys of those who sign."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from scanner.bundle.export import export
from scanner.bundle.form import NAMESPACE
from scanner.bundle.take import Terms, take, verify
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.scope.signing import signed
from scanner.store.store import open_store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNER = "St Example Group"
SCOPE = """[engagement]
name = "{name}"
owner = "{owner}"
authorized_by = "Jane Doe, CISO"
contact = "+44 1632 960000"
reference = "CHG-1234"
valid_from = 2026-11-01
valid_until = 2026-12-15
sector = "hospital"

[[network]]
cidr = "10.0.0.0/24"
zone = "ward"
profile = "clinical"
criticality = {weight}

[[network]]
cidr = "10.0.1.0/24"
zone = "office"
profile = "office"

[[critical]]
name = "PACS"
address = "10.0.0.5"
weight = 80

[[segment]]
from = "office"
to = "ward"
allow = ["tcp/443"]
source = "declared"
"""


def seen(field="ssh.banner", value="SSH-2.0-OpenSSH_5.3", address="10.0.0.5", mac=None, at=NOW, **more):
    told = {
        "source": "probe:ssh", "port": tcp(22), "zone": "ward", "vantage": "ward",
        "first": at - timedelta(minutes=5), "last": at - timedelta(minutes=5), **more,
    }  # fmt: skip
    return Observation(
        field=field, value=value, address=Address(address), mac=Mac(mac) if mac else None, **told
    )


def a_run(name="run-1", at=NOW, scope=None, **more):
    return Run(
        id=name, engagement="eng-x", started=at - timedelta(hours=1), ended=at, command="scan",
        scope=scope or SCOPE.format(name="North audit", owner=OWNER, weight=20), seed=1, parameters={},
        versions={"stalehost": "0"}, notes=("nothing was sent into office: the profile forbids it",), **more,
    )  # fmt: skip


class Signers:
    """Keys by name, and the list of those who may sign."""

    def __init__(self, folder):
        folder.mkdir()
        self.list = folder / "allowed_signers"
        self.keys = {}
        for name in ("north", "south"):
            key = Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
            self.keys[name] = key
            path = folder / name
            path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
            path.chmod(0o600)
            with self.list.open("a") as file:
                file.write(f'{name} namespaces="{NAMESPACE}" {public}\n')
        self.list.chmod(0o600)

    def sign(self, name):
        return lambda message: signed(self.keys[name], message, NAMESPACE)


@pytest.fixture(scope="session")
def signers(tmp_path_factory):
    return Signers(tmp_path_factory.mktemp("trust") / "keys")


class Site:
    """A site with a log of its own, and what leaves it."""

    def __init__(self, folder, name, signers, log, runs=None):
        self.folder, self.name, self.signers = folder, name, signers
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(folder / "stalehost.db", f"eng-{name}")
        for run in runs or [a_run()]:
            self.store.save(run)
        self.store.append(log)

    def export(
        self,
        to="x.bundle",
        now=NOW,
        since=None,
        mask=None,
        owner=OWNER,
        signer=None,
        site=None,
        sign=None,
        **more,
    ):
        path = self.folder / to
        export(
            path, self.store, site=site or self.name, engagement=f"eng-{self.name}", owner=owner, now=now,
            since=since, sign=sign or self.signers.sign(signer or self.name), mask=mask, **more,
        )  # fmt: skip
        return path


class Centre:
    """A head office."""

    def __init__(self, folder, signers):
        self.folder, self.signers = folder, signers
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(folder / "stalehost.db", "eng-centre")

    def verify(self, path, now=NOW):
        return verify(path, self.signers.list, self.folder, now)

    def take(self, path, now=NOW, **more):
        return take(
            self.verify(path, now), self.store, Terms(engagement="eng-centre", owner=OWNER, now=now, **more)
        )


@pytest.fixture
def north(tmp_path, signers):
    site = Site(
        tmp_path / "north", "north", signers,
        [seen(), seen("port.state", "open", source="tcp:connect"), seen(address="10.0.1.9", zone="office", vantage=None)],
    )  # fmt: skip
    yield site
    site.store.close()


@pytest.fixture
def south(tmp_path, signers):
    site = Site(tmp_path / "south", "south", signers, [seen(value="SSH-2.0-dropbear_2012.55")])
    yield site
    site.store.close()


@pytest.fixture
def centre(tmp_path, signers):
    one = Centre(tmp_path / "centre", signers)
    yield one
    one.store.close()
