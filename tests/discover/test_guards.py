"""What answers without being a device, and what is a device all the same."""

import ipaddress
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.discover import guards
from scanner.discover.guards import Face, Faces, judge
from scanner.model import net
from scanner.model.kinds import Profile
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.scope.file import Network
from scanner.scope.profile import LIMITS

NOW = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
OFFICE = LIMITS[Profile.OFFICE].ports
CARD, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"


def saw(address, field, value, port=None, mac=None):
    return Observation(
        source="t",
        first=NOW,
        last=NOW,
        field=field,
        value=value,
        address=Address(address),
        port=port,
        mac=mac,
    )


def face(opened=(), closed=(), spoke=0, **more):
    states = dict.fromkeys(opened, "open") | dict.fromkeys(closed, "closed")
    return Face(states=states, spoke=set(list(opened)[:spoke]), **more)


def names(faces, asked=None):
    return [(flag.address, flag.name, flag.real) for flag in judge(faces, asked or {})]


@pytest.mark.parametrize(
    ("one", "want"),
    [
        (face(OFFICE), ("tarpit", False)),
        (face(OFFICE, spoke=len(OFFICE)), ("tarpit", False)),
        (face(OFFICE, spoke=2), ("syn_proxy", True)),
        (face(LIMITS[Profile.CLINICAL].ports), ("tarpit", False)),
        (face(LIMITS[Profile.CLINICAL].ports, spoke=3), ("syn_proxy", True)),
        (face(LIMITS[Profile.OT].ports), None),
        (face(OFFICE[:20], OFFICE[20:], spoke=12), None),
        (face(OFFICE[:3], OFFICE[3:]), None),
        (face([net.tcp(80), *map(net.tcp, guards.canaries(1))]), ("tarpit", False)),
        (face([net.tcp(80)], map(net.tcp, guards.canaries(1)), spoke=1), None),
        (face([net.tcp(80)], cards={CARD, OTHER}), ("duplicate", True)),
        (face([net.tcp(80)], names={net.tcp(445): "a", net.tcp(3389): "b"}), ("nat", True)),
        (face([net.tcp(80)], names={net.tcp(445): "a", net.tcp(3389): "a"}), None),
        (face([net.tcp(80)], ttls={"tcp/80": 60, "tcp/443": 124}), ("nat", True)),
        (face([net.tcp(80)], ttls={"tcp/80": 60, "tcp/443": 61, "echo": 250}), None),
    ],
)  # fmt: skip
def test_one_address_by_itself(one, want):
    assert ([] if want is None else [("10.0.0.1", *want)]) == names({Address("10.0.0.1"): one})


def test_a_card_that_answers_for_many_is_believed_where_anything_else_answers():
    silent = {Address(f"10.0.0.{n}"): face(cards={CARD}) for n in range(1, 30)}
    host = {
        Address("10.0.0.40"): face([net.tcp(80)], cards={CARD}),
        Address("10.0.0.41"): Face(cards={CARD}, echoed=True),
    }

    assert [(address, "proxy_arp", False) for address in silent] == names(silent | host)


def test_of_a_card_whose_addresses_are_all_silent_one_is_a_device():
    assert 28 == len(names({Address(f"10.0.0.{n}"): face(cards={CARD}) for n in range(1, 30)}))


def test_a_server_with_a_few_addresses_is_no_router():
    faces = {Address(f"10.0.0.{n}"): face(cards={CARD}) for n in range(1, guards.ONE_CARD)}

    assert ([], {}) == (names(faces), guards.suspects(faces))


HTTP = (net.tcp(80),)


def alike(count, opened=HTTP, **more):
    return {
        Address(f"10.0.0.{n}"): face(opened, ttls={"tcp/80": 60}, rtts=[5.0], **more)
        for n in range(1, count + 1)
    }


BLOCK = {"10.0.0.0/24": 254}


def test_a_firewall_that_answers_for_a_whole_block_is_nobody():
    flags = names(alike(250), BLOCK)

    assert 250 == len(flags)
    assert {("answers_for_all", False)} == {flag[1:] for flag in flags}


