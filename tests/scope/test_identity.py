"""A controller is asked who it is only by permit: the flag, a network that is declared ot or a lab, a kind that fits."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.model.kinds import Kind, Profile, Touch
from scanner.model.net import Address, Mac, is_udp, tcp
from scanner.observe.packets import questions
from scanner.scope import identity
from scanner.scope.approval import granted
from scanner.scope.file import NO_FLAGS, Authority, Flags, Network, Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.profile import LIMITS, careful
from scanner.wire.never import why_not

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
PERMIT = Flags(ot_read_identity=True)
CARD = Mac("02:00:00:00:00:09")
TEXT = """
[engagement]
name = "plant"
owner = "us"
authorized_by = "us"
contact = "us"
reference = "test"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "utility"

[flags]
ot_read_identity = WORD

[[network]]
cidr = "10.1.0.0/24"
zone = "plant"
profile = "PROFILE"

[[known]]
address = "10.1.0.5"
kind = "plc"

[[known]]
address = "10.1.0.6"
kind = "relay"

[[known]]
mac = "02:00:00:00:00:09"
kind = "building-controller"

[[known]]
address = "10.1.0.8"
mac = "02:00:00:00:00:08"
kind = "meter"
"""


def network(profile, written=None):
    one = parse(text("true", profile), "scope.toml").networks[0]
    return msgspec.structs.replace(one, written=written)


def text(word, profile):
    return TEXT.replace("WORD", word).replace("PROFILE", profile)


def gate(word="true", profile=Profile.OT):
    scope = parse(text(word, profile), "scope.toml")
    signers = tuple(Signer(principal=name, key=name) for name in "ab")
    authority = Authority(signers=signers, approval=granted(scope, questions(scope), "c", NOW))
    return Gate(msgspec.structs.replace(scope, authority=authority))


def may(one, address, port, mac=None):
    return one.may(Address(address), port=port, touch=Touch.ASK, now=NOW, mac=mac)


@given(st.sampled_from(Profile), st.sampled_from([None, *Profile]), st.sampled_from([PERMIT, NO_FLAGS]))
def test_no_control_port_is_permitted_but_by_the_flag_and_in_what_is_declared_ot_or_a_lab(
    profile, written, flags
):
    one = Network(
        cidr=network("ot").cidr,
        zone="z",
        profile=profile,
        criticality=None,
        windows=(),
        vlan=None,
        written=written,
    )

    allowed = identity.ports(one, flags)

    plants = {Profile.OT, Profile.LAB, Profile.BENCH}
    want = flags is PERMIT and profile in plants and (written or profile) in plants
    assert (identity.PORTS if want else ()) == allowed


def test_a_ward_that_one_run_treats_as_a_plant_is_no_plant():
    scope = parse(text("true", "clinical"), "scope.toml")

    lowered = careful(scope, Profile.OT).networks[0]

    assert (Profile.OT, ()) == (lowered.profile, identity.ports(lowered, scope.flags))


def test_every_control_port_is_on_the_never_list_but_for_plants_and_on_no_profiles_own_list():
    for port in identity.PORTS:
        assert {Profile.OT} == {profile for profile in Profile if why_not(port, profile) is None}
        assert not [profile for profile, limits in LIMITS.items() if port in (*limits.ports, *limits.udp)]


def test_no_kind_has_more_control_ports_than_its_day_has_connections():
    assert all(1 <= len(ports) <= LIMITS[Profile.OT].budget // 2 for ports in identity.ASKED.values())
    assert {Kind.PLC, Kind.RTU, Kind.RELAY, Kind.METER, Kind.HMI, Kind.BUILDING_CONTROLLER} <= set(
        identity.ASKED
    )


def test_only_building_control_is_asked_by_datagram():
    asked = {kind for kind, ports in identity.ASKED.items() if any(map(is_udp, ports))}

    assert {Kind.BUILDING_CONTROLLER} == asked


@pytest.mark.parametrize(
    ("address", "port", "mac", "want"),
    [
        ("10.1.0.5", tcp(502), None, True),
        ("10.1.0.5", tcp(2404), None, False),
        ("10.1.0.6", tcp(102), None, True),
        ("10.1.0.6", tcp(44818), None, False),
        # by its card alone, at whatever address it stands
        ("10.1.0.7", identity.ASKED[Kind.BUILDING_CONTROLLER][0], CARD, True),
        ("10.1.0.7", tcp(502), CARD, False),
        ("10.1.0.8", tcp(502), Mac("02:00:00:00:00:08"), True),
        # nobody says what is there
        ("10.1.0.9", tcp(502), None, False),
    ],
)
def test_a_plant_is_asked_what_fits_the_kind_that_somebody_says(address, port, mac, want):
    assert want == may(gate(), address, port, mac).allowed


@pytest.mark.parametrize("port", identity.PORTS)
@pytest.mark.parametrize("profile", Profile)
def test_without_the_flag_no_profile_touches_a_control_port(profile, port):
    decision = may(gate("false", profile), "10.1.0.5", port)

    assert not decision.allowed
    if profile is not Profile.PASSIVE:
        assert "ot_read_identity = true" in decision.reason


@pytest.mark.parametrize("profile", [Profile.LAB, Profile.BENCH])
def test_a_lab_of_a_signer_who_permits_it_asks_everybody(profile):
    one = gate("true", profile)

    assert all(may(one, "10.1.0.99", port).allowed for port in identity.PORTS)


def test_the_reason_names_the_kind_that_it_is():
    assert "this device is plc" in may(gate(), "10.1.0.5", tcp(2404)).reason
    assert "of no known kind" in identity.why_not(tcp(502), (), network("ot"))
    assert identity.why_not(tcp(502), (), network("lab")) is None


def test_a_misspelt_permit_is_refused_with_the_right_spelling():
    with pytest.raises(
        ScopeError, match=r"unknown key 'ot_read_identify' in flags; did you mean ot_read_identity\?"
    ):
        parse(text("true", "ot").replace("ot_read_identity", "ot_read_identify"), "scope.toml")
