"""When all nodes of a link may be asked at once: held against one address after another, and octet by octet."""

import struct
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Kind, Profile, Touch
from scanner.model.net import Address, Mac
from scanner.scope.file import Exclusion, Group, Learned, Network, Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import window
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import ALL_NODES
from scanner.wire.raw import group
from scanner.wire.raw.permits import ALLOWED, REFUSED, WAITS
from scanner.wire.raw.proof import ECHO_DATA

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
US, HERE = Mac("02:00:00:00:00:01"), Address("fe80::ff:fe00:1")
SHUT = (window("daily 01:00-02:00 Europe/London"),)
LINK = ("fe80::/64", "fd00::/64", "10.1.0.0/24")


def net(cidr, profile=Profile.OFFICE, zone=None, windows=(), vlan=None):
    return Network(
        cidr=ip_network(cidr),
        zone=zone or cidr,
        profile=profile,
        criticality=None,
        windows=windows,
        vlan=vlan,
    )


OFFICE = (net("fd00::/64"), net("10.1.0.0/24", Profile.LAB))


def asked(scope, networks=OFFICE, ranges=LINK, now=NOON, **more):
    scope = msgspec.structs.replace(
        scope, **{"networks": tuple(networks), "exclusions": (), "groups": (), **more}
    )
    return group.may(scope, [ip_network(one) for one in ranges], now)


def test_a_group_is_asked_where_every_network_on_the_link_allows_it(scope):
    assert group.Word(ALLOWED) == asked(scope)
    assert group.Word(ALLOWED) == asked(
        scope, [net("fd00::/48"), *OFFICE[1:], net("10.9.0.0/24", Profile.CLINICAL)]
    )
    # two halves are as good as the whole
    assert group.Word(ALLOWED) == asked(scope, [OFFICE[0], net("10.1.0.0/25"), net("10.1.0.128/25")])


def test_a_group_is_not_asked_where_somebody_on_the_link_is_known_to_need_more_care(scope):
    def known(address, **more):
        return Learned(kind=Kind.PLC, address=address, **{"profile": Profile.OT, "quiet": True, **more})

    word = asked(scope, learned=(known(Address("fd00::5")),))
    assert (REFUSED, True) == (word.code, "fd00::5 is on the link and known to need profile ot" in word.why)
    others = (
        known(Address("10.1.0.5")),  # a lab is its owner's affair
        known(Address("fd00:1::5")),
        known(None, mac=US),
        known(Address("fd00::6"), quiet=False),
        known(Address("fd00::7"), profile=Profile.BENCH),
    )
    assert group.Word(ALLOWED) == asked(scope, learned=others)
    assert REFUSED == asked(scope, learned=(known(Address("10.1.0.5"), owned=Profile.CLINICAL),)).code


@pytest.mark.parametrize(
    ("networks", "ranges", "why"),
    [
        ([*OFFICE, net("10.1.0.128/25", Profile.CLINICAL)], LINK, "profile clinical of 10.1.0.128/25"),
        ([*OFFICE, net("fd00::7:0/112", Profile.OT)], LINK, "profile ot of fd00::7:0/112"),
        ([*OFFICE, net("fd00::7:0/112", Profile.PASSIVE)], LINK, "profile passive of fd00::7:0/112"),
        ([*OFFICE, net("fe80::/10", Profile.CLINICAL)], LINK, "profile clinical of fe80::/10"),
        ([net("fd00::/64"), net("10.0.0.0/8", Profile.CLINICAL)], LINK, "profile clinical of 10.0.0.0/8"),
        (
            [*OFFICE, net("10.9.0.0/24", Profile.CLINICAL, "fd00::/64")],
            LINK,
            "profile clinical of 10.9.0.0/24",
        ),
        (
            [net("fd00::/64", vlan=7), OFFICE[1], net("10.9.0.0/24", Profile.OT, vlan=7)],
            LINK,
            "profile ot of 10.9.0.0/24",
        ),
        (OFFICE, (*LINK, "192.168.5.0/24"), "192.168.5.0/24 is on the link and in no network"),
        ([OFFICE[0], net("10.1.0.0/25")], LINK, "10.1.0.0/24 is on the link and in no network"),
        (OFFICE, (*LINK, "::/0"), "::/0 is on the link"),
        ([OFFICE[1]], ("fe80::/64", "10.1.0.0/24"), "no IPv6 network"),
        (OFFICE, (), "no IPv6 network"),
    ],
)
def test_one_network_on_the_link_that_does_not_is_enough_to_ask_nobody(scope, networks, ranges, why):
    word = asked(scope, networks, ranges)

    assert REFUSED == word.code
    assert why in word.why


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            {"exclusions": (Exclusion(reason="never", mac=Mac("00:09:fb:00:00:00"), mac_bits=24),)},
            "may be on the link",
        ),
        (
            {"exclusions": (Exclusion(reason="never", cidr=ip_network("10.1.0.9")),)},
            "10.1.0.9/32 is excluded",
        ),
        ({"exclusions": (Exclusion(reason="never", cidr=ip_network("fd00::/16")),)}, "fd00::/16 is excluded"),
        (
            {"groups": (Group(name="bed 7", addresses=(Address("10.1.0.7"), Address("10.1.0.8"))),)},
            "group bed 7",
        ),
    ],
)
def test_where_somebody_must_be_left_alone_all_are(scope, more, why):
    word = asked(scope, **more)

    assert REFUSED == word.code
    assert why in word.why


