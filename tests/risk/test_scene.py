"""What each device weighs, how it may be entered first, and which footholds it can be."""

import math

import msgspec
import pytest

from scanner.errors import DataError
from scanner.model.kinds import Kind, Role, Support
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors, weights
from scanner.risk.spread import Seed

VALUES = resolve({})


def cast(make, scope, *judged):
    return actors(judged, scope, make.known, make.now, VALUES)


def one(make, kind=Kind.WORKSTATION, zones=("a",), scope=None, **more):
    return cast(make, scope or make.scope("a", "b"), make.plain("d", *zones, kind=kind, **more))[0]


@pytest.mark.parametrize(
    ("kind", "weight", "critical"),
    [
        (Kind.WORKSTATION, 1, False),
        (Kind.SERVER, 10, False),
        (Kind.MODALITY, 30, True),
        (Kind.DOMAIN_CONTROLLER, 80, True),
    ],
)
def test_a_kind_has_its_usual_weight(make, kind, weight, critical):
    got = one(make, kind)

    assert (weight, critical) == (got.weight, got.critical)


def test_the_networks_criticality_beats_the_kind_and_a_named_asset_beats_both(make):
    network = make.scope("a", criticality={"a": 7.0})
    named = make.scope("a", criticality={"a": 7.0}, critical=[("x", "10.0.0.1", 99.0)])

    assert (7.0, False) == (one(make, scope=network).weight, one(make, scope=network).critical)
    assert (99.0, True) == (one(make, scope=named).weight, one(make, scope=named).critical)


def test_a_floating_address_weighs_nothing_and_is_no_way_in(make):
    got = one(make, Kind.ROUTER, role=Role.VIRTUAL)

    assert (0.0, False, 0.0) == (got.weight, got.critical, got.entry(VALUES))


def test_people_strangers_and_makers_are_ways_in(make):
    entry = {kind: one(make, kind).entry(VALUES) for kind in Kind}

    assert entry[Kind.SERVER] < entry[Kind.PHONE] < entry[Kind.WORKSTATION] < entry[Kind.LAPTOP]
    assert entry[Kind.SERVER] < entry[Kind.KIOSK]
    assert entry[Kind.SERVER] < entry[Kind.MODALITY]
    assert all(0 < value < 0.1 for value in entry.values())


def test_old_and_forgotten_devices_are_entered_more_often(make):
    device = make.device("d", "a")
    fresh, old, lost = cast(
        make,
        make.scope("a"),
        (device, make.age(), make.kept()),
        (make.device("e", "a"), make.age(Support.UNSUPPORTED), make.kept()),
        (make.device("f", "a"), make.age(), make.kept(1.0)),
    )

    assert fresh.entry(VALUES) < old.entry(VALUES)
    assert 2 * fresh.entry(VALUES) == pytest.approx(lost.entry(VALUES))


def test_a_bridge_is_one_foothold_in_all_its_zones_and_a_gateway_one_in_each(make):
    bridge, gateway = one(make, zones=("a", "b")), one(make, zones=("a", "b"), role=Role.GATEWAY)

    assert (Seed(("a", "b")),) == bridge.seeds
    assert (Seed(("a",)), Seed(("b",))) == gateway.seeds


def test_devices_stand_in_the_order_of_their_ids(make):
    got = cast(make, make.scope("a"), make.plain("b", "a", kind=Kind.SERVER), make.plain("a", "a"))

    assert ["a", "b"] == [actor.device.id for actor in got]
    assert [1.0, 10.0] == weights(got).tolist()


def entered(scope, **by_zone):
    """The scope with entry weights of its own for these zones."""
    networks = tuple(
        msgspec.structs.replace(one, entry=by_zone.get(one.zone, one.entry)) for one in scope.networks
    )
    return msgspec.structs.replace(scope, networks=networks)


def test_the_scopes_word_on_how_likely_a_network_is_entered_first_replaces_the_kinds(make):
    scope = entered(make.scope("a", "b"), a=0.25)
    joins = make.device("d", "a", "b", kind=Kind.LAPTOP), make.age(), make.kept(1.0)

    assert [0.25] == [actor.entry(VALUES) for actor in cast(make, scope, joins)]
    assert 0.0 == one(make, Kind.LAPTOP, scope=entered(scope, a=0.0)).entry(VALUES)
    assert one(make, Kind.LAPTOP).entry(VALUES) == one(make, Kind.LAPTOP, scope=entered(scope, a=None)).entry(
        VALUES
    )


@pytest.mark.parametrize("weight", [math.nan, -0.01, 1.01, math.inf])
def test_an_entry_weight_that_is_no_probability_is_refused(make, weight):
    with pytest.raises(DataError, match=r"entry of .* not a probability from 0 to 1"):
        one(make, scope=entered(make.scope("a"), a=weight))


def test_a_network_that_nobody_enters_has_nothing_to_lose(make):
    got = make.judge([make.xp("a", "x"), make.xp("b", "x")], entered(make.scope("x"), x=0.0))

    assert 0.0 == got.network.expected_loss
    assert [0, 0] == [one.risk.score for one in got.devices.values()]


def test_a_public_address_is_a_way_in_as_far_as_its_own_holes_go(make):
    def entry(address, ports):
        return one(make, Kind.CAMERA, address=address, ports=ports).entry(VALUES)

    assert entry("10.0.0.1", ("tcp/23",)) == entry("10.0.0.1", ()) == pytest.approx(0.002)
    # joined with what any device has: 1 - (1 - 0.002) (1 - 0.5 x 0.98 x 0.70)
    assert 1 - 0.998 * (1 - 0.5 * 0.98 * 0.70) == pytest.approx(entry("8.8.4.4", ("tcp/23",)))
    assert entry("10.0.0.1", ()) == entry("8.8.4.4", ())
