"""What each profile allows: safety.md's table as numbers that no edit can loosen by accident."""

from itertools import pairwise

import msgspec
import pytest

from scanner.model.kinds import Profile, Touch
from scanner.scope.profile import CAREFUL, LIMITS, careful

CEILED = ("touch", "rate_total", "rate_host", "per_host", "budget", "hosts_parallel", "arp_rate")
CEILINGS = {
    Profile.PASSIVE: (Touch.LISTEN, 0, 0, 0, 0, 0, 0),
    Profile.CLINICAL: (Touch.ASK, 50, 2, 1, 12, 4, 5),
    Profile.OT: (Touch.ASK, 20, 1, 1, 6, 2, 2),
}
LEAST_GAP = {Profile.PASSIVE: 0, Profile.CLINICAL: 1.5, Profile.OT: 3}
MOST_PORTS = {Profile.PASSIVE: 0, Profile.CLINICAL: 8, Profile.OT: 4}


def test_every_profile_has_its_limits_and_its_place_in_the_order():
    assert set(Profile) == set(LIMITS) == set(CAREFUL)
    assert len(Profile) == len(CAREFUL)


@pytest.mark.parametrize("profile", CEILINGS)
def test_the_careful_profiles_stay_as_careful_as_safety_asks(profile):
    limits = LIMITS[profile]

    loose = [
        name for name, most in zip(CEILED, CEILINGS[profile], strict=True) if getattr(limits, name) > most
    ]
    assert [] == loose
    assert limits.gap >= LEAST_GAP[profile]
    assert len(limits.ports) <= MOST_PORTS[profile]


def test_a_less_careful_profile_never_allows_less():
    for one, other in pairwise(CAREFUL):
        stricter, looser = LIMITS[one], LIMITS[other]
        for field in ("rate_total", "rate_host", "per_host", "hosts_parallel", "arp_rate"):
            assert getattr(stricter, field) <= getattr(looser, field), (one, other, field)
        if Profile.PASSIVE is not one:
            assert stricter.gap >= looser.gap
            assert (stricter.budget or 10**9) <= (looser.budget or 10**9)
            assert set(stricter.ports) <= {*looser.ports, *LIMITS[Profile.OFFICE].ports}


@pytest.mark.parametrize("profile", [Profile.PASSIVE, Profile.CLINICAL, Profile.OT])
def test_no_ward_and_no_plant_gets_a_half_open_connection_a_datagram_or_a_broadcast(profile):
    limits = LIMITS[profile]

    assert (False, (), False, False) == (limits.syn, limits.udp, limits.multicast, limits.icmp)


@pytest.mark.parametrize("profile", Profile)
def test_no_profile_knocks_on_a_port_twice(profile):
    ports = LIMITS[profile].ports

    assert sorted(set(ports)) == sorted(ports)


def test_passive_allows_nothing_at_all():
    limits = msgspec.structs.asdict(LIMITS[Profile.PASSIVE])

    assert (Touch.LISTEN, (), ()) == (limits.pop("touch"), limits.pop("ports"), limits.pop("udp"))
    assert max(one.gap for one in LIMITS.values()) == limits.pop("gap")
    assert {0} == set(limits.values())


@pytest.mark.parametrize("ceiling", Profile)
def test_a_ceiling_makes_no_network_less_careful(scope, ceiling):
    lowered = careful(scope, ceiling)

    for before, after in zip(scope.networks, lowered.networks, strict=True):
        assert CAREFUL.index(after.profile) == min(CAREFUL.index(before.profile), CAREFUL.index(ceiling))
        for field in ("cidr", "zone", "windows", "criticality", "vlan"):
            assert getattr(before, field) == getattr(after, field)
    assert msgspec.structs.replace(scope, networks=lowered.networks) == lowered
