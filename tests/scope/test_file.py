"""On whose word a scope file stands: two people, each with a key of their own, whose keys count today."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.kinds import Profile
from scanner.scope.file import UNSIGNED, Authority, Signer

NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def signer(principal, key, after=None, before=None):
    return Signer(principal=principal, key=key, valid_after=after, valid_before=before)


@pytest.mark.parametrize(
    ("signers", "want"),
    [
        ([], False),
        ([("ann", "A")], False),
        ([("ann", "A"), ("bob", "B")], True),
        ([("ann", "A"), ("ann", "B")], False),
        ([("ann", "A"), ("bob", "A")], False),
        ([("ann", "A"), ("ann", "B"), ("bob", "A")], True),
        ([("ann", "A"), ("bob", "B", None, NOW)], False),
        ([("ann", "A"), ("bob", "B", None, NOW + HOUR)], True),
        ([("ann", "A"), ("bob", "B", NOW + HOUR, None)], False),
        ([("ann", "A"), ("bob", "B", NOW, None)], True),
    ],
)
def test_two_signed_when_two_people_used_two_keys_that_count_now(signers, want):
    authority = Authority(signers=tuple(signer(*one) for one in signers))

    assert want is authority.by_two(NOW)


def test_an_unsigned_file_and_strangers_count_for_nothing():
    assert not UNSIGNED.by_two(NOW)
    assert () == Authority(strangers=("SHA256:a", "SHA256:b")).valid(NOW)


def test_those_who_signed_are_named_once_in_order():
    authority = Authority(
        signers=(signer("bob", "B"), signer("ann", "A"), signer("bob", "C"), signer("eve", "E", NOW + HOUR))
    )

    assert ["ann", "bob"] == list(authority.names(NOW))


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("XYZ")), max_size=5),
    st.tuples(st.sampled_from("abc"), st.sampled_from("XYZ")),
)
def test_one_more_signature_never_takes_authority_away(signers, more):
    before = Authority(signers=tuple(signer(*one) for one in signers))
    after = Authority(signers=(*before.signers, signer(*more)))

    assert after.by_two(NOW) >= before.by_two(NOW)


@pytest.mark.parametrize("profile", Profile)
def test_clinical_and_plant_networks_need_signatures_also_where_a_run_is_more_careful(scope, profile):
    written = msgspec.structs.replace(scope.networks[1], profile=profile)
    want = profile in {Profile.CLINICAL, Profile.OT}

    assert want is written.needs_signatures
    assert want is msgspec.structs.replace(written, profile=Profile.PASSIVE, written=profile).needs_signatures


@pytest.mark.parametrize(
    ("only", "want"),
    [
        (None, ["10.20.0.0/24", "10.20.1.0/24", "10.20.1.8/32"]),
        ("10.20.1.0/25", ["10.20.1.0/24"]),
        ("10.20.1.8/32", ["10.20.1.8/32"]),
        ("10.21.0.0/24", []),
    ],
)
def test_a_run_that_is_told_to_look_at_a_part_looks_at_the_innermost_network_around_it(only, want, scope):
    part = msgspec.structs.replace(scope, only=ip_network(only) if only else None)

    assert want == [str(one.cidr) for one in part.looked]
