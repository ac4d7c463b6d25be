"""Every talk under fixtures/<probe>/ is what its probe sees when a device plays it, and every probe has one."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from scanner.lab import talk
from scanner.observe.active import load_probes, observe, recognise
from scanner.wire import record

FIXTURES = Path(__file__).parents[2] / "fixtures"
TALKS = sorted(path for name in load_probes() for path in (FIXTURES / name).glob("*.talk"))


def _sorted(facts):
    return sorted(facts, key=lambda fact: (fact[0], msgspec.json.encode(fact[1], order="sorted")))


def _play(path, talk_conn, clock, names=None):
    """Run the fixture's probe with all the connections its freest profile allows."""
    probe, script = load_probes()[path.parent.name], talk.load(path, names)
    conn = talk_conn(script, connections=max(probe.connections.values()))

    async def run():
        return [seen async for seen in observe(probe, conn, zone="z", vantage="v", clock=clock)]

    return script, conn, asyncio.run(run())


@pytest.mark.parametrize("path", TALKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_probe_sees_in_a_talk_what_the_talk_says_it_does(path, talk_conn, clock):
    script, conn, seen = _play(path, talk_conn, clock)

    got = [(one.field, one.value) for one in seen if one.field != "probe.outcome"]

    assert _sorted(script.expect) == _sorted(got)
    assert conn.unforeseen is None


@pytest.mark.parametrize("path", TALKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_recorded_of_a_device_replays_to_the_same(path, talk_conn, clock):
    """`stalehost probe --record` gives a fixture: the probe sees in it what it saw."""
    probe, script = load_probes()[path.parent.name], talk.load(path)
    most = max(probe.connections.values())

    async def run(conn):
        return [
            (one.field, one.value) async for one in observe(probe, conn, zone=None, vantage=None, clock=clock)
        ]

    taped = record.Taped(talk_conn(script, connections=most))
    saw = asyncio.run(run(taped))
    said = [fact for fact in saw if fact[0] != "probe.outcome"]
    text = record.talk(script.port, taped.tape, source="here", now=clock(), outcome=taped.outcome, seen=said)
    again = talk.parse(text, "recorded", {})

    assert _sorted(said) == _sorted(again.expect)
    replayed = asyncio.run(run(talk_conn(again, connections=most)))
    assert _sorted(said) == _sorted(fact for fact in replayed if fact[0] != "probe.outcome")


@pytest.mark.parametrize("path", TALKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_probe_leaves_no_connection_open(path, talk_conn, clock):
    _, conn, _ = _play(path, talk_conn, clock)

    assert [True] * len(conn.opened) == [each.closed for each in conn.opened]


def _first(script):
    return next((step.data for step in script.connections[0] if isinstance(step, talk.Say)), b"")


@pytest.mark.parametrize("name", load_probes())
def test_every_probe_has_a_fixture(name):
    assert any(path.parent.name == name for path in TALKS)


@pytest.mark.parametrize("name", load_probes())
def test_a_talk_stands_on_a_usual_port_of_its_probe_or_is_recognised(name):
    usual = load_probes()[name].ports
    scripts = [talk.load(path) for path in TALKS if path.parent.name == name]

    assert any(script.port in usual or recognise(_first(script)) == name for script in scripts)
