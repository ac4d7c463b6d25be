from ipaddress import ip_address, ip_network
from itertools import islice, pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.scope.parse import parse
from scanner.scope.plan import size, targets

from .conftest import TEXT  # noqa: TID252 - the fixture's text is wanted at import time, for Hypothesis

NETWORK = parse(TEXT, "s").networks[0]


def network(cidr):
    return msgspec.structs.replace(NETWORK, cidr=ip_network(cidr))


@given(prefix=st.integers(20, 32), seed=st.integers(0, 2**64))
def test_every_host_comes_once(prefix, seed):
    net = network(f"10.0.0.0/{prefix}")
    assert sorted(map(str, net.cidr.hosts())) == sorted(targets(net, seed))


def test_the_order_is_stable_for_a_seed_and_differs_between_seeds():
    net = network("10.0.0.0/16")
    assert list(islice(targets(net, 7), 50)) == list(islice(targets(net, 7), 50))
    assert list(islice(targets(net, 7), 50)) != list(islice(targets(net, 8), 50))


def test_no_subnet_is_asked_twice_in_a_row():
    net = network("10.0.0.0/16")
    found = [int(ip_address(a)) >> 8 for a in islice(targets(net, 3), 5000)]
    assert all(a != b for a, b in pairwise(found))


def test_a_wide_ipv6_network_is_not_enumerated():
    with pytest.raises(ScopeError, match="too wide"):
        next(targets(network("fd00::/64"), 1))
    assert 65536 == sum(1 for _ in targets(network("fd00::/112"), 1))


def test_size_counts_hosts(scope):
    assert 254 + 254 + 1 == size(scope)
