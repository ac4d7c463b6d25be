"""Who is found, how often asked and in what order, in networks that lose what is said."""

import asyncio
import random
from functools import partial

import pytest

from scanner.discover import congestion, guards, ports, search
from scanner.discover.places import Places
from scanner.model.kinds import Profile
from scanner.model.net import Address
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Method

from .ground import NOW, Far, Host, Seen, card, crowd, way  # noqa: TID252 - the network that these tests look at


@pytest.mark.parametrize("profile", [Profile.CLINICAL, Profile.OT, Profile.OFFICE])
def test_at_one_per_cent_loss_spaced_tries_find_all_but_one_in_a_thousand(profile, capsys):
    """1 % of the frames is lost in each direction; fifty networks of sixty devices each."""
    found = 0
    for seed in range(50):
        hosts = {Address(f"10.0.0.{n}"): Host() for n in random.Random(seed).sample(range(1, 250), 60)}
        found += len(Seen(Far(hosts, 0.01, seed), profile=profile).run(way()).hosts)
    with capsys.disabled():
        tries = LIMITS[profile].arp_tries
        print(f"\n{profile}: {found} of 3,000 found, {found / 3000:.3%}, with up to {tries} tries", end=" ")

    assert found >= 0.999 * 3000


def test_who_answered_is_not_asked_again_but_for_a_few():
    far = Far(crowd(100))
    seen = Seen(far).run(way())

    asked = [address for _, address, _ in far.asked]
    assert crowd(100).keys() == seen.hosts
    assert {1, 2} == {asked.count(address) for address in crowd(100)}
    assert search.AGAIN == sum(asked.count(address) == 2 for address in crowd(100))
    assert {2} == {asked.count(f"10.0.0.{n}") for n in range(101, 255)}


def test_every_host_leaves_its_card_and_its_tries():
    seen = Seen(Far(crowd(30), 0.2, 3), profile=Profile.CLINICAL).run(way())

    cards = {one.address: one.value for one in seen.log if one.field == "link.mac"}
    assert {address: card(address) for address in seen.hosts} == cards
    tries = seen.tries("raw:arp")
    assert seen.hosts == tries.keys()
    assert all(set(told) <= set("01-") and "1" in told and len(told) <= 3 for told in tries.values())
    assert any(told.startswith("0") for told in tries.values())
    assert len(seen.log) == len(
        {(one.address, one.field, one.value if isinstance(one.value, str) else "") for one in seen.log}
    )
    assert {("ward", "here", NOW)} == {(one.zone, one.vantage, one.last) for one in seen.log}


def test_a_ward_is_asked_by_arp_alone_and_a_routed_ward_by_nothing():
    far = Far(crowd(9))
    Seen(far, profile=Profile.CLINICAL).run(way(), way(routed=True))

    assert {Method.ARP} == {wish.method for wish in far.wishes}
    assert {LIMITS[Profile.CLINICAL].arp_rate} == {wish.rate for wish in far.wishes}


def test_the_signer_may_allow_echo_in_a_routed_ward():
    far = Far(crowd(9))
    seen = Seen(far, profile=Profile.CLINICAL, flags=Flags(icmp_echo=True)).run(way(routed=True))

    assert {(Method.ECHO, 2)} == {(wish.method, wish.rate) for wish in far.wishes}
    assert 9 == len(seen.hosts)


def test_behind_a_router_each_way_of_asking_finds_who_ignores_the_others():
    hosts = {
        Address("10.0.0.1"): Host(refuses=False),
        Address("10.0.0.2"): Host(echo=False),
        Address("10.0.0.3"): Host(ports=(), echo=False, refuses=False, udp=(161,)),
        Address("10.0.0.4"): Host(ports=(), echo=False, refuses=False),
    }
    seen = Seen(Far(hosts)).run(way(routed=True))

    assert {"10.0.0.1", "10.0.0.2", "10.0.0.3"} == seen.hosts
    assert ({"10.0.0.1": "1", "10.0.0.2": "00", "10.0.0.3": "00"}, {"10.0.0.3": "1"}) == (
        seen.tries("raw:echo"),
        {address: told for address, told in seen.tries("raw:udp").items() if "1" in told},
    )
    fields = {
        (one.field, one.port, one.value if isinstance(one.value, str) else one.value.get("ttl"))
        for one in seen.log
    }
    assert {
        ("icmp.echo", None, 60),
        ("port.state", "tcp/80", "open"),
        ("port.state", "udp/161", "open"),
        ("udp.answer", "udp/161", "78"),
    } <= fields
    assert all(one.mac is None for one in seen.log)


