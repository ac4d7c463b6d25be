"""A whole run under its authority: signatures missing, windows closed, the scope file changed under it."""

import asyncio
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Interface

import pytest

from scanner.errors import ScopeError
from scanner.knowledge.base import open_base
from scanner.means import Engine, Played, means
from scanner.observe.imports import dhcp_isc
from scanner.pipeline import begin, heed, scan
from scanner.scope.engagement import find
from scanner.store.store import open_store
from scanner.wire.audit import entries
from scanner.wire.links import Link
from scanner.wire.pipe import Heard

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
TEXT = """
[engagement]
name = "n"
owner = "o"
authorized_by = "a"
contact = "c"
reference = "r"
valid_from = 2026-12-01
valid_until = 2026-12-05
sector = "office"

[[network]]
cidr = "10.1.0.0/30"
zone = "office"
profile = "office"
"""
WARD = '[[network]]\ncidr = "10.2.0.0/30"\nzone = "ward"\nprofile = "clinical"\n'


class Far:
    """A network in which every port of every address refuses; its clock moves when someone sleeps."""

    def __init__(self):
        self.now, self.asked, self.said, self.tasks = NOW, [], [], []

    async def connect(self, address, _port):
        self.asked.append((address, self.now))
        raise ConnectionRefusedError

    async def sleep(self, seconds):
        self.now += timedelta(seconds=seconds * 300)
        await asyncio.sleep(0)

    def clock(self):
        return self.now

    async def ask(self, *_words):
        """One host answers just after the window has closed."""
        self.now = NOW + timedelta(minutes=30)
        yield Heard(address="10.1.0.2", mac="02:00:00:00:00:02", state="there", rtt_ms=1)

    async def pace(self, rate):
        """Whatever the rate."""


def run(tmp_path, text, far, links=()):
    (tmp_path / "scope.toml").write_text(text)
    folder = find(tmp_path)

    async def work():
        # where we have no leg nobody sweeps, and every address is knocked on
        played = Played(transport=far.connect, sweeper=far, links=links)
        async with means(folder, folder.scope, far.clock, played) as using:
            began = begin(folder, folder.scope, "scan", far.now, 1, open_base())
            watch = lambda zone, step, *_: far.said.append((zone, step))
            return await scan(
                folder.scope, store, began, using,
                clock=far.clock, watch=watch, engine=Engine.KNOCK, sleep=far.sleep,
                current=folder.again,
            )  # fmt: skip

    with open_store(folder.database, folder.id) as store:
        return asyncio.run(work())


def test_a_run_waits_for_its_window_and_says_so(tmp_path):
    far = Far()
    ended = run(tmp_path, TEXT + 'windows = ["daily 22:00-04:00 UTC"]\n', far)

    assert len(far.asked) > 10
    assert min(at for _, at in far.asked) >= NOW + timedelta(hours=10)
    assert ("office", "waiting for its window until Wed 2026-12-02 22:00 UTC") in far.said
    assert not ended.notes[1:]
    waits = [line for line in entries(tmp_path / "audit.jsonl") if line["event"] == "waiting"]
    assert ["2026-12-02T22:00:00+00:00"] == [line["until"] for line in waits]


def test_a_host_that_answers_as_the_window_closes_is_looked_at_in_the_next(tmp_path):
    far = Far()
    leg = Link(name="v0", mac="02:00:00:00:00:09", addresses=(IPv4Interface("10.1.0.1/30"),))
    text = TEXT.replace('profile = "office"', 'profile = "lab"')
    run(tmp_path, text + 'windows = ["daily 11:30-12:15 UTC"]\n', far, (leg,))

    assert {"10.1.0.2"} == {address for address, _ in far.asked}
    assert min(at for _, at in far.asked) >= NOW + timedelta(hours=23, minutes=30)


def test_a_window_that_never_opens_again_is_said_and_nothing_is_sent(tmp_path):
    far = Far()
    ended = run(tmp_path, TEXT + 'windows = ["Mon 22:00-23:00 UTC"]\n', far)

    assert [] == far.asked
    assert "nothing was sent into office: no window opens before the engagement ends" in ended.notes


def test_a_ward_without_signatures_is_spared_and_the_office_is_not(tmp_path):
    far = Far()
    ended = run(tmp_path, TEXT + WARD, far)

    assert {"10.1.0.1", "10.1.0.2"} == {address for address, _ in far.asked}
    assert "nothing was sent into ward: two people must sign the scope file first" in ended.notes
    assert ended.authority.startswith("self-authorised")


def test_a_ward_alone_without_signatures_is_refused(tmp_path):
    far = Far()
    with pytest.raises(
        ScopeError, match="two people must sign the scope file first; run `stalehost scope sign`"
    ):
        run(tmp_path, TEXT[: TEXT.index("[[network]]")] + WARD, far)
    assert [] == far.asked


def test_a_scope_file_that_changes_during_a_run_ends_it(tmp_path):
    far = Far()

    async def connect(address, port):
        far.asked.append((address, far.now))
        (tmp_path / "scope.toml").write_text(TEXT.replace("10.1.0.0/30", "10.1.0.4/30"))
        raise ConnectionRefusedError

    far.connect = connect
    with pytest.raises(ScopeError, match="changed during the scan"):
        run(tmp_path, TEXT, far)

    folder = find(tmp_path)
    with open_store(folder.database, folder.id) as store:
        assert [] == list(store.log())
        assert [True] == [one.ended is not None for one in store.runs()]


LEASE = """lease 10.1.0.1 {
  starts 2 2026/12/01 08:00:00;
  ends 4 2026/12/03 08:00:00;
  binding state active;
  hardware ethernet 02:00:00:00:00:01;
  client-hostname "VENT-1";
}
"""


def test_exclusions_by_name_follow_what_the_log_knows(tmp_path):
    (tmp_path / "scope.toml").write_text(TEXT + '[[exclude]]\nhostname = "vent-1"\nreason = "never"\n')
    folder, base = find(tmp_path), open_base()
    (tmp_path / "dhcpd.leases").write_text(LEASE)
    seen = list(dhcp_isc.FORMAT.read(tmp_path / "dhcpd.leases", NOW))
    with open_store(folder.database, folder.id) as store:
        before = heed(folder.scope, store, base, NOW).exclusions
        store.append(seen)
        after = heed(folder.scope, store, base, NOW).exclusions

    assert folder.scope.exclusions == before
    assert [("02:00:00:00:00:01", None), (None, "10.1.0.1/32")] == [
        (one.mac, one.cidr and str(one.cidr)) for one in after[1:]
    ]
