"""Zones, rules and bridges: what is known is told from what is guessed."""

from datetime import UTC, datetime

import msgspec

from scanner.model.kinds import Reach
from scanner.model.verdict import ZoneReach
from scanner.report.sections.zones import MOST_JOINING, pairs_known, reachable, zones


def rule(source, target, known, gates=("*",), probability=1.0):
    return ZoneReach(source=source, target=target, gates=gates, known=known, probability=probability)


def test_bridges_and_gateways_are_kept_apart(hospital):
    page = zones(hospital)

    assert [["laptop-01"], ["switch-32"]] == [
        [one.name for one in page.bridges],
        [one.name for one in page.gateways],
    ]


def test_a_pair_counts_once_by_the_best_way_of_knowing(hospital):
    reach = (
        rule("a", "b", Reach.ASSUMED),
        rule("a", "b", Reach.MEASURED),
        rule("b", "a", Reach.INFERRED),
        rule("a", "a", Reach.ASSUMED),
    )

    known = pairs_known(msgspec.structs.replace(hospital, reach=reach))

    assert {Reach.MEASURED: 1, Reach.DECLARED: 0, Reach.INFERRED: 1, Reach.ASSUMED: 0} == known


def test_rules_say_what_they_allow_in_words(hospital):
    allowed = {(one.source, target): one.allowed for one in zones(hospital).rules for target in one.targets}

    assert "nothing" == allowed["office", "radiology"]
    assert "anything" == allowed["management", "servers"]
    assert "tcp/443 and tcp/445" == allowed["office", "servers"]
    assert ("office", "office") not in allowed


def test_a_zone_that_was_not_seen_from_inside_says_so(hospital):
    page = zones(hospital)

    assert ["laboratory"] == [one.name for one in page.zones if not one.inside]


def test_a_device_reaches_its_own_zones_and_those_that_rules_open(hospital):
    told = reachable(hospital.devices[0], hospital)

    assert told == (
        "Everything in management and office: it stands there itself",
        "Laboratory from office: anything (assumed, 50% likely)",
        "Radiology from management: anything (assumed, 50% likely)",
        "Servers from management: anything (declared)",
        "Servers from office: tcp/443 and tcp/445 (measured)",
    )


def test_a_device_outside_every_zone_reaches_what_is_not_known(hospital):
    judged = hospital.devices[0]
    adrift = msgspec.structs.replace(judged, device=msgspec.structs.replace(judged.device, legs=()))

    assert ("Not known: it lies in no zone that the scope file names",) == reachable(adrift, hospital)


def test_an_unlisted_profile_is_shown_as_it_is(hospital):
    odd = tuple(msgspec.structs.replace(one, profile="gentle") for one in hospital.zones)

    assert {"gentle"} == {one.profile for one in zones(msgspec.structs.replace(hospital, zones=odd)).zones}


def test_guesses_are_counted(hospital):
    assert 3 == zones(hospital).guessed


def test_a_flood_of_guesses_is_left_to_the_table(hospital):
    names = [f"z{at}" for at in range(7)]
    reach = tuple(
        rule(one, other, Reach.ASSUMED, probability=0.5) for one in names for other in names if one != other
    )
    views = tuple(msgspec.structs.replace(hospital.zones[0], name=name) for name in names)

    page = zones(
        msgspec.structs.replace(hospital, zones=views, reach=(*reach, rule("z0", "z1", Reach.MEASURED)))
    )

    assert (42, 8) == (page.undrawn, len(page.rules))
    assert ["rule sure"] == [
        one.attributes["class"]
        for part in page.map.inside
        if part.tag == "g"
        for one in part.inside
        if one.attributes["class"].startswith("rule")
    ]


def test_so_many_bridges_and_gateways_are_listed_and_the_rest_counted(hospital):
    bridge = next(
        one for one in hospital.devices if one.device.role.value == "-" and len(one.device.zones) > 1
    )
    gateway = next(one for one in hospital.devices if one.device.role.value == "gateway")
    many = (bridge,) * (MOST_JOINING + 2) + (gateway,) * (MOST_JOINING + 3)

    page = zones(msgspec.structs.replace(hospital, devices=many))

    assert (MOST_JOINING, 2, 3) == (len(page.bridges), page.more_bridges, page.more_gateways)


def test_what_was_measured_between_two_sites_says_from_where_and_when(hospital):
    far = msgspec.structs.replace(
        rule("office", "south/radiology", Reach.MEASURED, gates=("tcp/104",)),
        site="north", last=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    found = msgspec.structs.replace(hospital, reach=(far,))

    assert "South/radiology from office: tcp/104 (measured from north on 2026-11-20)" in reachable(
        hospital.devices[0], found
    )
    assert [("Measured from north on 2026-11-20", ("south/radiology",))] == [
        (one.known_word, one.targets) for one in zones(found).rules
    ]