def test_office_routers_look_for_twenty_strangers_a_second_at_most():
    far = Far(crowd(9))
    Seen(far).run(way(routed=True))

    assert {20} == {wish.rate for wish in far.wishes}
    assert {wish.via for wish in far.wishes} == {way(routed=True).gateway}


def test_what_the_first_ports_miss_is_looked_for_in_a_sample():
    """In a small network the sample is large enough to meet one of them; then everybody deserves a connect."""
    further = int(LIMITS[Profile.OFFICE].ports[7].partition("/")[2])
    hosts = crowd(60, ports=(further,), echo=False, refuses=False)

    found = Seen(Far(hosts)).run(way(routed=True))
    none = Seen(Far(crowd(20))).run(way(routed=True))

    assert (True, False) == (found.search.found.widen, none.search.found.widen)
    assert any("every silent address was knocked on" in note for note in found.notes)
    assert any("with 95 % confidence fewer than" in note for note in none.notes)


def test_a_router_that_answers_arp_for_everyone_is_not_two_hundred_devices():
    router = "02:00:00:00:00:99"
    far = Far(
        crowd(200, echo=False, ports=(), refuses=False, mac=router) | {Address("10.0.0.30"): Host(mac=router)}
    )

    seen = Seen(far).run(way())

    assert ({"10.0.0.30"}, 199) == (seen.hosts, len(seen.search.found.doubtful))
    assert {Method.ARP, Method.ECHO, Method.SYN, Method.UDP} == {wish.method for wish in far.wishes}


def test_a_firewall_that_answers_for_everyone_is_not_knocked_on():
    seen = Seen(Far(crowd(254))).run(way(routed=True))

    assert set() == seen.hosts
    assert any(note.startswith("254 addresses were not knocked on") for note in seen.notes)


def test_a_wide_network_is_sampled_and_where_somebody_lives_asked_whole():
    hosts = crowd(120, "10.4.7.1") | crowd(90, "10.6.9.100")
    far = Far(hosts)
    seen = Seen(far, "10.4.0.0/14", Profile.BENCH).run(way("10.4.0.0/14", routed=True))

    assert hosts.keys() == seen.hosts
    asked = {address for _, address, _ in far.asked}
    assert len(asked) <= 1024 * 6 + 2 * 254 + search.FURTHER[0]
    assert any("with 95 % confidence fewer than" in note for note in seen.notes)


def test_ipv6_is_asked_for_what_cards_and_neighbours_suggest():
    hosts = {
        Address("fd00::200:ff:fe00:1"): Host(mac="02:00:00:00:00:01"),
        Address("fd00::77"): Host(),
        Address("fd00::1234"): Host(),
    }
    far = Far(hosts)
    seen = Seen(
        far,
        "fd00::/64",
        cards={Address("10.0.0.1"): "00:00:00:00:00:01"},
        neighbours=("fd00::77", "fe80::1", "fd01::1"),
    ).run(way("fd00::/64", source="fd00::1"))

    assert {"fd00::200:ff:fe00:1", "fd00::77"} == seen.hosts
    assert {Method.NODES, Method.ND} == {wish.method for wish in far.wishes}


def test_a_small_range_of_ipv6_is_asked_whole():
    hosts = {Address(f"fd00::{n:x}"): Host() for n in (3, 9, 200)}

    assert hosts.keys() == Seen(Far(hosts), "fd00::/120").run(way("fd00::/120", source="fd00::1")).hosts


