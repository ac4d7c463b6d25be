import asyncio
import os
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import msgspec
import pytest

from scanner.errors import HostError
from scanner.model.kinds import Kind
from scanner.model.net import Address, tcp, udp
from scanner.scope.file import Window
from scanner.scope.gate import Gate
from scanner.wire.audit import entries
from scanner.wire.breaker import Level, Trip
from scanner.wire.nmap_plan import BATCH, Means
from scanner.wire.nmap_run import scan
from scanner.wire.stop import Stop
from scanner.wire.windows import Windows

PORTS = [tcp(22), tcp(80), tcp(9100), udp(161)]


@pytest.fixture
def means(gate, audit, ledger, now):
    return Means(gate=gate, audit=audit, ledger=ledger, clock=lambda: now)


def refused(tmp_path):
    return {
        line["to"]: line["reason"] for line in entries(tmp_path / "audit.jsonl") if line["event"] == "refused"
    }


def shown(care, kind, address, seen):
    care.saw(msgspec.structs.replace(seen, field="device.kind", value=kind, address=Address(address)))


@pytest.fixture
def fake(tmp_path):
    """A program that stands where nmap would, and does as it is told."""

    def make(script):
        path = tmp_path / "nmap"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


@pytest.fixture
def running(means):
    async def collect(program, targets=("10.2.0.5",), taken=lambda _host: None, **more):
        wires = {name: getattr(means, name) for name in ("gate", "audit", "ledger", "clock")} | more
        hosts = []
        async for host in scan(list(map(ip_address, targets)), PORTS, program=program, **wires):
            hosts.append(host)
            taken(host)
        return hosts

    return collect


# the last words are the hosts, the word behind -oX is where the XML goes
XML = """
for word; do [ "$before" = -oX ] && out=$word; before=$word; done
host() { echo "<host><status state='up'/><address addr='$1' addrtype='ipv4'/><ports>$2</ports></host>"; }
port() { echo "<port protocol='tcp' portid='$1'><state state='$2' reason='x'/></port>"; }
conn() { echo "CONN (0.1s) TCP localhost > $1:22 => Operation now in progress"; }
begin() { echo '<nmaprun start="1795434033">' > $out; }
end() { echo '<runstats><finished/><hosts/></runstats></nmaprun>' >> $out; }
all() { begin; for word; do case $word in 10.*) host $word >> $out;; esac; done; end; }
"""


def events(tmp_path, *names):
    return [line for line in entries(tmp_path / "audit.jsonl") if line["event"] in names]


def test_hosts_come_back_and_what_was_run_is_in_the_audit(running, fake, tmp_path):
    (host,) = asyncio.run(running(fake(XML + 'all "$@"')))
    assert (Address("10.2.0.5"), "up") == (host.address, host.state)
    first, _, last = entries(tmp_path / "audit.jsonl")
    assert ("nmap", "10.2.0.5", 2, "nmapped", None) == (
        first["event"],
        first["hosts"],
        first["ports"],
        last["event"],
        last["ended"],
    )
    assert "-sT" in first["words"]


def test_a_batch_with_somebody_behind_a_router_spares_that(running, fake, tmp_path):
    targets = ("10.2.0.5", "10.2.0.6")
    asyncio.run(running(fake(XML + 'all "$@"'), targets, behind=lambda address: address == "10.2.0.6"))
    asyncio.run(running(fake(XML + 'all "$@"'), targets))
    rates = [line["words"].split("--max-rate ")[1].split()[0] for line in events(tmp_path, "nmap")]
    assert ["20", "80"] == rates


def test_each_knock_is_booked_and_told_as_it_is_made(running, fake, tmp_path, ledger, now):
    knocks = "conn 10.2.0.5; conn 10.2.0.5; conn 10.2.0.5; conn 10.2.0.6;"
    asyncio.run(running(fake(XML + knocks + 'all "$@"'), ("10.2.0.5", "10.2.0.6")))

    counts = {line["to"]: (line["count"], line["by"]) for line in events(tmp_path, "knocked")}
    assert {"10.2.0.5": (3, "trace"), "10.2.0.6": (1, "trace")} == counts
    # two ports are sure knocks and booked beforehand, the third as it was made
    assert (3, 2) == tuple(ledger.spent(Address(f"10.2.0.{last}"), now) for last in (5, 6))


def test_without_an_account_of_its_own_each_port_counts_as_one(running, fake, tmp_path):
    asyncio.run(running(fake(XML + 'all "$@"')))
    assert [("10.2.0.5", 2, "ports")] == [
        (line["to"], line["count"], line["by"]) for line in events(tmp_path, "knocked")
    ]


@pytest.mark.parametrize(("had", "allowed"), [(296, True), (297, False)])
def test_who_cannot_bear_every_knock_and_its_retry_today_is_left_alone(
    running, fake, tmp_path, ledger, now, had, allowed
):
    ledger.spend(Address("10.2.0.5"), now, 300, had)
    assert allowed == bool(asyncio.run(running(fake(XML + 'all "$@"'))))
    assert allowed == (not refused(tmp_path))