def test_what_is_excluded_elsewhere_forbids_nothing(scope):
    far = (
        Exclusion(reason="never", cidr=ip_network("10.2.0.9")),
        Exclusion(reason="never", hostname="vent-*"),
    )

    assert group.Word(ALLOWED) == asked(scope, exclusions=far)


def test_windows_and_expiry_hold_for_all_of_the_link(scope):
    shut = [OFFICE[0], net("10.1.0.0/24", Profile.LAB, windows=SHUT)]

    assert (WAITS, "no window of 10.1.0.0/24 is open now") == (
        asked(scope, shut).code,
        asked(scope, shut).why,
    )
    assert ALLOWED == asked(scope, shut, now=datetime(2026, 12, 2, 1, 30, tzinfo=UTC)).code
    late = asked(scope, now=scope.engagement.valid_until)
    assert REFUSED == late.code
    assert "the engagement is valid from" in late.why
    # refused for one is refused, however soon a window of another opens
    both = asked(scope, shut, now=scope.engagement.valid_until)
    assert REFUSED == both.code


def test_a_ward_that_two_signed_is_not_asked_either(scope):
    signers = tuple(Signer(principal=one, key=one) for one in ("a", "b"))
    authority = msgspec.structs.replace(scope.authority, signers=signers)
    flags = msgspec.structs.replace(scope.flags, icmp_echo=True)

    word = asked(scope, [net("fd00::/64", Profile.CLINICAL), OFFICE[1]], authority=authority, flags=flags)

    assert REFUSED == word.code


cidrs = st.builds(
    lambda base, bits: ip_network((int(ip_address("fd00::")) + (base >> (128 - bits) << (128 - bits)), bits)),
    st.integers(0, 31),
    st.integers(123, 128),
)
networks = st.lists(
    st.builds(net, cidrs, st.sampled_from(Profile), windows=st.sampled_from([(), SHUT])), max_size=5
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nets=networks, ranges=st.lists(cidrs, max_size=3), excluded=st.lists(cidrs, max_size=1))
@example(
    nets=[net("fd00::/123", Profile.LAB)],
    ranges=[ip_network("fd00::8/125")],
    excluded=[ip_network("fd00::/125")],
)
def test_nobody_on_the_link_is_asked_together_with_others_but_for_whom_the_gate_says_so(
    scope, nets, ranges, excluded
):
    """Every address on the link: in a network whose profile allows groups, not excluded, and open now."""
    scope = msgspec.structs.replace(
        scope,
        networks=tuple({one.cidr: one for one in nets}.values()),
        exclusions=tuple(Exclusion(reason="never", cidr=one) for one in excluded),
        groups=(),
    )
    gate = Gate(scope)
    here = [address for one in ranges for address in map(str, one)]
    told = [gate.may(one, port=None, touch=Touch.KNOCK, now=NOON) for one in here]
    lawful = [one.network is not None and LIMITS[one.network.profile].multicast for one in told]

    word = group.may(scope, ranges, NOON)

    free = bool(here) and all(lawful) and all(one.allowed or one.waits for one in told)
    want = REFUSED if not free else WAITS if any(one.waits for one in told) else ALLOWED
    assert want == word.code


def test_tries_are_those_of_the_most_careful_on_the_link(scope):
    scope = msgspec.structs.replace(scope, networks=OFFICE)
    ranges = [ip_network(one) for one in LINK]

    assert [1, 2, 2] == [group.tries(scope, ranges, wished) for wished in (1, 2, 9)]


def test_the_frame_that_scapy_crafts_is_the_only_one_that_passes(craft):
    sender = {"mac": US, "source": HERE, "vlan": None}
    said = {
        "key": "",
        "method": "nodes",
        "sender": sender,
        "card": group.CARD,
        "target": ALL_NODES,
        "port": 0,
    }
    (frame,) = craft([{**said, "proof": 0x89ABCDEF, "data": ""}])

    assert group.is_it(frame, US, HERE, 0x89ABCDEF)
    want = "333300000001 020000000001 86dd 60000000 0022 3a 01 fe800000000000000000000000ff fe00 0001"
    assert want.replace("fe800000000000000000000000ff fe00 0001", "").replace(" ", "") == frame[:22].hex()
    assert ip_address(HERE).packed + ip_address(ALL_NODES).packed == frame[22:54]
    assert b"\x80\x00" + frame[56:58] + struct.pack("!HH", 0xCDEF, 0x89AB) + ECHO_DATA == frame[54:]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    proof=st.integers(0, 2**32 - 1), at=st.integers(0, 87), other=st.integers(1, 255), cut=st.integers(0, 87)
)
def test_no_octet_of_it_may_be_another(proof, at, other, cut):
    frame = bytearray(group._plain(US, HERE, proof))

    assert group.is_it(bytes(frame), US, HERE, proof)
    assert not group.is_it(bytes(frame[:cut]), US, HERE, proof)
    assert not group.is_it(bytes(frame) + b"\0", US, HERE, proof)
    frame[at] ^= other
    assert not group.is_it(bytes(frame), US, HERE, proof)