@pytest.mark.parametrize("killed", [5, 40, 200, 300, 420])
def test_a_search_that_was_killed_goes_on_where_it_stood_and_loses_nobody(killed):
    hosts, clock = crowd(100), [0.0]

    def tick():
        clock[0] += 1
        return clock[0]

    first = Far(hosts, stop_at=killed)
    places = Places(tick)
    before = Seen(first, places=places)
    with pytest.raises(ProcessLookupError):
        before.run(way())
    kept = places.news()

    second = Far(hosts)
    after = Seen(second, places=Places(tick, kept)).run(way())

    assert hosts.keys() == before.hosts | after.hosts
    asked = [address for _, address, _ in first.asked + second.asked]
    assert max(map(asked.count, set(asked))) <= LIMITS[Profile.OFFICE].arp_tries + 1
    whole = Far(hosts)
    Seen(whole).run(way())
    # asked once more: what was sent in the seconds that a kill costs, and in the next pass who had answered before it
    assert len(asked) <= len(whole.asked) + 16 * 6 + len(before.hosts)


def test_an_ask_that_had_ended_is_not_asked_again():
    places = Places(lambda: 0.0)
    Seen(Far(crowd(9)), places=places).run(way())
    far = Far(crowd(9))

    Seen(far, places=Places(lambda: 0.0, places.news())).run(way())

    assert [] == far.wishes


@pytest.mark.parametrize("profile", [Profile.LAB, Profile.BENCH])
def test_where_any_port_may_be_asked_high_ones_that_nobody_uses_give_a_tarpit_away(profile):
    hosts = crowd(9) | {Address("10.0.0.99"): Host(ports=range(1, 65536))}

    seen = Seen(Far(hosts), profile=profile).run(way())

    assert ["10.0.0.99"] == [flag.address for flag in guards.judge(seen.faces.of, {})]
    assert ["tarpit"] == [flag.name for flag in guards.judge(seen.faces.of, {})]


def test_all_ports_of_every_host_are_swept_and_only_open_ones_are_told():
    hosts = {Address("10.0.0.3"): Host(ports=(22, 60123, 9100)), Address("10.0.0.4"): Host(ports=())}
    far = Far(hosts)
    seen = Seen(far, profile=Profile.BENCH)

    asyncio.run(seen.search.all([way()], ports.read("all")))

    # the never-list holds in a sweep too: raw print ports wake old cards
    assert {"10.0.0.3": {"tcp/22", "tcp/60123"}, "10.0.0.4": set()} == seen.search.found.opened
    assert not {9100, 515} & {port for _, _, port in far.asked}
    assert [] == [one for one in seen.log if one.field == "port.state"]


def test_a_few_ports_are_not_swept():
    far = Far(crowd(2))

    asyncio.run(Seen(far, profile=Profile.BENCH).search.all([way()], ports.read("1-200")))

    assert {Method.ARP} == {wish.method for wish in far.wishes}


def test_where_the_way_is_full_known_hosts_fall_silent_and_the_rate_is_lowered(monkeypatch):
    """The canaries that answered at first are silent from the second round on."""
    far, canary = Far(crowd(200)), Far(crowd(200), 0.99, 1)
    rounds = []

    async def at_once(_seconds):
        rounds.append(1)
        await asyncio.sleep(0)

    monkeypatch.setattr(search, "watch", partial(congestion.watch, sleep=at_once))
    seen = Seen(far, profile=Profile.LAB, canary=canary).run(way())

    assert crowd(200).keys() == seen.hosts
    assert {4} == {len(wish.targets) for wish in canary.wishes}
    assert min(far.paces) < LIMITS[Profile.LAB].arp_rate
    assert any("answers thinned out" in note for note in seen.notes)


def test_a_gentle_sweep_asks_no_canary():
    canary = Far(crowd(9))

    Seen(Far(crowd(9)), canary=canary).run(way())

    assert [] == canary.wishes