def test_an_nmap_that_knocks_more_than_the_day_bears_is_ended(running, fake, tmp_path, ledger, now):
    ledger.spend(Address("10.2.0.5"), now, 300, 296)
    script = XML + "for n in 1 2 3 4 5; do conn 10.2.0.5; done; sleep 60"

    assert asyncio.run(running(fake(script))) == []

    assert 300 == ledger.spent(Address("10.2.0.5"), now)
    ended, *_ = events(tmp_path, "nmapped")
    assert "has had its 300 connections" in ended["ended"]


def test_an_nmap_that_knocks_at_somebody_else_is_ended(running, fake, tmp_path):
    assert asyncio.run(running(fake(XML + "conn 10.2.0.99; sleep 60"), stop=Once(tmp_path))) == []
    ended, *_ = events(tmp_path, "nmapped")
    assert "10.2.0.99, which it had not been given" in ended["ended"]


class Once(Stop):
    """Set as soon as one nmap has run."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def __bool__(self):
        if events(self.folder, "nmapped"):
            self.set("one is enough")
        return super().__bool__()


def test_a_stop_ends_it_and_keeps_what_it_had_seen(running, fake, tmp_path):
    stop = Stop(clock=lambda: 0.0)
    script = XML + f"begin; host 10.2.0.5 >> $out; touch {tmp_path}/there; sleep 60"

    async def main():
        task = asyncio.create_task(running(fake(script), ("10.2.0.5", "10.2.0.6"), stop=stop))
        await there(tmp_path / "there")
        stop.set("enough")
        return await task

    (host,) = asyncio.run(main())
    assert "10.2.0.5" == host.address
    assert ["enough"] == [line["ended"] for line in events(tmp_path, "nmapped")]


async def there(path):
    while not path.exists():  # noqa: ASYNC110  # another process makes it
        await asyncio.sleep(0.01)


def test_a_stopped_run_starts_no_nmap(running, fake, tmp_path):
    stop = Stop()
    stop.set("enough")
    assert asyncio.run(running(fake("exit 9"), stop=stop)) == []
    assert {"10.2.0.5": "stopped"} == refused(tmp_path)


def test_what_was_seen_in_one_batch_is_minded_before_the_next(running, fake, tmp_path, care, seen):
    """A device that shows itself to be a modality in the first batch is in no later one."""
    targets = [f"10.2.0.{last}" for last in range(70, 70 + BATCH + 1)]

    def show(host):
        if host.address == targets[0]:
            shown(care, "modality", targets[-1], seen)

    hosts = asyncio.run(running(fake(XML + 'all "$@"'), targets, show, care=care))

    assert targets[:-1] == [host.address for host in hosts]
    assert "modality" in refused(tmp_path)[targets[-1]]


def test_care_hears_what_was_seen_and_how_it_was_borne(running, fake, care):
    """A port that was open and then refuses is a sign; in an office the breaker trips for that device."""
    states = "s=open; [ -e $0.once ] && s=closed; touch $0.once;"
    script = XML + states + 'begin; host 10.2.0.5 "$(port 22 $s)" >> $out; end'

    asyncio.run(running(fake(script), care=care))
    assert (Kind.UNKNOWN, None) == (care.kind(Address("10.2.0.5")), care.breaker.stopped)
    asyncio.run(running(fake(script), care=care))

    (trip,) = care.breaker.trips
    assert ("10.2.0.5", "tcp/22 was open and is now closed") == (trip.address, trip.why)


def test_a_breaker_that_trips_ends_the_running_nmap(running, fake, care, now, tmp_path, monkeypatch):
    monkeypatch.setattr("scanner.wire.nmap_run._LOOK", 0.0)
    trip = Trip(
        level=Level.HOST,
        address=Address("10.2.0.5"),
        cidr="10.2.0.0/24",
        kind=Kind.UNKNOWN,
        profile="office",
        why="it has not answered ARP",
        at=now,
    )
    script = (
        XML + f'[ -e $0.once ] && all "$@" && exit; touch $0.once; begin; touch {tmp_path}/there; sleep 60'
    )

    async def main():
        task = asyncio.create_task(running(fake(script), ("10.2.0.5", "10.2.0.6"), care=care))
        await there(tmp_path / "there")
        care.breaker.sick(trip, 100)
        return await task

    assert ["10.2.0.6"] == [host.address for host in asyncio.run(main())]
    assert "the breaker" in events(tmp_path, "nmapped")[0]["ended"]


class Day:
    """A clock that others move."""

    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


def nightly(scope):
    """An office that may be looked at from 22:00 to 04:00 UTC."""
    window = Window(days=frozenset(range(7)), opens=22 * 60, closes=4 * 60, zone="UTC")
    return msgspec.structs.replace(
        scope, networks=tuple(msgspec.structs.replace(one, windows=(window,)) for one in scope.networks)
    )


def test_each_batch_waits_for_a_window_of_its_own(running, fake, scope):
    """The first batch begins as the window opens; while it runs the window closes; the second comes the next night."""
    clock, gate = Day(datetime(2026, 12, 2, 12, tzinfo=UTC)), Gate(nightly(scope))
    begun, hosts = [], [f"10.3.0.{last}" for last in range(1, BATCH + 2)]

    async def sleep(seconds):
        clock.at += timedelta(seconds=max(seconds, 600))

    def taken(host):
        begun.append((host.address, clock.at))
        if len(begun) == BATCH:
            clock.at = datetime(2026, 12, 3, 4, 1, tzinfo=UTC)

    windows = Windows(gate, clock=clock, told=lambda *_: None, sleep=sleep)
    asyncio.run(running(fake(XML + 'all "$@"'), hosts, taken, gate=gate, clock=clock, windows=windows))

    assert hosts == [address for address, _ in begun]
    assert [2, 3] == [begun[at][1].day for at in (0, -1)]
    assert {22} == {at.hour for _, at in (begun[0], begun[-1])}


def test_a_window_that_closes_ends_it_and_the_rest_comes_when_it_opens(
    running, fake, scope, tmp_path, monkeypatch
):
    monkeypatch.setattr("scanner.wire.nmap_run._LOOK", 0.0)
    clock, gate = Day(datetime(2026, 12, 2, 23, tzinfo=UTC)), Gate(nightly(scope))
    script = XML + (
        f'[ -e $0.once ] && all "$@" && exit; touch $0.once; begin; host 10.3.0.1 >> $out; touch {tmp_path}/there; sleep 60'
    )

    async def sleep(seconds):
        clock.at += timedelta(seconds=max(seconds, 600))

    async def main():
        windows = Windows(gate, clock=clock, told=lambda *_: None, sleep=sleep)
        more = {"gate": gate, "clock": clock, "windows": windows}
        task = asyncio.create_task(running(fake(script), ("10.3.0.1", "10.3.0.2"), **more))
        await there(tmp_path / "there")
        clock.at = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)
        return await task

    assert ["10.3.0.1", "10.3.0.2"] == [host.address for host in asyncio.run(main())]
    assert "no window" in events(tmp_path, "nmapped")[0]["ended"]
    assert "10.3.0.2" == events(tmp_path, "nmap")[1]["hosts"]


def test_no_window_any_more_is_said(running, fake, scope, tmp_path):
    clock, gate = Day(datetime(2026, 12, 30, 12, tzinfo=UTC)), Gate(nightly(scope))
    gate = Gate(
        msgspec.structs.replace(
            nightly(scope),
            engagement=msgspec.structs.replace(
                scope.engagement, valid_until=datetime(2026, 12, 30, 13, tzinfo=UTC)
            ),
        )
    )
    windows = Windows(gate, clock=clock, told=lambda *_: None)
    assert asyncio.run(running(fake("exit 9"), gate=gate, clock=clock, windows=windows)) == []
    assert "no window opens" in refused(tmp_path)["10.2.0.5"]


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("echo 'no such option' >&2; exit 255", "status 255.*no such option"),
        (XML + "begin", "before it was done"),
    ],
)
def test_an_nmap_that_fails_says_so(running, fake, script, word):
    with pytest.raises(HostError, match=word):
        asyncio.run(running(fake(script)))


def test_without_nmap_nothing_is_booked_and_it_says_what_to_do(running, tmp_path, ledger, now):
    with pytest.raises(HostError, match="not installed"):
        asyncio.run(running("/nowhere/nmap"))
    assert (0, []) == (ledger.spent(Address("10.2.0.5"), now), list(entries(tmp_path / "audit.jsonl")))


def wires(means):
    return {name: getattr(means, name) for name in ("gate", "audit", "ledger", "clock")}


def test_pitfall_3_hosts_come_batch_by_batch_while_the_rest_is_still_to_do(running, fake, tmp_path):
    """python-nmap's scan gives nothing until all is done, and loses it all when it is stopped."""
    targets, runs = [f"10.3.0.{last}" for last in range(1, 2 * BATCH + 1)], []
    asyncio.run(
        running(fake(XML + 'all "$@"'), targets, lambda _: runs.append(len(events(tmp_path, "nmap"))))
    )
    assert [1] * BATCH + [2] * BATCH == runs


def test_pitfall_8_nobody_is_asked_for_a_password(running, fake, tmp_path):
    """python-nmap can put sudo in front, which may wait for ever; ours is started as it is, with no input."""
    script = XML + f'readlink /proc/self/fd/0 > {tmp_path}/stdin; env > {tmp_path}/env; all "$@"'
    asyncio.run(running(fake(script)))
    assert "/dev/null" == (tmp_path / "stdin").read_text().strip()
    assert "sudo" not in " ".join(line["words"] for line in events(tmp_path, "nmap"))
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names <= {"PATH", "LC_ALL", "HOME", "PWD", "SHLVL", "_", "OLDPWD"}


def test_a_cancelled_scan_ends_its_nmap(running, fake, tmp_path):
    program = fake(f"echo $$ > {tmp_path}/pid; mv {tmp_path}/pid {tmp_path}/there; exec sleep 60")

    async def main():
        task = asyncio.create_task(running(program))
        await there(tmp_path / "there")
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "there").read_text()), 0)
