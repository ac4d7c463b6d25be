"""Probes by datagram ask one question each, which discovery may ask in their place."""

from pathlib import Path

import pytest

from scanner.discover.udp import PAYLOADS
from scanner.lab import talk
from scanner.model.kinds import Profile
from scanner.model.net import is_udp, number, udp
from scanner.observe import active
from scanner.observe.active import load_probes, probes_for
from scanner.observe.probe import Probe

FIXTURES = Path(__file__).parents[2] / "fixtures"
ASKED = [probe for probe in load_probes().values() if probe.question]
TALKS = sorted(path for probe in ASKED for path in (FIXTURES / probe.name).glob("*.talk"))


@pytest.mark.parametrize("port", sorted(PAYLOADS))
def test_discovery_asks_what_the_probe_of_the_port_asks(port):
    assert PAYLOADS[port] == probes_for(udp(port)).question


@pytest.mark.parametrize("probe", ASKED, ids=lambda probe: probe.name)
def test_who_asks_by_datagram_can_read_an_answer_that_another_got(probe: Probe):
    assert all(map(is_udp, probe.ports))
    assert [] == probe.facts(b"no answer to that")


@pytest.mark.parametrize("path", TALKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_one_question_is_all_that_is_sent(path, talk_conn, gather):
    probe, conn = load_probes()[path.parent.name], talk_conn(talk.load(path))

    gather(probe.talk(conn))

    assert probe.question == conn.sent


def test_a_ward_and_a_plant_are_asked_nothing_by_datagram():
    asked = {profile: active.asked(profile) for profile in Profile}

    assert {Profile.OFFICE, Profile.LAB, Profile.BENCH} == {profile for profile in Profile if asked[profile]}
    in_offices = [probe for probe in ASKED if Profile.OFFICE in probe.connections]
    assert {number(port) for probe in in_offices for port in probe.ports} == {
        number(port) for port in asked[Profile.OFFICE]
    }
