"""Known devices that need more care than their network: what frames of ours may do is only ever less for them."""

from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Mac
from scanner.scope.file import Fragile, Learned, Network
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Method
from scanner.wire.raw.order import space
from scanner.wire.raw.permits import REFUSED, Cards, Permits
from scanner.wire.raw.spare import cards, quiet, spared

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
CARD, MAKER = Mac("02:00:00:00:00:07"), Mac("00:09:fb:01:02:03")
MONITOR, KILN, PRINTER = Address("10.2.0.5"), Address("10.2.0.6"), Address("10.2.0.7")
KNOWN = (
    Learned(kind=Kind.PATIENT_MONITOR, address=MONITOR, mac=CARD, profile=Profile.CLINICAL, quiet=True),
    Learned(kind=Kind.UNKNOWN, address=KILN, profile=Profile.PASSIVE, owned=Profile.PASSIVE, quiet=True),
    Learned(kind=Kind.PRINTER, address=PRINTER, profile=Profile.CLINICAL),
    Learned(kind=Kind.LAPTOP, address=Address("10.2.0.8")),
    Learned(kind=Kind.PLC, address=Address("172.16.0.1"), profile=Profile.OT, quiet=True),
    Learned(kind=Kind.PLC, mac=Mac("02:00:00:00:00:09"), profile=Profile.OT, quiet=True),
)


def network(profile=Profile.OFFICE, cidr="10.2.0.0/28"):
    return Network(cidr=ip_network(cidr), zone="z", profile=profile, criticality=None, windows=(), vlan=None)


@pytest.fixture
def here(scope):
    def make(learned=KNOWN, profile=Profile.OFFICE, **more):
        return msgspec.structs.replace(
            scope, networks=(network(profile),), exclusions=(), learned=tuple(learned), **more
        )

    return make


def permits(scope, method, targets=("10.2.0.0/28",)):
    among = space(targets)
    ports = (22,) if method is Method.SYN else (161,) if method is Method.UDP else ()
    return among, Permits(scope, Gate(scope), among, method, ports, {})


def refused(scope, method):
    among, bulk = permits(scope, method)
    codes = bulk.codes(np.arange(among.size), np.zeros(among.size, np.int64), NOON)
    found = among.addresses(np.flatnonzero(codes == REFUSED))[1].tolist()
    return {Address(str(ip_address(one))) for one in found}


@pytest.mark.parametrize("method", [Method.ECHO, Method.SYN, Method.UDP])
def test_no_echo_no_syn_and_no_datagram_goes_to_who_needs_more_care(here, method):
    assert {MONITOR, KILN, PRINTER} == refused(here(), method) - refused(here(()), method)


def test_arp_asks_all_but_those_to_whom_nothing_is_sent_and_as_slowly_as_they_bear(here):
    assert {KILN} == refused(here(), Method.ARP) - refused(here(()), Method.ARP)
    rates = {
        name: permits(here(known), Method.ARP)[1].pace(1e6, 9, NOON).rate
        for name, known in (("all", KNOWN), ("monitor", KNOWN[:1]), ("printer", KNOWN[2:4]))
    }
    office = LIMITS[Profile.OFFICE].arp_rate
    assert {"all": LIMITS[Profile.OT].arp_rate, "monitor": 5, "printer": office} == rates


def test_a_lab_is_its_owners_affair_and_so_is_what_its_owner_says_of_it(here):
    lab = here(profile=Profile.LAB)

    assert {KILN} == refused(lab, Method.SYN) - refused(here((), Profile.LAB), Method.SYN)
    assert LIMITS[Profile.OT].arp_rate == quiet(lab, Gate(lab), lab.networks[0])
    plain = here(KNOWN[:1], Profile.LAB)
    assert LIMITS[Profile.LAB].arp_rate == quiet(plain, Gate(plain), plain.networks[0])


def test_a_card_is_spared_at_whatever_address_it_is(here):
    own = Fragile(id="own", mac=Mac("02:00:00:00:01:00"), mac_bits=40, reason="r", source="s", by_owner=True)
    office, lab = here(fragile=(own,)), here(profile=Profile.LAB, fragile=(own,))
    asked = np.array(
        [int(one.replace(":", ""), 16) for one in (CARD, MAKER, own.mac, "02:99:00:00:00:01")], np.uint64
    )

    assert [False, False, False, True] == Cards(office, cards(office, office.networks)).allowed(
        asked, groups=False
    ).tolist()
    assert [True, True, False, True] == Cards(lab, cards(lab, lab.networks)).allowed(
        asked, groups=False
    ).tolist()


profiles = st.sampled_from(Profile)
known = st.builds(
    Learned,
    kind=st.just(Kind.PLC),
    address=st.none() | st.integers(0, 40).map(lambda at: Address(f"10.2.0.{at}")),
    mac=st.none() | st.just(CARD),
    profile=profiles,
    owned=profiles,
    quiet=st.booleans(),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    profile=profiles,
    some=st.lists(known, max_size=4),
    more=known,
    method=st.sampled_from([Method.ARP, Method.ECHO, Method.SYN, Method.UDP]),
)
def test_one_more_known_device_never_lets_a_frame_out_or_faster(here, profile, some, more, method):
    less, scope = here(some, profile), here([*some, more], profile)
    among, before = permits(less, method)
    _, after = permits(scope, method)
    every, zeros = np.arange(among.size), np.zeros(among.size, np.int64)

    was, now = before.codes(every, zeros, NOON), after.codes(every, zeros, NOON)
    assert not ((was == REFUSED) & (now != REFUSED)).any()
    assert after.pace(1e6, 9, NOON).rate <= before.pace(1e6, 9, NOON).rate
    assert set(cards(less, less.networks)) <= set(cards(scope, scope.networks))
    assert set(spared(less, Gate(less), among, method)) <= set(spared(scope, Gate(scope), among, method))
