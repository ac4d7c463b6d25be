import asyncio
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from scanner.discover.sift import Sift
from scanner.discover.ways import Way
from scanner.model.kinds import Profile
from scanner.model.net import Address, tcp, udp
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Heard, Method

HOSTS = [Address(f"10.0.0.{n}") for n in (3, 4)]
PORTS = (*(tcp(n) for n in range(20, 40)), udp(161))
WAY = Way(interface="eth0", source="10.0.0.250", part=ip_network("10.0.0.0/24"), gateway=None)


class Far:
    """Answers SYNs as told, and keeps what was asked."""

    def __init__(self, opened):
        self.opened, self.wishes = opened, []

    async def ask(self, wish, _progress=None):
        self.wishes.append(wish)
        for target in wish.targets:
            for port in wish.ports:
                if port in self.opened.get(target, ()):
                    yield Heard(address=Address(target), state="open", port=port)
                elif port == 25:
                    yield Heard(address=Address(target), state="closed", port=port)


class Pace:
    def __init__(self):
        self.ceded_to = []

    @asynccontextmanager
    async def ceded(self, segment, addresses, rate, _limits):
        self.ceded_to.append((segment, tuple(addresses), rate))
        yield


async def at_once(_seconds):
    await asyncio.sleep(0)


def sift(far, bear=lambda targets, _count: tuple(targets), **words):
    async def booked(targets, count):
        return bear(targets, count)

    usual = {
        "segment": "10.0.0.0/24",
        "ways": [WAY],
        "asker": far,
        "limits": LIMITS[Profile.OFFICE],
        "may": lambda _address, _port: True,
        "confirm": at_once,
        "bear": booked,
        "cards": dict.fromkeys(HOSTS, "02:00:00:00:00:03"),
        "pace": Pace(),
        "sleep": at_once,
        "seed": 1,
    }
    return Sift(**usual | words)


def asked(sifting, hosts=HOSTS[:1], ports=PORTS):
    async def main():
        return await asyncio.gather(*(sifting(host, ports) for host in hosts))

    return asyncio.run(main())


def test_what_was_open_stays_in_its_order_and_so_does_what_no_syn_can_tell():
    far = Far({HOSTS[0]: {39, 22}})

    assert [(tcp(22), tcp(39), udp(161))] == asked(sift(far))


def test_each_port_gets_one_frame_at_no_more_than_the_pace_of_a_host():
    far, pace = Far({}), Pace()

    asked(sift(far, pace=pace))

    (wish,) = far.wishes
    limits = LIMITS[Profile.OFFICE]
    assert (Method.SYN, 1, (HOSTS[0],), tuple(range(20, 40))) == (
        wish.method, wish.tries, wish.targets, wish.ports,
    )  # fmt: skip
    assert limits.rate_host == wish.rate
    assert [("10.0.0.0/24", (HOSTS[0],), limits.rate_host)] == pace.ceded_to


def test_hosts_that_fall_silent_together_are_asked_together():
    far = Far({HOSTS[0]: {22}, HOSTS[1]: {23}})

    got = asked(sift(far), HOSTS)

    assert [(tcp(22), udp(161)), (tcp(23), udp(161))] == got
    assert [tuple(HOSTS)] == [wish.targets for wish in far.wishes]


def test_a_port_that_may_get_no_syn_is_left_for_a_connection():
    far = Far({})

    got = asked(sift(far, may=lambda _address, port: port != tcp(30)))

    assert [(tcp(30), udp(161))] == got
    assert 30 not in far.wishes[0].ports


def test_the_frames_are_booked_before_they_are_sent_and_who_has_had_enough_gets_none():
    far, booked = Far({HOSTS[0]: {22}, HOSTS[1]: {22}}), []

    def bear(targets, count):
        booked.append((tuple(targets), count))
        return (HOSTS[1],)

    assert [None, (tcp(22), udp(161))] == asked(sift(far, bear=bear), HOSTS)
    assert [(tuple(HOSTS), 20)] == booked
    assert [(HOSTS[1],)] == [wish.targets for wish in far.wishes]


@pytest.mark.parametrize(
    "words",
    [
        {"may": lambda _address, _port: False},
        {"cards": {}},
        {"ways": []},
        {"ways": [Way(interface="e", source="10.9.0.1", part=WAY.part, gateway="02:00:00:00:00:09")]},
        {"bear": lambda _targets, _count: ()},
    ],
    ids=["forbidden", "no card known", "no way", "behind a router", "no budget"],
)
def test_where_no_frame_may_be_sent_nothing_is_asked_and_nothing_told(words):
    far = Far({HOSTS[0]: {22}})

    assert [None] == asked(sift(far, **words))
    assert [] == far.wishes


def test_a_few_ports_are_not_worth_a_sweep():
    far = Far({})

    assert [None] == asked(sift(far), ports=PORTS[:4])
    assert [] == far.wishes


def test_whoever_changed_hands_while_it_kept_silent_gets_no_frame():
    far, gone = Far({HOSTS[0]: {22}, HOSTS[1]: {22}}), set()

    async def confirm(address):
        gone.update({HOSTS[0]} & {address})

    may = lambda address, _port: address not in gone

    assert [None, (tcp(22), udp(161))] == asked(sift(far, confirm=confirm, may=may), HOSTS)
    assert [(HOSTS[1],)] == [wish.targets for wish in far.wishes]


def test_a_long_sweep_looks_at_the_card_again_and_ends_where_it_must():
    far, looks = Far({HOSTS[0]: {22}}), []
    ports = tuple(tcp(n) for n in range(20, 260))

    async def confirm(address):
        looks.append(address)

    may = lambda _address, _port: len(looks) < 3

    assert [None] == asked(sift(far, confirm=confirm, may=may), ports=ports)
    assert 3 == len(looks)
    assert [range(20, 100), range(100, 180)] == [range(*(w.ports[0], w.ports[-1] + 1)) for w in far.wishes]
