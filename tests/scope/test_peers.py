"""Which addresses are another site's: never one of ours too, and never a ward to knock on."""

from ipaddress import ip_network

import pytest

from scanner.errors import ScopeError
from scanner.model.kinds import Profile
from scanner.scope.file import Peer
from scanner.scope.parse import parse
from tests.scope.conftest import TEXT

PEER = """
[[peer]]
site = "south"
cidr = "10.30.0.0/24"
zone = "office"
profile = "office"
there = "10.20.1.0/24"

[[peer]]
site = "south"
cidr = "10.30.0.128/25"
zone = "radiology"
"""


def test_peers_are_read_and_are_no_networks_of_ours():
    scope = parse(TEXT + PEER, "s")

    office = Peer(
        site="south", cidr=ip_network("10.30.0.0/24"), zone="office", profile=Profile.OFFICE, there=ip_network("10.20.1.0/24")
    )  # fmt: skip
    radiology = Peer(site="south", cidr=ip_network("10.30.0.128/25"), zone="radiology")
    assert (office, radiology) == scope.peers
    assert Profile.PASSIVE is radiology.profile
    assert parse(TEXT, "s").networks == scope.networks


def test_a_segment_may_name_a_zone_of_a_peer():
    more = '[[segment]]\nfrom = "office"\nto = "south/radiology"\nallow = []\n'

    assert "south/radiology" == parse(TEXT + PEER + more, "s").segments[-1].target


def test_the_engagement_may_say_what_other_sites_call_it():
    named = TEXT.replace('sector = "hospital"', 'sector = "hospital"\nsite = "north"')

    assert (None, "north") == (parse(TEXT, "s").engagement.site, parse(named, "s").engagement.site)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('site = "south"', 'site = "a/b"', r":52: peer: site 'a/b' is no name of a site"),
        ('site = "south"', "site = 3", "is no name of a site"),
        ('cidr = "10.30.0.0/24"', 'cidr = "10.20.1.0/24"', r"overlaps with 10.20.1.0/24: an address that is seen here"),
        ('cidr = "10.30.0.0/24"', 'cidr = "10.30.0.1/24"', "host bits set"),
        ('cidr = "10.30.0.0/24"', 'cidr = "8.8.8.0/24"', "list public addresses one by one"),
        ('cidr = "10.30.0.128/25"', 'cidr = "10.30.0.0/24"', "overlaps with 10.30.0.0/24"),
        ('zone = "office"\nprofile = "office"\nthere', 'profile = "office"\nthere', "zone is missing"),
        ('profile = "office"\nthere', 'profile = "clinical"\nthere', "profile is one of passive, office, lab"),
        ('there = "10.20.1.0/24"', 'there = "10.20.0.0/16"', "there is of another size than 10.30.0.0/24"),
        ('there = "10.20.1.0/24"', 'their = "10.20.1.0/24"', "unknown key 'their' in peer; did you mean there"),
    ],
)  # fmt: skip
def test_a_peer_that_cannot_be_is_refused_with_its_line(old, new, told):
    assert old in PEER
    with pytest.raises(ScopeError, match=told):
        parse(TEXT + PEER.replace(old, new, 1), "s")


def test_a_name_that_no_site_can_have_is_refused():
    with pytest.raises(ScopeError, match="'not here' is no name of a site"):
        parse(TEXT.replace('sector = "hospital"', 'sector = "hospital"\nsite = "not here"'), "s")


def test_a_network_of_another_version_does_not_overlap():
    assert parse(
        TEXT + PEER.replace("10.30.0.0/24", "fd00::/120").replace("10.20.1.0/24", "fd01::/120"), "s"
    ).peers
