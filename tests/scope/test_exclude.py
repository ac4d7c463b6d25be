from datetime import UTC, datetime
from ipaddress import ip_network

import msgspec
import pytest

from scanner.errors import ScopeError
from scanner.model.device import Device, Leg
from scanner.model.kinds import Kind, Role, Touch
from scanner.model.net import Address, Mac
from scanner.scope.exclude import avoided, avoiding, by_nature, followed
from scanner.scope.file import Exclusion
from scanner.scope.gate import Gate

NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)
CARD = Mac("02:00:00:00:00:01")
OTHER = Mac("02:00:00:00:00:02")
HOME = Address("10.20.1.7")
AWAY = Address("10.20.1.9")


def device(name, kind=Kind.UNKNOWN, address=HOME, mac=CARD, live=True):
    return Device(
        id=f"dev-{name}",
        names=(name,),
        legs=(Leg(address=address, mac=mac, zone="office", live=live),),
        kind=kind,
        kind_confidence=1,
        role=Role.NONE,
        attributes={},
        services=(),
        first_seen=NOW,
        last_seen=NOW,
        presence="seen",
        location=None,
        owner=None,
        inventories=(),
        joined_by=(),
        conflicts=(),
        facts=(),
    )


def touched(scope, address, mac=None):
    return Gate(scope).may(address, port=None, touch=Touch.KNOCK, now=NOW, mac=mac)


@pytest.fixture
def never(scope):
    """The scope with one more exclusion."""
    return lambda **what: msgspec.structs.replace(scope, exclusions=(Exclusion(reason="never", **what),))


@pytest.mark.parametrize(
    "what",
    [
        {"hostname": "vent-1"},
        {"hostname": "VENT-*"},
        {"hostname": "vent-1.ward.example"},
        {"kind": Kind.MODALITY},
    ],
)
def test_an_exclusion_by_name_or_kind_follows_to_address_and_card(never, what):
    scope = followed(never(**what), [device("Vent-1.ward.example", Kind.MODALITY)])

    assert by_nature(scope)
    assert not touched(scope, HOME).allowed
    assert "never (Vent-1.ward.example is" in touched(scope, HOME).reason
    assert not touched(scope, AWAY, CARD).allowed
    assert touched(scope, AWAY, OTHER).allowed


def test_others_are_not_meant(never):
    for what in ({"hostname": "vent-1"}, {"kind": Kind.MODALITY}, {"mac": OTHER}):
        scope = never(**what)
        assert scope.exclusions == followed(scope, [device("vent-10", Kind.PRINTER)]).exclusions


def test_an_address_that_changed_hands_is_released_and_the_card_is_not(never):
    gone = device("vent-1", live=False)
    new = device("printer", mac=OTHER)

    scope = followed(never(hostname="vent-1"), [gone, new])

    assert touched(scope, HOME, OTHER).allowed
    assert not touched(scope, HOME, CARD).allowed
    assert not touched(scope, AWAY, CARD).allowed


def test_a_device_without_a_known_card_is_excluded_by_its_address(never):
    scope = followed(never(kind=Kind.PLC), [device("plc", Kind.PLC, mac=None, live=False)])
    assert not touched(scope, HOME, OTHER).allowed


def test_exclusions_by_number_need_no_knowledge(scope):
    assert not by_nature(scope)


def test_ranges_to_avoid_are_excluded_and_nothing_else_changes(scope):
    more = avoiding(scope, ["10.20.1.7/32"])
    assert "10.20.1.7/32" == str(more.exclusions[-1].cidr)
    assert (scope.exclusions, scope.networks) == (more.exclusions[:-1], more.networks)


def test_what_is_excluded_by_number_is_handed_over_whole(scope):
    excluded = (
        Exclusion(reason="excluded by the run", cidr=ip_network("10.20.1.0/30")),
        Exclusion(reason="excluded by the run", cidr=ip_network("fd00::/64")),
        Exclusion(reason="excluded by the run", mac=Mac("00:09:fb:00:00:00"), mac_bits=24),
        Exclusion(reason="excluded by the run", mac=CARD),
    )
    named = Exclusion(reason="by name", hostname="vent-*")
    here = msgspec.structs.replace(scope, exclusions=(*excluded, named))
    bare = msgspec.structs.replace(scope, exclusions=())

    assert set(excluded) == set(avoiding(bare, avoided(here)).exclusions)
    assert (Exclusion(reason="excluded by the run", mac=CARD),) == avoiding(bare, [CARD]).exclusions


@pytest.mark.parametrize("what", ["all", "10.0.0.1/8", "02:00:00:00:00:0x", "02:00:00:00:00:01/x"])
def test_what_is_no_range_is_refused(scope, what):
    with pytest.raises(ScopeError, match="no range"):
        avoiding(scope, [what])


@pytest.mark.parametrize(
    ("what", "names", "kind", "left"),
    [
        ({"hostname": "vent-*"}, ("VENT-7.ward.example",), Kind.UNKNOWN, True),
        ({"hostname": "vent-*"}, ("pump-7",), Kind.UNKNOWN, False),
        ({"kind": Kind.PRINTER}, (), Kind.PRINTER, True),
        ({"kind": Kind.PRINTER}, (), Kind.PLC, False),
        ({"mac": OTHER}, (), Kind.PRINTER, False),
    ],
)
def test_what_shows_itself_in_mid_run_is_left_alone_and_its_card_wherever_it_goes(
    never, what, names, kind, left
):
    gate = Gate(never(**what))

    reason = gate.showed(HOME, CARD, names, kind)

    assert left == (reason is not None)
    may = [
        gate.may(address, port=None, touch=Touch.KNOCK, now=NOW, mac=mac).allowed
        for address, mac in ((HOME, CARD), (HOME, None), (AWAY, CARD), (AWAY, OTHER))
    ]
    assert [not left, not left, not left, what.get("mac") != OTHER] == may
    assert gate.showed(HOME, CARD, names, kind) is None  # said once


def test_a_card_that_the_scope_excludes_is_told_of_at_each_address_that_it_takes(never):
    gate = Gate(never(mac=CARD))

    told = [gate.showed(address, CARD, (), Kind.UNKNOWN) for address in (HOME, AWAY, HOME)]

    assert ["never", "never", None] == told
    assert gate.showed(HOME, OTHER, (), Kind.UNKNOWN) is None


def test_without_a_card_the_address_is_what_is_left_alone(never):
    gate = Gate(never(kind=Kind.PRINTER))

    assert "showed itself in this run to be printer" in gate.showed(HOME, None, (), Kind.PRINTER)
    assert not gate.may(HOME, port=None, touch=Touch.KNOCK, now=NOW).allowed


def test_cards_matter_where_one_is_excluded_and_on_wards(never, scope):
    office, ward = scope.networks[1], scope.networks[0]

    assert [True, True] == [Gate(never(mac=CARD)).minds_cards(one) for one in (office, ward)]
    assert [False, True] == [Gate(never(kind=Kind.PRINTER)).minds_cards(one) for one in (office, ward)]
    assert Gate(never(kind=Kind.PRINTER)).minds_nature
    assert not Gate(never(mac=CARD)).minds_nature
