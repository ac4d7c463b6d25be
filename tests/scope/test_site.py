"""Another site's scope is read under its name, and the networks that ours names of others are never scanned."""

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address
from scanner.scope.file import Peer
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.site import at_home, beside, called, named, ours, peer, theirs, within
from tests.bundle.conftest import OWNER, SCOPE


def test_zones_networks_and_critical_assets_bear_the_site():
    scope = within(parse(SCOPE.format(name="n", owner=OWNER, weight=20), "x"), "north")

    assert ["north/ward", "north/office"] == [one.zone for one in scope.networks]
    assert {"north"} == {one.site for one in (*scope.networks, *scope.critical)}
    assert [("north/office", "north/ward")] == [(one.source, one.target) for one in scope.segments]
    assert "north/ward" == named("north", "ward")


PEERS = """
[[peer]]
site = "south"
cidr = "10.30.0.0/24"
zone = "office"
profile = "office"
[[peer]]
site = "south"
cidr = "10.30.0.128/25"
zone = "ward"
[[segment]]
from = "office"
to = "south/office"
allow = []
"""


def _scope():
    return parse(SCOPE.format(name="n", owner=OWNER, weight=20) + PEERS, "x")


def test_segments_into_a_peer_keep_its_name():
    assert ("north/office", "south/office") == tuple(
        getattr(within(_scope(), "north").segments[-1], end) for end in ("source", "target")
    )


def test_the_gate_refuses_a_peer_unless_it_is_asked_beside_the_networks():
    scope, at = _scope(), Address("10.30.0.5")
    now = scope.engagement.valid_from
    apart, both = Gate(scope), Gate(beside(scope))

    assert not apart.may(at, port="tcp/445", touch=Touch.KNOCK, now=now).allowed
    assert both.may(at, port="tcp/445", touch=Touch.KNOCK, now=now).allowed
    # the more specific one is passive
    assert not both.may(Address("10.30.0.200"), port="tcp/445", touch=Touch.KNOCK, now=now).allowed
    assert ("south/office", "south") == (both.network(at).zone, both.network(at).site)


def test_a_scope_without_peers_stays_as_it_is():
    scope = parse(SCOPE.format(name="n", owner=OWNER, weight=20), "x")

    assert scope is beside(scope)
    assert peer(scope, Address("10.30.0.5")) is None


def test_the_most_specific_peer_holds_an_address():
    found = [peer(_scope(), Address(one)) for one in ("10.30.0.5", "10.30.0.200", "10.31.0.1", "fd00::1")]

    assert ["office", "ward", None, None] == [one and one.zone for one in found]


@given(st.sampled_from([24, 28, 32]), st.integers(0, 255))
def test_an_address_goes_there_and_back(bits, offset):
    one = Peer(
        site="s", zone="z", profile=Profile.PASSIVE, cidr=ip_network(f"100.64.1.0/{bits}"), there=ip_network(f"10.0.0.0/{bits}")
    )  # fmt: skip
    seen = Address(str(one.cidr.network_address + offset % one.cidr.num_addresses))

    assert seen == ours(one, theirs(one, seen))
    assert ip_address(theirs(one, seen)) in one.there
    assert ours(one, Address("10.0.1.1")) is None
    assert ours(one, Address("fe80::1%eth0")) is None


def test_without_a_translation_an_address_is_the_same_on_both_sides():
    (one, *_) = _scope().peers

    assert ("10.30.0.5", "10.30.0.5") == (theirs(one, Address("10.30.0.5")), ours(one, Address("10.30.0.5")))


def test_where_another_site_speaks_of_us_its_words_for_our_zones_are_ours():
    told = at_home(within(_scope(), "north"), "south")

    assert ["office", "ward"] == [called(one) for one in told.peers]
    assert ("north/office", "office") == (told.segments[-1].source, told.segments[-1].target)
    assert [None, None] == [one.site for one in beside(told).networks[-2:]]
    assert within(_scope(), "north") == at_home(within(_scope(), "north"), "east")
