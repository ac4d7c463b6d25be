"""Published forms of networks are read, and the host that everything leads over ranks first in each."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.risk.spread import Seed, lay, odds_of_falling, throw, without, worlds

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from scenarios.networks import cyberbattle, mulval, nasim  # noqa: E402  # stands beside the benchmarks
from scenarios.yamlread import read  # noqa: E402

WORLDS = 4096
NETWORKS = ROOT / "fixtures" / "networks"
CASES = (
    (nasim, "two-floors/network.yaml", "2.0"),
    (cyberbattle, "office-graph/network.json", "jump"),
    (mulval, "plant-facts/network.P", "historian"),
)


def ranked(scenario):
    """The hosts that are not to be protected themselves, by what their hardening saves of that."""
    net = lay(scenario.hosts, scenario.zones, scenario.opens)
    world = worlds(net, throw(net, 3, WORLDS), net.chance, net.opens, np.zeros(0), WORLDS)
    weight = np.array([scenario.targets.get(host.key, 0.0) for host in net.hosts])
    seeds = [Seed((scenario.start,))]
    saved = {}
    for at, host in enumerate(net.hosts):
        if scenario.targets.get(host.key, 0.0) < 30 and host.key not in {"controller", "hmi"}:
            hardened = odds_of_falling(net, without(net, world, [at]), seeds)[0]
            saved[host.key] = float((odds_of_falling(net, world, seeds)[0] - hardened) @ weight)
    return sorted(saved, key=lambda name: -saved[name]), saved


@pytest.mark.parametrize(("reader", "path", "choke"), CASES)
def test_the_true_choke_host_ranks_first(reader, path, choke):
    order, saved = ranked(reader((NETWORKS / path).read_text(), path))

    assert choke == order[0]
    assert saved[order[0]] > saved[order[1]]


def test_a_nasim_network_has_its_subnets_exploits_and_firewall():
    got = nasim((NETWORKS / CASES[0][1]).read_text(), "n.yaml")

    rows = {host.key: {row.door.gate: row.chance for row in host.rows} for host in got.hosts}
    assert {"smb": pytest.approx(0.8), "http": pytest.approx(0.9)} == rows["1.1"]
    assert {"3.0": 100.0} == got.targets
    assert ("subnet-2", "subnet-3", "smb") in got.allowed
    assert ("internet", "subnet-2", "http") not in got.allowed


def test_two_holes_of_one_service_are_two_chances():
    text = '{"start": "a", "nodes": {"a": {}, "b": {"vulnerabilities": {"x": {"service": "s", "success": 0.5}, "y": {"service": "s", "success": 0.5}}}}}'

    (row,) = cyberbattle(text, "c.json").hosts[1].rows

    assert 0.75 == row.chance


@pytest.mark.parametrize(
    ("reader", "text", "told"),
    [
        (nasim, "topology: [[1]]\n", "no exploits"),
        (nasim, "a: [1, 2\n", "bracket is not closed"),
        (nasim, "a: &x 1\n", "more of YAML"),
        (nasim, "a: 1\na: 2\n", "twice"),
        (nasim, "a: 1\n   b: 2\n", "fits nothing above"),
        (cyberbattle, "{", "no JSON"),
        (cyberbattle, '{"start": "x", "nodes": {"a": {}}}', "begins at 'x'"),
        (cyberbattle, '{"start": "a", "nodes": {"a": {"reaches": ["b"]}}}', "is no node"),
        (cyberbattle, '{"start": "a", "nodes": {"a": {"value": -1}}}', "no number from 0 up"),
        (mulval, "hacl(a, b, tcp, 1).", "attackerLocated"),
        (mulval, "attackerLocated(a).\nthis is no fact\n", "f:2: not a fact"),
    ],
)
def test_what_cannot_be_read_says_where(reader, text, told):
    with pytest.raises(DataError, match=told.replace("(", r"\(")):
        reader(text, "f")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    for reader in (nasim, cyberbattle, mulval, read):
        try:
            reader(text, "f")
        except DataError as error:
            assert str(error).startswith("f")
