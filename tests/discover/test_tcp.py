import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.discover.tcp import shuffled, tcp
from scanner.errors import StoreError
from scanner.model import net
from scanner.model.kinds import Outcome, Profile
from scanner.model.net import Address
from scanner.scope.file import Network
from scanner.scope.profile import LIMITS

NOW = datetime(2026, 12, 2, tzinfo=UTC)
PORTS = [net.tcp(22), net.tcp(80), net.tcp(443)]
HOSTS = [Address(f"10.0.0.{n}") for n in range(1, 30)]


class Conn:
    def __init__(self, dialer, address, port):
        self.dialer, self.address, self.port, self.closed = dialer, address, port, False

    async def close(self):
        if not self.closed:
            self.closed = True
            self.dialer.inside[self.address] -= 1


class Dialer:
    """Answers as told, and keeps who was asked, in which order, how many at a time."""

    def __init__(self, answer, limit=None):
        self.answer, self.limit = answer, limit
        self.asked, self.conns, self.inside, self.most, self.abreast = [], [], {}, 0, 0

    async def open(self, address, port, _touch):
        self.asked.append((address, port))
        self.inside[address] = self.inside.get(address, 0) + 1
        self.most = max(self.most, self.inside[address])
        self.abreast = max(self.abreast, sum(count > 0 for count in self.inside.values()))
        await asyncio.sleep(0)
        found = self.answer(address, port)
        if found != "open":
            self.inside[address] -= 1
            if isinstance(found, Exception):
                raise found
            return found
        self.conns.append(Conn(self, address, port))
        return self.conns[-1]


def network(profile):
    return Network(
        cidr=ip_network("10.0.0.0/24"), zone="ward", profile=profile, criticality=None, windows=(), vlan=None
    )


def knock(dialer, profile=Profile.OFFICE, hosts=HOSTS, take=None, **words):
    async def main():
        found = []
        knocking = tcp(network(profile), hosts, PORTS, dialer, vantage="here", clock=lambda: NOW, **words)
        async with aclosing(knocking):
            async for one in knocking:
                found.append(one)
                if one.conn:
                    await one.conn.close()
                if take == len(found):
                    break
        return found

    return asyncio.run(main())


def test_every_port_of_every_host_is_knocked_on_once_and_told():
    answers = {"tcp/22": "open", "tcp/80": Outcome.CLOSED, "tcp/443": Outcome.SILENT}
    dialer = Dialer(lambda _, port: answers[port])

    found = knock(dialer)

    assert sorted((h, p) for h in HOSTS for p in PORTS) == sorted(dialer.asked)
    states = {"tcp/22": "open", "tcp/80": "closed", "tcp/443": "silent"}
    assert sorted((h, p, states[p]) for h in HOSTS for p in PORTS) == sorted(
        (one.seen.address, one.seen.port, one.seen.value) for one in found
    )
    assert {("tcp:connect", "port.state", "ward", "here")} == {
        (one.seen.source, one.seen.field, one.seen.zone, one.seen.vantage) for one in found
    }
    assert all((one.conn is not None) == (one.seen.value == "open") for one in found)


@pytest.mark.parametrize("profile", [Profile.CLINICAL, Profile.OT, Profile.OFFICE])
def test_hosts_go_side_by_side_within_the_profile_and_ports_in_order(profile):
    dialer = Dialer(lambda *_: Outcome.CLOSED)
    knock(dialer, profile)
    limits = LIMITS[profile]
    assert dialer.most <= limits.per_host
    assert dialer.abreast <= limits.hosts_parallel
    for host in HOSTS:
        assert PORTS == [port for address, port in dialer.asked if address == host]


def test_the_order_is_shuffled_and_fixed_by_the_seed():
    def order(seed):
        dialer = Dialer(lambda *_: Outcome.CLOSED)
        knock(dialer, Profile.CLINICAL, seed=seed)
        return dialer.asked

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_what_was_refused_is_not_told():
    assert knock(Dialer(lambda *_: Outcome.REFUSED)) == []


def test_an_address_without_any_answer_is_left_and_one_with_an_answer_is_not():
    def answer(address, port):
        return Outcome.CLOSED if (address, port) == (HOSTS[0], PORTS[1]) else Outcome.SILENT

    dialer = Dialer(answer)
    knock(dialer, Profile.CLINICAL, hosts=HOSTS[:2], give_up=2)
    assert [3, 2] == [sum(address == host for address, _ in dialer.asked) for host in HOSTS[:2]]


def test_leaving_early_closes_every_connection():
    dialer = Dialer(lambda *_: "open")
    assert len(knock(dialer, take=3)) == 3
    assert dialer.conns
    assert all(conn.closed for conn in dialer.conns)


def test_a_disk_that_is_full_ends_it_as_itself_and_closes_what_was_open():
    def answer(address, _):
        return StoreError("full") if address == HOSTS[7] else "open"

    dialer = Dialer(answer)
    with pytest.raises(StoreError, match="full"):
        knock(dialer)
    assert all(conn.closed for conn in dialer.conns)


@given(count=st.integers(0, 60), window=st.integers(1, 70), seed=st.integers())
def test_a_shuffle_loses_and_doubles_nothing(count, window, seed):
    hosts = [Address(f"10.0.0.{n}") for n in range(count)]
    assert sorted(hosts) == sorted(shuffled(iter(hosts), seed, window))


def sifted(answers, sift, ports):
    """Whom a host's knocks went to when its ports are sifted."""
    dialer = Dialer(lambda _, port: answers.get(port, Outcome.SILENT))

    async def main():
        knocking = tcp(
            network(Profile.OFFICE), HOSTS[:1], ports, dialer, vantage=None, clock=lambda: NOW, sift=sift
        )
        async with aclosing(knocking):
            async for one in knocking:
                if one.conn:
                    await one.conn.close()

    asyncio.run(main())
    return [port for _, port in dialer.asked]


def test_a_host_that_lets_knocks_pass_in_silence_is_sifted_once_and_only_what_is_worth_it_is_knocked_on():
    ports, asked = [net.tcp(n) for n in range(1, 60)], []

    async def sift(address, left):
        asked.append((address, len(left)))
        return [net.tcp(50), net.tcp(55)]

    got = sifted({net.tcp(2): Outcome.CLOSED}, sift, ports)

    assert [HOSTS[0]] == [address for address, _ in asked]
    assert sum(count for _, count in asked) + len(got) - 2 == len(ports)
    assert [net.tcp(50), net.tcp(55)] == got[-2:]
    assert len(got) < 12


def test_where_sifting_tells_nothing_every_port_is_knocked_on():
    ports = [net.tcp(n) for n in range(1, 60)]

    async def sift(_address, _left):
        return None

    assert ports == sifted({}, sift, ports)


def test_a_host_that_answers_is_never_sifted():
    ports = [net.tcp(n) for n in range(1, 60)]

    async def sift(_address, _left):
        raise AssertionError

    assert ports == sifted(dict.fromkeys(ports, Outcome.CLOSED), sift, ports)
