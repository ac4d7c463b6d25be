import asyncio
import itertools
import os
import stat
from ipaddress import ip_address

import pytest

from scanner.errors import HostError, ScopeError
from scanner.model.kinds import Profile
from scanner.model.net import Address, Mac, tcp, udp
from scanner.scope.profile import LIMITS
from scanner.wire.audit import entries
from scanner.wire.nmap_run import BATCH, plan, scan, version, words

PORTS = [tcp(22), tcp(80), tcp(9100), udp(161)]
FORBIDDEN = {
    "-A",
    "-O",
    "-sS",
    "-sU",
    "-sC",
    "--script",
    "-f",
    "--scanflags",
    "--version-all",
    "-T4",
    "-T5",
    "-oN",
}


@pytest.fixture
def planned(gate, audit, now):
    return lambda targets, ports=PORTS: plan(
        list(map(ip_address, targets)), ports, gate=gate, audit=audit, now=now
    )


def test_only_what_the_gate_allows_is_planned(planned, tmp_path):
    (batch,) = planned(["10.2.0.5", "10.2.0.66", "10.9.0.1", "192.0.2.1", "10.2.0.6"])
    assert ([tcp(22), tcp(80)], ["10.2.0.5", "10.2.0.6"]) == (list(batch.ports), list(map(str, batch.hosts)))
    refused = [line["to"] for line in entries(tmp_path / "audit.jsonl")]
    assert ["10.2.0.66", "10.9.0.1", "192.0.2.1"] == refused


def test_an_excluded_card_is_not_planned(gate, audit, now):
    targets = [ip_address("10.2.0.5"), ip_address("10.2.0.6")]
    cards = {Address("10.2.0.5"): Mac("00:09:fb:12:34:56")}
    (batch,) = plan(targets, PORTS, gate=gate, audit=audit, now=now, card=cards.get)
    assert (ip_address("10.2.0.6"),) == batch.hosts


@pytest.mark.parametrize("address", ["10.1.0.5", "10.4.0.5"])
def test_a_ward_or_a_plant_is_refused_outright(planned, address):
    with pytest.raises(ScopeError, match="office and lab only"):
        planned(["10.2.0.5", address])


def test_batches_stay_small(planned):
    sizes = [len(batch.hosts) for batch in planned([f"10.3.0.{n}" for n in range(1, 151)])]
    assert [BATCH, BATCH, 150 - 2 * BATCH] == sizes


def test_the_words_are_harmless_and_the_rates_those_of_the_profile(planned):
    (batch,) = planned(["10.2.0.5"])
    said = words(batch, LIMITS[Profile.OFFICE])
    assert not FORBIDDEN & set(said)
    assert {"-sT", "-n", "-Pn", "--unprivileged"} <= set(said)
    options = dict(itertools.pairwise(said))
    assert ("40", "25ms", "22,80", "4") == (
        options["--max-rate"],
        options["--scan-delay"],
        options["-p"],
        options["--max-parallelism"],
    )
    assert {"9100", "9107", "502", "2575"} <= set(options["--exclude-ports"].split(","))


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
def running(gate, audit, ledger, now):
    async def collect(program, targets=("10.2.0.5",)):
        found = scan(
            list(map(ip_address, targets)),
            PORTS,
            gate=gate,
            audit=audit,
            ledger=ledger,
            clock=lambda: now,
            program=program,
        )
        return [host async for host in found]

    return collect


XML = """cat <<'END'
<nmaprun start="1795434033"><host><status state="up"/><address addr="10.2.0.5" addrtype="ipv4"/></host>
<runstats><finished/><hosts/></runstats></nmaprun>
END
"""


def test_hosts_come_back_and_what_was_run_is_in_the_audit(running, fake, tmp_path, ledger, now):
    (host,) = asyncio.run(running(fake(XML)))
    assert (Address("10.2.0.5"), "up") == (host.address, host.state)
    first, last = entries(tmp_path / "audit.jsonl")
    assert ("nmap", "10.2.0.5", "nmapped") == (first["event"], first["hosts"], last["event"])
    assert "-sT" in first["words"]
    assert ledger.spent(Address("10.2.0.5"), now) == 6


def test_who_has_had_a_days_worth_is_left_alone(running, fake, tmp_path, ledger, now):
    ledger.spend(Address("10.2.0.5"), now, 300, 299)
    assert asyncio.run(running(fake("exit 9"))) == []
    assert ["refused"] == [line["event"] for line in entries(tmp_path / "audit.jsonl")]


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("echo 'no such option' >&2; exit 255", "status 255.*no such option"),
        ("echo '<nmaprun>'", "before it was done"),
    ],
)
def test_an_nmap_that_fails_says_so(running, fake, script, word):
    with pytest.raises(HostError, match=word):
        asyncio.run(running(fake(script)))


def test_without_nmap_it_says_what_to_do(running):
    with pytest.raises(HostError, match="not installed"):
        asyncio.run(running("/nowhere/nmap"))


def test_a_cancelled_scan_ends_its_nmap(running, fake, tmp_path):
    program = fake(f"echo $$ > {tmp_path}/pid; exec sleep 60")

    async def main():
        task = asyncio.create_task(running(program))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_the_version_is_the_first_line(fake):
    assert asyncio.run(version(fake("echo Nmap version 7.93; echo more"))) == "Nmap version 7.93"
