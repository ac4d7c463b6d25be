"""The order of asking: everyone once, neighbours apart, and the same for the same seed."""

from ipaddress import ip_address, ip_network
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.wire.raw import order as ordering
from scanner.wire.raw.order import MOST, Order, space

nets4 = st.builds(
    lambda base, prefix: f"{ip_address(base >> (32 - prefix) << (32 - prefix))}/{prefix}",
    st.integers(0x0A000000, 0x0A000FFF),
    st.integers(23, 32),
)
nets6 = st.builds(
    lambda base, prefix: f"{ip_address((0xFD << 120) + (base >> (128 - prefix) << (128 - prefix)))}/{prefix}",
    st.integers(0, 0xFFF),
    st.integers(120, 128),
)
targets = st.one_of(st.lists(nets4, min_size=1, max_size=6), st.lists(nets6, min_size=1, max_size=6))


def hosts(wanted):
    """Straight from the definition: no network's own and no broadcast address, where there are such."""
    found = set()
    for text in wanted:
        network = ip_network(text)
        inner = network.version == 4 and network.prefixlen < 31
        found |= set(map(int, network)) - (
            {int(network.network_address), int(network.broadcast_address)} if inner else set()
        )
    return sorted(found)


def whole(high, low):
    return [(above << 64) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


@settings(deadline=None)
@given(wanted=targets, other=st.integers(0, 2**32 - 1))
def test_a_space_numbers_every_host_once_and_finds_it_again(wanted, other):
    among, want = space(wanted), hosts(wanted)
    got = whole(*among.addresses(np.arange(among.size)))
    assert want == got
    assert list(range(among.size)) == [among.index(one) for one in got]
    assert (other in want) == (among.index(other) is not None)
    assert sum(one < other for one in want) == among.rank(other)


@pytest.mark.parametrize("listed", [0, 10**6])
@settings(deadline=None, max_examples=50)
@given(wanted=targets, ports=st.integers(1, 4), seed=st.integers(0, 2**32))
def test_every_address_comes_once_on_every_port_and_is_found_again(listed, wanted, ports, seed):
    ordering.LISTED, kept = listed, ordering.LISTED
    try:
        order = Order(space(wanted), ports, seed)
    finally:
        ordering.LISTED = kept
    places = np.arange(order.total)
    indexes, numbers = order.at(places)
    pairs = list(zip(indexes.tolist(), numbers.tolist(), strict=True))
    assert order.total == len(set(pairs))
    assert places.tolist() == [order.place(*pair) for pair in pairs]
    rounds = indexes.reshape(ports, order.size)
    assert all(order.size == len(set(one.tolist())) for one in rounds)


@settings(deadline=None, max_examples=60)
@given(wanted=st.lists(nets4, min_size=2, max_size=6), seed=st.integers(0, 1000))
def test_two_of_one_slash_24_never_follow_each_other_while_another_has_any(wanted, seed):
    among = space(wanted)
    order = Order(among, 1, seed)
    _, low = among.addresses(order.at(np.arange(order.total))[0])
    groups = (low >> np.uint64(8)).tolist()
    for at, (one, following) in enumerate(pairwise(groups)):
        assert one != following or set(groups[at + 1 :]) == {one}


@pytest.mark.parametrize("text", ["10.0.0.0/19", "10.0.0.0/16", "10.0.0.0/8"])
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_nor_do_they_where_no_list_is_held(text, seed):
    among = space([text])
    order = Order(among, 3, seed)
    for begin in (0, among.size - 1000, order.total - 3000):
        _, low = among.addresses(order.at(np.arange(begin, begin + 3000))[0])
        subnets = low >> np.uint64(8)
        assert not (subnets[1:] == subnets[:-1]).any()


def test_a_seed_is_an_order():
    among = space(["10.0.0.0/16"])
    first, again, other = (Order(among, 2, seed).at(np.arange(500))[0].tolist() for seed in (4, 4, 5))
    assert (True, False) == (first == again, first == other)


def test_ports_are_mixed():
    order = Order(space(["10.0.0.0/16"]), 4, 1)
    _, ports = order.at(np.arange(1000))
    assert {0, 1, 2, 3} == set(ports.tolist())


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ([], "one IP version"),
        (["10.0.0.0/24", "fd00::1"], "one IP version"),
        (["10.0.0.1/24"], "host bits"),
        (["nonsense"], "nonsense"),
        (["fd00::/64"], "too many"),
        (["0.0.0.0/1"], "too many"),
    ],
)
def test_what_cannot_be_asked_one_by_one_is_refused(wanted, word):
    with pytest.raises(ScopeError, match=word):
        space(wanted)


def test_addresses_times_ports_have_a_bound():
    among = space(["10.0.0.0/8"])
    Order(among, MOST // among.size, 0)
    with pytest.raises(ScopeError, match="too many for one ask"):
        Order(among, MOST // among.size + 1, 0)
