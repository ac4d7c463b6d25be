import pytest

from scanner.discover.methods import METHODS, methods, settling
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS


@pytest.mark.parametrize(
    ("profile", "version", "near", "want"),
    [
        (Profile.PASSIVE, 4, True, []),
        (Profile.CLINICAL, 4, True, ["raw:arp"]), (Profile.CLINICAL, 4, False, []), (Profile.OT, 6, True, ["raw:nd"]),
        (Profile.OFFICE, 4, True, ["raw:arp"]), (Profile.OFFICE, 4, False, ["raw:echo", "raw:syn", "raw:udp"]),
        (Profile.LAB, 6, False, ["raw:echo6", "raw:syn", "raw:udp"]), (Profile.BENCH, 6, True, ["raw:nd"]),
    ],
)  # fmt: skip
def test_each_profile_has_its_ways_of_asking(profile, version, near, want):
    assert want == [how.source for how in methods(LIMITS[profile], Flags(), version, near=near)]


def test_a_doubtful_address_is_asked_by_anything_but_arp():
    assert ["raw:echo", "raw:syn", "raw:udp"] == [
        how.source for how in settling(LIMITS[Profile.OFFICE], Flags(), 4)
    ]
    assert () == settling(LIMITS[Profile.CLINICAL], Flags(), 4)


def test_every_method_has_a_name_of_its_own():
    assert len(METHODS) == len({how.source for how in METHODS})
