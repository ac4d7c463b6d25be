"""Who may open what where, and how that is known."""

import pytest

from scanner.model.kinds import Reach, Role
from scanner.model.net import Port
from scanner.model.verdict import ZoneReach
from scanner.risk.exposure import Door
from scanner.risk.parameters import resolve
from scanner.risk.zones import bridges, legs, policy, table

VALUES = resolve({})
SMB, WEB, ANY = (
    Door("smb", (Port("tcp/445"),)),
    Door("web", (Port("tcp/80"), Port("tcp/443"))),
    Door("any", ()),
)


def rules(make, *segments, reach=()):
    return policy(make.scope("a", "b", segments=segments), reach, VALUES)


def saw(*gates, chance=1.0, known=Reach.MEASURED):
    return ZoneReach(source="a", target="b", gates=gates, known=known, probability=chance)


def test_a_zone_always_reaches_itself(make):
    got = rules(make, ("a", "b", [], "declared"))

    assert (1.0, True) == (got.opens("a", "a", SMB), got.known("a", "a"))


def test_what_nobody_mentions_is_even_odds_or_one_in_ten_under_a_firewall_policy(make):
    assert 0.5 == rules(make).opens("a", "b", SMB)
    assert 0.1 == rules(make, ("b", "a", [], "imported")).opens("a", "b", SMB)
    assert not rules(make).known("a", "b")


@pytest.mark.parametrize(
    ("allow", "smb", "web", "any_"),
    [([], 0, 0, 0), (["tcp/445"], 1, 0, 1), (["tcp/443"], 0, 1, 1), (["*"], 1, 1, 1)],
)
def test_a_declared_segment_allows_its_ports_and_nothing_else(make, allow, smb, web, any_):
    got = rules(make, ("a", "b", allow, "declared"))

    assert [smb, web, any_] == [got.opens("a", "b", door) for door in (SMB, WEB, ANY)]


def test_of_two_contradicting_declarations_the_more_open_one_counts(make):
    got = rules(make, ("a", "b", [], "declared"), ("a", "b", ["tcp/445"], "declared"))

    assert [1.0, 0.0] == [got.opens("a", "b", SMB), got.opens("a", "b", WEB)]


@pytest.mark.parametrize("turned", [False, True])
def test_an_imported_policy_beats_a_declared_one(make, turned):
    both = [("a", "b", ["*"], "declared"), ("a", "b", ["tcp/443"], "imported")]

    got = rules(make, *(both[::-1] if turned else both))

    assert [0.0, 1.0] == [got.opens("a", "b", SMB), got.opens("a", "b", WEB)]


def test_a_measurement_beats_a_declaration_on_the_ports_it_names(make):
    closed = rules(make, ("a", "b", ["tcp/445", "tcp/80"], "declared"), reach=(saw("tcp/445", chance=0.0),))
    opened = rules(make, ("a", "b", [], "declared"), reach=(saw("tcp/445"),))

    assert [0.0, 1.0] == [closed.opens("a", "b", SMB), closed.opens("a", "b", WEB)]
    assert [1.0, 0.0] == [opened.opens("a", "b", SMB), opened.opens("a", "b", WEB)]


def test_a_measurement_of_one_port_leaves_the_others_unknown(make):
    got = rules(make, reach=(saw("tcp/445", chance=0.0),))

    assert [0.0, 0.5] == [got.opens("a", "b", SMB), got.opens("a", "b", WEB)]


def test_a_measured_nothing_closes_the_pair(make):
    assert 0.0 == rules(make, reach=(saw(),)).opens("a", "b", WEB)


def test_an_assumption_passed_in_is_no_knowledge(make):
    got = rules(make, reach=(saw("*", known=Reach.ASSUMED),))

    assert (0.5, False) == (got.opens("a", "b", SMB), got.known("a", "b"))


def test_an_inference_counts_with_its_own_probability(make):
    assert 0.8 == rules(make, reach=(saw("*", chance=0.8, known=Reach.INFERRED),)).opens("a", "b", SMB)


def test_the_table_lists_every_pair_with_how_it_is_known(make):
    scope = make.scope("a", "b", "c", segments=[("a", "b", ["tcp/443"], "declared")])

    got = table(scope, (saw("tcp/445", chance=0.0),), ["a", "b", "c"], VALUES)

    ab = [one for one in got if (one.source, one.target) == ("a", "b")]
    assert [(Reach.MEASURED, 0.0), (Reach.DECLARED, 1.0)] == [(one.known, one.probability) for one in ab]
    assert 5 == sum(one.known is Reach.ASSUMED and one.probability == 0.5 for one in got)


def test_dead_legs_join_nothing(make):
    moved = make.device("laptop", "b", dead=("a",))
    silent = make.device("silent", dead=("a",))

    assert (("b",), ("a",)) == (legs(moved), legs(silent))
    assert not bridges(moved)


@pytest.mark.parametrize(("role", "want"), [(Role.NONE, True), (Role.GATEWAY, False), (Role.VIRTUAL, False)])
def test_only_a_device_without_a_role_is_a_bridge(make, role, want):
    assert want == bridges(make.device("d", "a", "b", role=role))
