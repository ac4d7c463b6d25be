"""Whom to knock on, and the fewest knocks that try everything."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.device import Service
from scanner.model.kinds import Profile, Role
from scanner.model.net import Address, Port
from scanner.risk.canary import canaries, cover, every, gates

KNOWN = {
    Port("tcp/445"): frozenset({"smb", "cred"}), Port("tcp/23"): frozenset({"telnet"}),
    Port("tcp/80"): frozenset({"web"}), Port("udp/161"): frozenset({"snmp"}),
}  # fmt: skip


def device(make, name, address, *ports, role=Role.NONE):
    made = make.device(name, "x", role=role)
    services = tuple(
        Service(
            port=Port(port), address=Address(address), protocol=None, product=None, version=None, evidence=()
        )
        for port in ports
    )
    return msgspec.structs.replace(made, services=services)


def scope(make, **profiles):
    made = make.scope("a", "b", "c")
    networks = tuple(
        msgspec.structs.replace(one, profile=profiles.get(one.zone, Profile.OFFICE)) for one in made.networks
    )
    return msgspec.structs.replace(made, networks=networks)


def test_the_device_that_opens_most_gates_is_its_zones_canary(make):
    devices = [
        device(make, "few", "10.1.0.1", "tcp/23"),
        device(make, "many", "10.1.0.2", "tcp/445", "tcp/80", "tcp/9999"),
        device(make, "own", "10.0.0.1", "tcp/445"),
        device(make, "outside", "192.0.2.1", "tcp/445"),
    ]

    (got,) = canaries(devices, scope(make), "a", KNOWN)

    assert ("10.1.0.2", ("tcp/445", "tcp/80"), ("cred", "smb", "web")) == (got.address, got.ports, got.gates)


@pytest.mark.parametrize("profile", [Profile.CLINICAL, Profile.OT, Profile.PASSIVE])
def test_careful_networks_have_no_canary(make, profile):
    assert () == canaries([device(make, "ct", "10.1.0.1", "tcp/445")], scope(make, b=profile), "a", KNOWN)


def test_floating_addresses_and_datagram_ports_are_not_knocked_on(make):
    devices = [
        device(make, "vip", "10.1.0.1", "tcp/445", role=Role.VIRTUAL),
        device(make, "snmp", "10.1.0.2", "udp/161"),
    ]

    assert () == every(devices, scope(make), KNOWN)


def test_ports_know_their_gate_classes(make):
    got = gates(make.known.exposures())

    assert {"smb-rce", "dc-takeover"} == got[Port("tcp/445")]


OFFER = st.frozensets(st.sampled_from("abcdef"), max_size=4)


@given(st.lists(OFFER, max_size=6), st.frozensets(st.sampled_from("abcdefg")))
def test_no_smaller_set_of_knocks_tries_as_much(offers, wanted):
    named = {(Address(f"10.0.0.{at}"), Port("tcp/1")): opened for at, opened in enumerate(offers)}
    whole = wanted & frozenset().union(*offers)

    got = cover(wanted, named)

    assert whole == wanted & frozenset().union(*(named[one] for one in got))
    sizes = [
        size
        for size in range(4)
        for some in itertools.combinations(offers, size)
        if whole <= frozenset().union(*some)
    ]
    assert not sizes or len(got) == min(sizes)


def test_beyond_three_knocks_the_cover_is_greedy_and_whole():
    named = {(Address(f"10.0.0.{at}"), Port("tcp/1")): frozenset({str(at)}) for at in range(5)}

    assert 5 == len(cover(frozenset("01234"), named))
