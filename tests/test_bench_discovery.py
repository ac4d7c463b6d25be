"""Tests benchmarks/discovery: what a peer's words are read as, and when an aim counts as met."""

import importlib
import re
import sys
from pathlib import Path

import pytest

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")


@pytest.fixture
def peers(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield importlib.import_module("discovery.peers")
    for name in [one for one in sys.modules if one.partition(".")[0] == "discovery"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("peer", "said", "want"),
    [
        ("ARP_SCAN", "Interface: v0\n10.77.0.9\t02:00:00:00:00:02\n\n3 packets\n", {"10.77.0.9"}),
        ("NMAP_PING", "Host: 10.77.0.9 ()\tStatus: Up\nHost: 10.77.0.8 ()\tStatus: Down\n", {"10.77.0.9"}),
        ("ZMAP_ECHO", "10.77.0.9\n10.77.0.10\n", {"10.77.0.9", "10.77.0.10"}),
        ("FPING", "10.77.0.9\n", {"10.77.0.9"}),
        (
            "MASSCAN",
            "#masscan\nopen tcp 80 10.77.0.9 1795434033\nopen tcp 80 10.77.0\n# end\n",
            {"10.77.0.9:80"},
        ),
    ],
)
def test_the_answers_of_a_peer_are_read_from_its_words(peers, peer, said, want):
    found = re.finditer(getattr(peers, peer).pattern, said, re.MULTILINE)
    assert want == {":".join(reversed(match.groups())) for match in found}


def test_an_aim_is_met_or_missed_by_what_was_measured(peers, capsys):
    aims = importlib.import_module("discovery.aims").Aims()
    mine = peers.Result(found=frozenset("ab"), seconds=1.0, rate=300.0)
    other = peers.Result(found=frozenset("abc"), seconds=1.5, rate=400.0)
    aims.recall("all found", 1.0, mine, "ab", {"peer": other})
    aims.recall("one missing", 1.0, mine, "abc", {"peer": other})
    aims.recall("one too many", 1.0, mine, "a", {"peer": other})
    aims.faster("faster", 1.0, mine.seconds, other, "peer")
    aims.faster("not twice as fast", 2.0, mine.seconds, other, "peer")
    aims.rate("slower", mine, other, "peer")
    aims.identical("alike", [mine.found] * 3, [mine.found, other.found], "peer")
    aims.below("small", 10, 9)

    assert 1 == aims.tell()
    verdicts = [line.split()[-1] for line in capsys.readouterr().out.splitlines()[2:]]
    assert ["PASS", "MISS", "MISS", "PASS", "MISS", "MISS", "PASS", "PASS"] == verdicts


def test_a_peer_that_is_not_installed_misses_nothing(peers):
    aims = importlib.import_module("discovery.aims").Aims()
    aims.faster("alone", 8.0, 1.0, peers.Result(found=frozenset(), seconds=0.0, missing=True), "peer")
    assert 0 == aims.tell()


def test_the_rate_is_that_of_the_middle_nine_tenths(peers):
    meter = peers.Meter()
    meter._seen = [(0.0, 0), (5.0, 0), (5.1, 100), (5.2, 200), (5.3, 1000 - 100), (5.4, 1000), (60.0, 1000)]
    assert 800 / 0.2 == pytest.approx(meter.rate)
