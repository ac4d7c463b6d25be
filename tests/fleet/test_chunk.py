"""What a queue asks for can only make a sensor's scope smaller."""

from ipaddress import ip_network

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.fleet.chunk import MOST, narrow, parts
from scanner.model.kinds import Touch
from scanner.model.net import Address
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from tests.store.test_keep import TEXT

SCOPE = parse(TEXT.replace("10.1.0.0/24", "10.1.0.0/16"), "scope.toml")
NESTED = parse(
    TEXT + '\n[[network]]\ncidr = "10.1.0.16/28"\nzone = "ward"\nprofile = "clinical"\n', "scope.toml"
)


def test_a_network_is_cut_into_chunks_that_are_the_whole_of_it():
    found = list(parts(SCOPE.networks[0].cidr))

    assert {MOST} == {part.num_addresses for part in found}
    assert (256, [ip_network("10.1.0.0/16")]) == (len(found), list(collapse(found)))


def collapse(found):
    from ipaddress import collapse_addresses

    return collapse_addresses(found)


@pytest.mark.parametrize("cidr", ["10.1.0.0/28", "fd00::/64"])
def test_what_is_small_or_cannot_be_walked_is_one_chunk(cidr):
    (network,) = parse(TEXT.replace("10.1.0.0/24", cidr), "scope.toml").networks

    assert [ip_network(cidr)] == list(parts(network.cidr))


def test_a_scope_made_narrow_keeps_all_its_rules():
    one = narrow(SCOPE, "10.1.7.0/24")

    assert (SCOPE.networks, SCOPE.networks) == (one.networks, one.looked)
    assert SCOPE == msgspec.structs.replace(one, only=None)
    assert "10.1.7.0/24" == str(one.only)


def test_nothing_outside_of_the_chunk_is_touched():
    gate = Gate(narrow(SCOPE, "10.1.7.0/24"))
    now = SCOPE.engagement.valid_from

    inside, outside = (
        gate.may(Address(one), port=None, touch=Touch.KNOCK, now=now) for one in ("10.1.7.9", "10.1.8.9")
    )

    assert inside.allowed
    assert "10.1.8.9 is not in 10.1.7.0/24, the part of its network that is looked at now" == outside.reason


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_no_chunk_reaches_outside_of_the_scope(start, length):
    part = ip_network((start, length), strict=False)
    try:
        only = narrow(SCOPE, str(part)).only
    except ScopeError:
        assert not part.subnet_of(ip_network("10.1.0.0/16"))
    else:
        assert only.subnet_of(ip_network("10.1.0.0/16"))


@pytest.mark.parametrize("chunk", ["", "10.1.0.7/24", "0.0.0.0/0", "::/0", "10.2.0.0/24", "x" * 500])
def test_what_is_not_ours_is_refused(chunk):
    with pytest.raises(ScopeError, match="the centre asked for it"):
        narrow(SCOPE, chunk)


def test_a_network_within_a_network_is_not_looked_at_by_the_outer_one_s_rules():
    with pytest.raises(ScopeError, match="rules of their own"):
        narrow(NESTED, "10.1.0.0/24")


def test_the_inner_one_is_looked_at_by_its_own_rules():
    (network,) = narrow(NESTED, "10.1.0.16/29").looked

    assert "ward" == network.zone
