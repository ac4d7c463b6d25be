"""The gate's word in bulk is the gate's word one by one."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Kind, Profile, Touch
from scanner.model.net import Address, Mac, tcp, udp
from scanner.scope.file import Exclusion, Known, Network, Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import window
from scanner.scope.profile import LIMITS
from scanner.wire.never import why_not
from scanner.wire.pipe import Method
from scanner.wire.raw.order import space
from scanner.wire.raw.permits import ALLOWED, REFUSED, WAITS, Cards, Permits, law

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
WINDOWS = ((), (window("daily 11:30-12:30 Europe/London"),), (window("Sat 22:00-04:00 Europe/Berlin"),))

cidrs = st.builds(
    lambda base, prefix: ip_network((base >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(0x0A000000, 0x0A0001FF),
    st.integers(22, 32),
)
networks = st.builds(
    lambda cidr, profile, windows: Network(
        cidr=cidr, zone="z", profile=profile, criticality=None, windows=windows, vlan=None
    ),
    cidrs,
    st.sampled_from(Profile),
    st.sampled_from(WINDOWS),
)
exclusions = st.builds(lambda cidr: Exclusion(reason="never", cidr=cidr), cidrs)
moments = st.integers(0, 40 * 24 * 60).map(
    lambda minutes: datetime(2026, 11, 25, tzinfo=UTC) + timedelta(minutes=minutes)
)
PORTS = (22, 445, 515, 9100, 161, 60000)


def scoped(scope, nets, excluded=()):
    """Each range once: of two networks with one range the file's reader keeps neither."""
    unique = {net.cidr: net for net in nets}
    return msgspec.structs.replace(scope, networks=tuple(unique.values()), exclusions=tuple(excluded))


def permits(scope, method=Method.ARP, targets=("10.0.0.0/22",), ports=(), cards=None):
    among = space(targets)
    return among, Permits(scope, Gate(scope), among, method, ports, cards or {})


def everyone(among, number=0):
    indexes = np.arange(among.size)
    return indexes, np.full(among.size, number)


def texts(among):
    return [Address(str(ip_address(one))) for one in among.addresses(np.arange(among.size))[1].tolist()]


def word(decision):
    return WAITS if decision.waits else ALLOWED if decision.allowed else REFUSED


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nets=st.lists(networks, min_size=1, max_size=5),
    excluded=st.lists(exclusions, max_size=4),
    when=st.lists(moments, min_size=1, max_size=3),
)
def test_in_bulk_the_gate_says_what_it_says_of_each_address(scope, nets, excluded, when):
    here = scoped(scope, nets, excluded)
    gate = Gate(here)
    among, bulk = permits(here)
    for now in when:
        got = bulk.codes(*everyone(among), now).tolist()
        assert [word(gate.may(one, port=None, touch=Touch.KNOCK, now=now)) for one in texts(among)] == got


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nets=st.lists(networks, min_size=1, max_size=4),
    excluded=st.lists(exclusions, max_size=3),
    now=moments,
    method=st.sampled_from([Method.SYN, Method.UDP]),
)
def test_ports_are_those_that_gate_profile_and_never_list_allow_together(scope, nets, excluded, now, method):
    here = scoped(scope, nets, excluded)
    gate, to = Gate(here), tcp if method is Method.SYN else udp
    hostless = {
        str(edge)
        for net in here.networks
        if net.cidr.prefixlen < 31
        for edge in (net.cidr.network_address, net.cidr.broadcast_address)
    }
    among, bulk = permits(here, method, ports=PORTS)
    for number, port in enumerate(PORTS):
        got = bulk.codes(*everyone(among, number), now).tolist()
        for address, code in zip(texts(among), got, strict=True):
            decision = gate.may(address, port=to(port), touch=Touch.KNOCK, now=now)
            network = decision.network
            if (
                network is None
                or address in hostless
                or network.needs_signatures
                or why_not(to(port), network.profile)
                or not getattr(LIMITS[network.profile], method.value)
            ):
                assert code == REFUSED
            else:
                assert code == word(decision)


def test_a_window_that_closes_is_minded_at_the_minute_and_an_engagement_at_its_end(scope):
    net = Network(
        cidr=ip_network("10.0.0.0/24"),
        zone="z",
        profile=Profile.LAB,
        criticality=None,
        windows=(window("daily 11:30-12:30 UTC"),),
        vlan=None,
    )
    here = scoped(scope, [net])
    end = here.engagement.valid_until
    among, bulk = permits(here, targets=("10.0.0.7",))
    said = [
        int(bulk.codes(*everyone(among), at)[0])
        for at in (
            NOON,
            NOON.replace(minute=29, second=59, microsecond=999999),
            NOON.replace(minute=30),
            NOON,  # a clock that is set back is minded too
            end.replace(hour=12) - timedelta(days=1),
            end,
        )
    ]
    assert [ALLOWED, ALLOWED, WAITS, ALLOWED, ALLOWED, REFUSED] == said


def test_a_key_that_runs_out_stops_the_ward_at_that_moment(scope):
    until = NOON + timedelta(seconds=20)
    signers = tuple(
        Signer(principal=name, key=name, valid_before=until if name == "b" else None) for name in ("a", "b")
    )
    authority = msgspec.structs.replace(scope.authority, signers=signers)
    here = msgspec.structs.replace(scope, authority=authority)
    among, bulk = permits(here, targets=("10.1.0.7",))
    codes = [int(bulk.codes(*everyone(among), at)[0]) for at in (NOON, until - timedelta(seconds=1), until)]
    gate = Gate(here)
    want = [
        word(gate.may(Address("10.1.0.7"), port=None, touch=Touch.KNOCK, now=at))
        for at in (NOON, until - timedelta(seconds=1), until)
    ]
    assert want == codes
    assert REFUSED == codes[-1]


