"""One scan of the simulated hospital, played in memory with a clock of its own, for every command that judges."""

import asyncio
import shutil
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from scanner.cli import stalehost
from scanner.cli.planning import approve_lab
from scanner.identify import early
from scanner.intake import take_in
from scanner.knowledge.base import open_base
from scanner.lab import paperwork
from scanner.lab.inprocess import InProcess, links
from scanner.lab.sector import VARIANTS, load
from scanner.means import Means
from scanner.model.net import Address
from scanner.observe.importing import detect
from scanner.pipeline import begin, scan
from scanner.scope import approval
from scanner.scope.engagement import find
from scanner.scope.gate import Gate
from scanner.store.store import open_store
from scanner.wire.audit import Audit
from scanner.wire.breaker import Breaker
from scanner.wire.care import Care
from scanner.wire.dial import Dialer
from scanner.wire.ledger import Ledger
from scanner.wire.pace import Pacer
from scanner.wire.stop import Stop

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Hurry:
    """A monotonic clock that only waiting moves: the pace of a ward without its hours."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return self.seconds

    async def sleep(self, seconds):
        self.seconds += seconds
        await asyncio.sleep(0)


async def hospital(folder, store, run, played, hurry=None):
    devices = InProcess(played.devices, NOW)

    async def connect(address, port):
        """As the devices do, but a firewall costs no time."""
        actor = devices._at.get(Address(address))
        if actor and actor.device.behaviour.firewalled:
            raise TimeoutError
        return await devices.connect(address, port)

    hurry, stop, knowledge = hurry or Hurry(), Stop(), open_base()
    hurry.devices = devices
    with (
        Audit(folder.audit, lambda: NOW) as audit,
        Ledger(folder.ledger) as ledger,
        Breaker(folder.ledger) as breaker,
    ):
        dialer = Dialer(
            Gate(folder.scope),
            pacer=Pacer(hurry.now, hurry.sleep, stop),
            audit=audit,
            ledger=ledger,
            clock=lambda: NOW,
            transport=connect,
            care=Care(
                breaker, stop, lambda: NOW, lambda seen: early.kind(seen, knowledge, folder.scope, NOW)
            ),
        )
        sweepers = {str(network.cidr): devices for network in folder.scope.networks}
        using = Means(
            dialer=dialer,
            audit=audit,
            ledger=ledger,
            sweepers=sweepers,
            links=links(played.plan),
            cards={},
            lacking=("played in memory",),
        )
        await scan(folder.scope, store, run, using, clock=lambda: NOW, watch=lambda *_: None)
    return devices


@pytest.fixture(scope="session")
def scanned(tmp_path_factory):
    """An engagement folder after a scan and an import, with the truth beside it."""
    root = tmp_path_factory.mktemp("hospital")
    played = load("hospital", 7)
    paperwork.write(played, root, NOW)
    approve_lab(root / "scope.toml", NOW)
    folder = find(root, allowed_signers=paperwork.signers(root))
    with open_store(folder.database, folder.id) as store:
        run = begin(folder, folder.scope, "scan", NOW, 1, open_base())
        asyncio.run(hospital(folder, store, run, played))
        leases = root / "dhcpd.leases"
        later = begin(folder, folder.scope, "import", NOW.replace(minute=30), 1, open_base())
        assert take_in([(detect(leases), leases)], folder.scope, store, later).complaints == ()
    with Breaker(folder.ledger) as breaker:
        # the laboratory's analyser fell silent; somebody has looked after it
        assert len(breaker.resume("J. Doe", "restarted", NOW)) == 1
    # what a test wants to send it has to have approved itself
    (root / approval.FILE).unlink()
    return root


@pytest.fixture
def engagement(scanned, tmp_path, monkeypatch):
    """A copy of it that a test may spoil; the current directory."""
    shutil.copytree(scanned, tmp_path / "e")
    monkeypatch.chdir(tmp_path / "e")
    return tmp_path / "e"


@pytest.fixture
def run():
    """Run one command; the result has stdout, stderr and exit_code."""

    def call(*words, **more):
        return CliRunner().invoke(stalehost, list(words), **more)

    return call


@pytest.fixture
def two_bridges(tmp_path, monkeypatch):
    """The hospital in which a second computer joins office and management, scanned; the current directory."""
    played = load("hospital", 7, cards=VARIANTS["two-bridge"])
    paperwork.write(played, tmp_path, NOW)
    approve_lab(tmp_path / "scope.toml", NOW)
    folder = find(tmp_path, allowed_signers=paperwork.signers(tmp_path))
    with open_store(folder.database, folder.id) as store:
        run = begin(folder, folder.scope, "scan", NOW, 1, open_base())
        asyncio.run(hospital(folder, store, run, played))
    monkeypatch.chdir(tmp_path)
    return tmp_path
