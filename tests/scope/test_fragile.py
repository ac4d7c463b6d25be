"""The strictest of network, kind and fragile list: adding a row or a known device never loosens a thing."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Mac, tcp, udp
from scanner.scope import fragile
from scanner.scope.file import Fragile, Learned
from scanner.scope.fragile import (
    Index,
    arp_rate,
    in_force,
    limits,
    meant,
    needed,
    of_card,
    strictest,
    why_not,
)
from scanner.scope.gate import Gate
from scanner.scope.profile import CAREFUL, LIMITS

CARD = Mac("00:09:fb:01:02:03")
ports = st.sampled_from([tcp(22), tcp(80), tcp(443), tcp(631), udp(161), udp(53)])
rows = st.builds(
    Fragile,
    id=st.text(min_size=1, max_size=3),
    reason=st.just("why"),
    source=st.just("who"),
    profile=st.sampled_from(fragile.PROFILES),
    never=st.lists(ports, max_size=3).map(tuple),
    at_once=st.none() | st.integers(1, 20),
    gap=st.none() | st.floats(0, 20),
    budget=st.none() | st.integers(1, 500),
    by_owner=st.booleans(),
)
profiles = st.sampled_from(Profile)


def row(**more):
    return Fragile(**{"id": "r", "reason": "it dies", "source": "an advisory", **more})


def tight(one, two):
    """Whether no knob of `one` is looser than in `two`."""
    up = ("touch", "rate_total", "rate_host", "per_host", "hosts_parallel", "connect_seconds", "read_seconds")
    more = ("arp_rate", "arp_tries", "syn", "icmp", "multicast")
    budgets = [float("inf") if which.budget is None else which.budget for which in (one, two)]
    return (
        all(getattr(one, knob) <= getattr(two, knob) for knob in (*up, *more))
        and one.gap >= two.gap
        and budgets[0] <= budgets[1]
        and set(one.ports) <= set(two.ports)
        and set(one.udp) <= set(two.udp)
    )


@given(profiles, profiles, st.lists(rows, max_size=4), rows)
def test_one_more_row_or_kind_never_loosens_any_limit(network, kind, some, more):
    plain = limits(LIMITS[network], LIMITS[kind], some)

    assert tight(plain, LIMITS[network])
    assert tight(plain, LIMITS[kind])
    assert tight(limits(LIMITS[network], LIMITS[kind], [*some, more]), plain)


@given(profiles, st.lists(rows, max_size=4), rows, ports)
def test_one_more_row_never_allows_what_was_forbidden(network, some, more, port):
    assert CAREFUL.index(strictest(network, [*some, more])) <= CAREFUL.index(strictest(network, some))
    assert CAREFUL.index(strictest(network, some)) <= CAREFUL.index(network)
    if why_not(some, port, network) is not None:
        assert why_not([*some, more], port, network) is not None


@given(profiles, profiles, st.lists(st.tuples(profiles, profiles, st.booleans()), max_size=4))
def test_one_more_known_device_never_speeds_anything_up(network, profile, some):
    here = [Learned(kind=Kind.PLC, profile=one, owned=two, quiet=three) for one, two, three in some]
    more = Learned(kind=Kind.PLC, profile=profile, quiet=True)

    assert arp_rate(network, [*here, more]) <= arp_rate(network, here) <= LIMITS[network].arp_rate
    assert CAREFUL.index(needed(more, network)) <= CAREFUL.index(network)


def test_a_ward_stays_as_slow_as_its_most_careful_device_where_nothing_is_sent_to_one():
    passive = Learned(kind=Kind.UNKNOWN, profile=Profile.PASSIVE, quiet=True)

    assert LIMITS[Profile.OT].arp_rate == arp_rate(Profile.OFFICE, [passive])
    assert 0 == arp_rate(Profile.PASSIVE, [passive])
    assert LIMITS[Profile.OFFICE].arp_rate == arp_rate(
        Profile.OFFICE, [msgspec.structs.replace(passive, quiet=False)]
    )


def test_in_a_lab_only_the_owners_rows_hold():
    shipped, own = row(), row(id="own", by_owner=True)

    assert (own,) == in_force([shipped, own], Profile.LAB)
    assert (shipped, own) == in_force([shipped, own], Profile.OFFICE)
    assert Profile.LAB is strictest(Profile.LAB, [shipped])
    assert Profile.CLINICAL is strictest(Profile.LAB, [own])
    kind = Learned(kind=Kind.PLC, profile=Profile.OT, owned=Profile.CLINICAL)
    assert (Profile.CLINICAL, Profile.OT) == (needed(kind, Profile.LAB), needed(kind, Profile.OFFICE))


@pytest.mark.parametrize(
    ("one", "port", "want"),
    [
        (row(profile=Profile.PASSIVE), tcp(80), "nothing is sent to it"),
        (row(never=(tcp(80),)), tcp(80), "nothing is sent to tcp/80"),
        (row(), tcp(8080), "nothing is sent to tcp/8080"),
        (row(), udp(161), "nothing is sent to udp/161"),
        (row(), tcp(80), None),
        (row(profile=Profile.OT), tcp(443), None),
    ],
)
def test_a_refusal_names_row_and_reason(one, port, want):
    why = why_not([one], port, Profile.OFFICE)

    assert (want is None) == (why is None)
    assert why is None or (want in why and "on the fragile list (r)" in why and why.endswith("it dies"))


@pytest.mark.parametrize(
    ("match", "shown", "want"),
    [
        ({"vendor": "Moxa"}, {"hw.vendor": ["Moxa Technologies Corp."]}, True),
        ({"vendor": "Moxa"}, {"os.vendor": ["moxa"]}, True),
        ({"vendor": "Moxa"}, {"hw.vendor": ["Moxart"]}, False),
        ({"hw.vendor": "Moxa"}, {"os.vendor": ["Moxa"]}, False),
        ({"vendor": "Moxa", "product": "NPort"}, {"hw.vendor": ["Moxa"]}, False),
        ({"vendor": "Moxa", "product": "NPort"}, {"hw.vendor": ["Moxa"], "hw.product": ["NPort 5110"]}, True),
        ({"product": "S7-300 | S7-400"}, {"hw.model": ["SIMATIC S7-400H"]}, False),
        ({"product": "S7-300 | S7-400"}, {"hw.model": ["SIMATIC S7-400 CPU"]}, True),
        (
            {"snmp.sys_object_id": "1.3.6.1.4.1.8691.2"},
            {"snmp.sys_object_id": ["1.3.6.1.4.1.8691.2.7"]},
            True,
        ),
        (
            {"snmp.sys_object_id": "1.3.6.1.4.1.8691.2"},
            {"snmp.sys_object_id": ["1.3.6.1.4.1.8691.27"]},
            False,
        ),
        ({"snmp.sys_object_id": "3.6.1"}, {"snmp.sys_object_id": ["1.3.6.1"]}, False),
        ({"html_title": "Kiln 9"}, {"html_title": ["Kiln 9 control"]}, True),
    ],
)
def test_whole_words_are_matched_and_fields_from_their_beginning(match, shown, want):
    one = row(match=match)

    assert ((one,) if want else ()) == meant([one], shown)


def test_a_card_is_matched_by_its_first_bits_and_beside_words_both_must_hold():
    maker = row(mac=Mac("00:09:fb:00:00:00"), mac_bits=24)
    both = row(id="both", mac=maker.mac, mac_bits=24, match={"vendor": "Philips"})

    assert (maker,) == of_card([maker, both], CARD)
    assert () == of_card([row()], CARD), "a row that names nobody means nobody"
    assert (
        () == of_card([maker], None) == of_card([maker, row(match={"vendor": "x"})], Mac("02:00:00:00:00:01"))
    )
    assert (maker,) == meant([maker, both], {}, [CARD])
    assert (maker, both) == meant([maker, both], {"hw.vendor": ["Philips"]}, [CARD])
    assert () == meant([maker, both], {"hw.vendor": ["Philips"]}, [Mac("02:00:00:00:00:01")])


def test_who_is_known_at_an_address_and_who_on_a_card_both_count():
    here = Learned(kind=Kind.PLC, address=Address("10.0.0.5"), mac=CARD, profile=Profile.OT, quiet=True)
    there = Learned(kind=Kind.PRINTER, mac=Mac("02:00:00:00:00:01"), profile=Profile.CLINICAL)
    index = Index([here, there, Learned(kind=Kind.SERVER, address=Address("10.0.0.7"))])

    assert (here,) == tuple(index.of(Address("10.0.0.5"), None)) == tuple(index.of(Address("10.0.0.5"), CARD))
    assert (here,) == tuple(index.of(Address("10.0.0.9"), CARD)), "its card is followed"
    assert (here, there) == tuple(index.of(Address("10.0.0.5"), there.mac))
    assert () == tuple(index.of(Address("10.0.0.9"), None))
    assert [Address("10.0.0.5"), Address("10.0.0.7")] == list(index.addresses)
    assert {CARD} == index.followed


def test_the_gate_knows_whom_the_run_began_with_and_asks_for_cards_where_one_is_followed(scope):
    one = Learned(kind=Kind.PLC, address=Address("10.20.1.9"), mac=CARD, profile=Profile.OT, quiet=True)
    plain = msgspec.structs.replace(scope, exclusions=())
    office = scope.networks[1]
    lab = msgspec.structs.replace(office, profile=Profile.LAB)

    assert not Gate(plain).minds_cards(office)
    gate = Gate(msgspec.structs.replace(plain, learned=(one,)))
    assert gate.minds_cards(office)
    assert not gate.minds_cards(lab)
    assert ([Address("10.20.1.9")], (one,)) == (list(gate.expected), tuple(gate.learned("10.20.1.9", None)))
    owned = Gate(msgspec.structs.replace(plain, fragile=(row(mac=CARD, by_owner=True),)))
    assert owned.minds_cards(lab)
    assert "r" == owned.fragile[0].id
