"""A probe that a profile forbids cannot be run: the right to it cannot be made."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Address, tcp
from scanner.observe import active
from scanner.observe.probe import ONCE, Permit, Probe, permit
from scanner.scope.profile import LIMITS

PROBES = active.load_probes()
NOW = datetime(2026, 12, 2, tzinfo=UTC)


class Spy:
    """An open connection that answers nothing and keeps what was done with it."""

    address, outcome = Address("10.0.0.5"), Outcome.OK

    def __init__(self, port):
        self.port, self.sent, self.allowed, self.closed = port, [], [], False

    def allow(self, connections, why):
        self.allowed.append((connections, why))

    async def send(self, data):
        self.sent.append(data)

    async def some(self, _limit=4096):
        return b""

    async def exactly(self, _count):
        return b""

    async def until(self, _marker, _limit=4096):
        return b""

    async def quiet(self, _seconds, _limit=4096):
        return b""

    async def again(self):
        return None

    async def close(self):
        self.closed = True


def exchange(conn, profile, kinds=frozenset()):
    async def main():
        talk = active.exchange(conn, profile, zone=None, vantage=None, clock=lambda: NOW, kinds=kinds)
        return [one.value["outcome"] async for one in talk if one.field == "probe.outcome"]

    return asyncio.run(main())


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("profile", Profile)
def test_each_probe_runs_with_a_permit_of_the_profile_or_not_at_all(name, profile, monkeypatch):
    probe = PROBES[name]
    right = permit(probe, profile)
    assert (right is None) == (profile not in probe.connections)
    for port in probe.ports:
        conn = Spy(port)
        outcomes = exchange(conn, profile, probe.kinds)
        assert conn.closed
        assert 1 == len(outcomes)
        if not conn.allowed:
            assert [] == conn.sent
        else:
            assert [(right.connections, name)] == conn.allowed


@pytest.mark.parametrize("name", PROBES)
def test_where_nothing_may_be_sent_no_probe_can_be_had(name):
    assert permit(PROBES[name], Profile.PASSIVE) is None
    conn = Spy(min(PROBES[name].ports, default=tcp(23)))
    exchange(conn, Profile.PASSIVE)
    assert ([], []) == (conn.allowed, conn.sent)


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("profile", Profile)
def test_a_probe_that_a_profile_does_not_name_sends_nothing_even_on_its_own_port(name, profile, monkeypatch):
    left = {one: count for one, count in PROBES[name].connections.items() if one is not profile}
    forbidden = msgspec.structs.replace(PROBES[name], connections=left)
    monkeypatch.setattr(active, "load_probes", lambda: {**PROBES, name: forbidden})
    for port in forbidden.ports:
        conn = Spy(port)
        assert exchange(conn, profile, forbidden.kinds) in (["refused"], ["silent"])
        assert ([], [], True) == (conn.allowed, conn.sent, conn.closed)


async def talk(_conn):
    yield "x", "y"


@given(
    touch=st.sampled_from(Touch),
    profile=st.sampled_from(Profile),
    named=st.sets(st.sampled_from(Profile)),
)
def test_a_permit_exists_only_within_the_profiles_ceiling(touch, profile, named):
    probe = Probe(
        name="x",
        ports=frozenset(),
        touch=touch,
        connections=dict.fromkeys(named, 1),
        talk=talk,
        sends="-",
    )
    if profile in named and touch <= LIMITS[profile].touch:
        assert 1 == Permit(probe=probe, profile=profile).connections
    else:
        with pytest.raises(ScopeError, match="probe x"):
            Permit(probe=probe, profile=profile)


def test_the_usual_allowance_names_every_profile_that_sends():
    assert {one for one in Profile if LIMITS[one].touch >= Touch.KNOCK} == set(ONCE)