@pytest.mark.parametrize(
    ("third", "method", "allowed"),
    [
        (1, Method.ECHO, False), (1, Method.SYN, False), (1, Method.UDP, False),
        (4, Method.ECHO, False), (4, Method.SYN, False), (4, Method.UDP, False),
        (2, Method.ECHO, True), (2, Method.SYN, True), (2, Method.UDP, True),
        (3, Method.ECHO, True), (3, Method.SYN, True), (3, Method.UDP, True),
    ],
)  # fmt: skip
def test_wards_and_plants_get_no_echo_no_syn_and_no_datagram(scope, third, method, allowed):
    ports = () if method is Method.ECHO else (161,) if method is Method.UDP else (22,)
    among, bulk = permits(scope, method, (f"10.{third}.0.7",), ports)
    assert allowed == bool(bulk.codes(*everyone(among), NOON)[0] == ALLOWED)
    assert allowed == (bulk.why_none(NOON) is None)


def test_an_echo_reaches_a_ward_only_by_the_scopes_word_and_only_the_known(scope):
    flags = msgspec.structs.replace(scope.flags, icmp_echo=True)
    known = (
        Known(kind=Kind.PACS, address=Address("10.1.0.3")),
        Known(kind=Kind.PACS, mac=Mac("02:00:00:00:00:05")),
    )
    cards = {Address("10.1.0.5"): Mac("02:00:00:00:00:05"), Address("10.1.0.6"): Mac("02:00:00:00:00:06")}
    here = msgspec.structs.replace(scope, flags=flags, known=known)
    among, bulk = permits(here, Method.ECHO, ("10.1.0.0/29",), cards=cards)
    codes = zip(texts(among), bulk.codes(*everyone(among), NOON).tolist(), strict=True)
    assert ["10.1.0.3", "10.1.0.5"] == [one for one, code in codes if code == ALLOWED]


@pytest.mark.parametrize(
    ("targets", "method", "rate", "tries"),
    [
        (("10.3.0.0/24",), Method.ARP, 1000, 9),
        (("10.2.0.0/24",), Method.ARP, 10, 3),
        (("10.2.0.0/24", "10.3.0.0/24"), Method.ARP, 10, 3),
        (("10.2.0.0/24",), Method.SYN, 1000, 3),
        (("10.2.0.0/24",), Method.UDP, 1000, 1),
        (("10.3.0.0/24",), Method.UDP, 5000, 9),
        (("10.9.0.0/24",), Method.ARP, 99999, 9),
    ],
)
def test_the_most_careful_network_sets_the_pace(scope, targets, method, rate, tries):
    ports = {Method.SYN: (22,), Method.UDP: (161,)}.get(method, ())
    _, bulk = permits(scope, method, targets, ports)
    pace = bulk.pace(99999, 9, NOON)
    assert (rate, tries) == (pace.rate, pace.tries)


def test_a_slower_wish_stays_slower(scope):
    _, bulk = permits(scope, targets=("10.3.0.0/24",))
    assert (3, 1) == (bulk.pace(3, 1, NOON).rate, bulk.pace(3, 1, NOON).tries)


def test_why_none_is_silent_where_another_network_may_be_asked(scope):
    among, bulk = permits(scope, Method.SYN, ("10.1.0.7", "10.3.0.7"), (22,))
    assert bulk.why_none(NOON) is None
    assert [REFUSED, ALLOWED] == bulk.codes(*everyone(among), NOON).tolist()


def test_groups_broadcasts_and_nobody_are_no_hosts(scope):
    wide = Network(
        cidr=ip_network("0.0.0.0/0"), zone="z", profile=Profile.LAB, criticality=None, windows=(), vlan=None
    )
    here = scoped(scope, [wide, msgspec.structs.replace(wide, cidr=ip_network("10.3.0.0/24"))])
    nobody = ("0.0.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "10.3.0.0", "10.3.0.255")
    among, bulk = permits(here, Method.ECHO, (*nobody, "10.3.0.1"))
    codes = dict(zip(texts(among), bulk.codes(*everyone(among), NOON).tolist(), strict=True))
    assert ["10.3.0.1"] == [one for one, code in codes.items() if code == ALLOWED]


def test_excluded_cards_get_no_frame(scope):
    cards = Cards(
        msgspec.structs.replace(
            scope,
            exclusions=(
                Exclusion(reason="v", mac=Mac("00:09:fb:00:00:00"), mac_bits=24),
                Exclusion(reason="w", mac=Mac("02:00:00:00:00:07")),
                Exclusion(reason="x", kind=Kind.PRINTER),
            ),
        )
    )
    asked = np.array(
        [0x0009FB123456, 0x020000000007, 0x020000000008, 0, 0x01005E000001, 2**48 - 1], np.uint64
    )
    assert [False, False, True, False, False, False] == cards.allowed(asked, groups=False).tolist()
    assert [False, False, True, False, True, True] == cards.allowed(asked, groups=True).tolist()


def test_the_law_names_the_profile_and_the_never_list(scope):
    ward, office = scope.networks[0], scope.networks[1]
    assert "icmp_echo" in law(Method.ECHO, ward, scope, None)
    assert "half-open" in law(Method.SYN, ward, scope, tcp(22))
    assert "UDP" in law(Method.UDP, ward, scope, udp(161))
    assert "print" in law(Method.SYN, office, scope, tcp(9100))
    assert law(Method.SYN, office, scope, tcp(22)) is None
