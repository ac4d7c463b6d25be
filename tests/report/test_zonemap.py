"""The map shows every zone, every bridge and every rule, guesses dashed and gateways apart."""

from xml.etree import ElementTree as ET

from scanner.report.svg import draw
from scanner.report.zonemap import MOST_RAILS, Box, Rail, Rule, zone_map

BOXES = [Box(name, 3, "1 unsupported") for name in ("office", "wards", "servers")]


def parse(*args):
    return ET.fromstring(draw(zone_map(*args)))


def classes(drawn):
    return [one.get("class") for one in drawn.iter()]


def test_every_zone_is_a_box():
    assert classes(parse(BOXES, [], [], [])).count("zone") == 3


def test_a_bridge_is_a_rail_with_a_stop_at_each_of_its_zones():
    drawn = parse(BOXES, [Rail("laptop", "score 91", ("office", "servers"))], [], [])

    assert classes(drawn).count("rail bridge") == 1
    assert len(list(drawn.iter("circle"))) == 2


def test_gateways_stand_apart_with_square_stops():
    drawn = parse(BOXES, [], [Rail("core", "", ("office", "wards", "servers"))], [])

    assert classes(drawn).count("gateway") == 3
    assert "Gateways: join zones by design" in [one.text for one in drawn.iter("text")]


def test_guessed_rules_are_told_from_sure_ones():
    drawn = parse(BOXES, [], [], [Rule("office", "wards", False), Rule("servers", "office", True)])

    assert [1, 1] == [classes(drawn).count(f"rule {sort}") for sort in ("guess", "sure")]


def test_both_directions_share_one_arc_with_two_heads():
    drawn = parse(BOXES, [], [], [Rule("office", "wards", True), Rule("wards", "office", True)])

    assert (1, 2) == (classes(drawn).count("rule sure"), classes(drawn).count("head sure"))


def test_what_names_no_zone_of_the_map_is_left_out():
    drawn = parse(
        BOXES, [Rail("x", "", ("moon",))], [], [Rule("office", "moon", True), Rule("wards", "wards", True)]
    )

    assert not [one for one in classes(drawn) if one in {"bridge", "rule sure"}]


def test_at_most_so_many_rails_are_drawn_and_spoken_and_the_rest_counted():
    rails = [Rail(f"b{at}", "", ("office", "wards")) for at in range(MOST_RAILS + 3)]
    drawn = parse(BOXES, rails, [], [])

    assert MOST_RAILS == classes(drawn).count("rail bridge")
    assert f"b{MOST_RAILS - 1} joins office and wards; and 3 more" in drawn[1].text


def test_a_network_without_zones_still_draws():
    assert parse([], [], [], []).get("role") == "img"