@pytest.mark.parametrize(
    "faces",
    [
        alike(150),
        {**alike(125), **{Address(f"10.0.0.{n}"): face([net.tcp(22)]) for n in range(126, 254)}},
        {Address(f"10.0.0.{n}"): face([net.tcp(80)], ttls={"tcp/80": 60}, rtts=[5.0 * n]) for n in range(1, 251)},
        alike(250, cards={CARD, OTHER}) and {a: face([net.tcp(80)], cards={f"02:00:00:00:01:{n:02x}"}) for n, a in enumerate(alike(250))},
        alike(250, spoke=1),
    ],
    ids=["too few", "not alike", "not at once", "each its card", "they speak"],
)  # fmt: skip
def test_a_crowded_block_is_no_firewall(faces):
    assert [] == names(faces, BLOCK)


def test_a_real_host_behind_such_a_firewall_stays():
    faces = {**alike(250), Address("10.0.0.7"): face([net.tcp(80)], spoke=1, ttls={"tcp/80": 60}, rtts=[5.0])}

    flags = names(faces, BLOCK)

    assert 249 == len(flags)
    assert "10.0.0.7" not in {address for address, _, _ in flags}


def test_few_addresses_asked_say_nothing():
    assert [] == names(alike(10), {"10.0.0.0/24": 10})


def test_faces_are_gathered_from_what_is_seen():
    faces = Faces()
    for one in (
        saw("10.0.0.1", "link.mac", CARD, mac=CARD), saw("10.0.0.1", "port.state", "open", net.tcp(80)),
        saw("10.0.0.1", "icmp.echo", {"ttl": 64}), saw("10.0.0.1", "ntlm.names", {"netbios_name": "PC1"}, net.tcp(445)),
        saw("10.0.0.1", "probe.outcome", {"probe": "http", "outcome": "ok"}, net.tcp(80)),
        saw("10.0.0.1", "probe.outcome", {"probe": "tls", "outcome": "silent"}, net.tcp(443)), saw("10.0.0.1", "ssh.banner", "x"),
        Observation(source="t", first=NOW, last=NOW, field="x", value="y"),
    ):  # fmt: skip
        faces.saw(one)
    faces.timed(Address("10.0.0.1"), "tcp/80", 64, 1.5)
    faces.timed(Address("10.0.0.1"), "tcp/80", None, None)

    (got,) = faces.of.values()
    assert Face(
        cards={CARD}, states={net.tcp(80): "open"}, spoke={net.tcp(80)}, ttls={"tcp/80": 64}, rtts=[1.5],
        names={net.tcp(445): "pc1"}, echoed=True,
    ) == got  # fmt: skip
    assert got.answers
    assert not Face(states={net.tcp(1): "silent"}).answers


def test_a_flag_becomes_an_observation():
    network = Network(
        cidr=ip_network("10.0.0.0/24"),
        zone="ward",
        profile=Profile.OFFICE,
        criticality=None,
        windows=(),
        vlan=None,
    )
    flags = judge({Address("10.0.0.1"): face(OFFICE)}, {})

    (seen,) = guards.observations(flags, network, "here", NOW)

    assert ("guard.tarpit", "10.0.0.1", "ward", "here", False) == (
        seen.field,
        seen.address,
        seen.zone,
        seen.vantage,
        seen.value["real"],
    )
    assert "none of them says anything" in seen.value["why"]


PORTS = st.sampled_from([net.tcp(n) for n in (22, 80, 443, 64501, 64502)])
FACES = st.dictionaries(
    st.ip_addresses(network="10.0.0.0/24").map(lambda one: Address(str(one))),
    st.builds(
        Face, cards=st.sets(st.sampled_from([CARD, OTHER])), states=st.dictionaries(PORTS, st.sampled_from(["open", "closed", "silent"])),
        spoke=st.sets(PORTS), ttls=st.dictionaries(st.sampled_from(["tcp/22", "echo"]), st.integers(0, 255)),
        rtts=st.lists(st.floats(0, 1000), max_size=2),
    ),
    max_size=40,
)  # fmt: skip


@given(faces=FACES)
def test_no_address_is_both_nobody_and_flagged_twice_as_nobody(faces):
    flags = judge(faces, {"10.0.0.0/24": len(faces)})

    assert len(flags) == len({(flag.address, flag.real) for flag in flags})
    assert {flag.address for flag in flags} <= set(faces)
    assert flags == sorted(flags, key=lambda flag: (ipaddress.ip_address(flag.address), flag.name))
