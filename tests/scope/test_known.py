"""Known first: in wards and plants nothing is spoken to of which nothing says what it is."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.device import Device, Leg
from scanner.model.kinds import Kind, Role, Touch
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation
from scanner.scope.file import Known
from scanner.scope.gate import Gate
from scanner.scope.known import Index, learned, note

NOW = datetime(2026, 12, 5, 23, tzinfo=UTC)
WARD, OFFICE = Address("10.20.0.7"), Address("10.20.1.7")
CARD, OTHER = Mac("02:00:00:00:00:07"), Mac("02:00:00:00:00:08")


def speak(scope, address=WARD, mac=None):
    return Gate(scope).may(address, port=tcp(443), touch=Touch.ASK, now=NOW, mac=mac)


def knowing(scope, *known):
    return msgspec.structs.replace(scope, known=known)


def test_a_stranger_on_a_ward_gets_no_connection_and_an_office_needs_no_names(scope):
    strange = knowing(scope)

    assert not speak(strange).allowed
    assert "nothing of the last 30 days says what 10.20.0.7 is" in speak(strange).reason
    assert "stalehost import dhcpd.leases" in speak(strange).reason
    assert speak(strange, OFFICE).allowed
    assert Gate(strange).may(WARD, port=None, touch=Touch.KNOCK, now=NOW).allowed  # ARP alone


@pytest.mark.parametrize(
    ("address", "mac", "seen", "allowed"),
    [
        (WARD, None, None, True),
        (WARD, None, CARD, True),
        (WARD, CARD, CARD, True),
        (WARD, CARD, OTHER, False),
        (WARD, CARD, None, True),
        (None, CARD, CARD, True),
        (None, CARD, OTHER, False),
        (None, CARD, None, False),
        (OFFICE, CARD, CARD, False),
    ],
)
def test_what_is_known_is_known_by_address_by_card_or_by_both(scope, address, mac, seen, allowed):
    one = Known(kind=Kind.MODALITY, address=address, mac=mac)

    assert allowed == speak(knowing(scope, one), mac=seen).allowed


def test_a_card_that_took_over_an_address_is_named(scope):
    one = Known(kind=Kind.MODALITY, address=WARD, mac=CARD)

    assert f"was known on card {CARD} and is on {OTHER} now" in speak(knowing(scope, one), mac=OTHER).reason


def seen(field="dhcp.lease", value="x", *, days=1, address=WARD, mac=CARD):
    at = NOW - timedelta(days=days)
    return Observation(source="t", first=at, last=at, field=field, value=value, address=address, mac=mac)


def device(kind=Kind.MODALITY, address=WARD, mac=CARD):
    return Device(
        id="dev-1", names=(), legs=(Leg(address=address, mac=mac, zone=None, live=True),), kind=kind,
        kind_confidence=1, role=Role.NONE, attributes={}, services=(), first_seen=NOW, last_seen=NOW,
        presence="seen", location=None, owner=None, inventories=(), joined_by=(), conflicts=(), facts=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "log", "want"),
    [
        (device(), [seen()], 1),
        (device(), [seen(mac=None)], 1),
        (device(), [seen("dhcp.lease", {"a": "b"})], 1),
        (device(), [seen("port.state", "open", mac=None)], 1),
        (device(), [seen("port.state", "silent", mac=None)], 0),
        (device(), [seen("port.state", "unreachable", mac=None)], 0),
        (device(), [seen(days=29)], 1),
        (device(), [seen(days=31)], 0),
        (device(), [seen(mac=OTHER)], 0),
        (device(), [], 0),
        (device(Kind.UNKNOWN), [seen()], 0),
        (device(address=OFFICE), [seen(address=OFFICE)], 0),
    ],
)
def test_the_log_knows_whom_it_saw_lately_and_of_what_kind(scope, one, log, want):
    found = learned(knowing(scope), [one], log, NOW).known

    assert want == len(found)
    assert all(Known(kind=Kind.MODALITY, address=WARD, mac=CARD) == known for known in found)


def test_an_office_scope_learns_nothing(scope):
    office = msgspec.structs.replace(scope, networks=scope.networks[1:])

    assert office is learned(office, [device()], [seen()], NOW)


ADDRESSES = st.integers(1, 6).map(lambda last: Address(f"10.20.0.{last}"))
CARDS = st.integers(1, 6).map(lambda last: Mac(f"02:00:00:00:00:0{last}"))


@given(
    st.lists(st.tuples(st.none() | ADDRESSES, st.none() | CARDS).filter(any), max_size=5),
    ADDRESSES,
    st.none() | CARDS,
)
def test_nobody_is_known_whom_no_entry_names(pairs, address, mac):
    known = [Known(kind=Kind.MODALITY, address=one, mac=card) for one, card in pairs]

    if Index(known).why_not(address, mac, 30) is None:
        assert any(
            (one.address == address and (one.mac is None or mac in {None, one.mac}))
            or (one.address is None and one.mac == mac)
            for one in known
        )
    else:
        assert not any(one.address == address and one.mac is None for one in known)


def test_those_who_were_not_spoken_to_are_named_a_dozen_of_them():
    few, many = ([Address(f"10.20.0.{last}") for last in range(1, count + 1)] for count in (2, 14))

    assert note(few).startswith(
        "nothing says what is at 10.20.0.1, 10.20.0.2, so nothing was asked there; import"
    )
    assert "10.20.0.12 and 2 more, so" in note(many)
