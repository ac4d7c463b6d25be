"""The golden cases of the score, and what must hold for every network."""

import json
import math
import random
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.model.device import DeviceId
from scanner.model.kinds import Band, Kind, Reach, Role, Support, band
from scanner.model.verdict import ZoneReach
from scanner.risk.judge import judge


def scores(result):
    return {device: one.risk.score for device, one in result.devices.items()}


@pytest.mark.parametrize("count", [5, 8])
def test_a_few_patched_pcs_are_all_low(make, count):
    got = make.judge([make.patched(f"pc{at}", "office") for at in range(count)], make.scope("office"))

    assert {one.risk.band for one in got.devices.values()} == {Band.LOW}
    assert got.cohorts == ()


def test_patched_pcs_that_may_share_a_password_are_low_too(make):
    joined = [
        make.device(
            f"pc{at}", "office", ports=("tcp/445", "tcp/3389"),
            attributes={"os.family": "Windows", "os.build": "10.0.22631", "host.domain": "clinic.example"},
        )
        for at in range(8)
    ]  # fmt: skip

    got = make.judge(
        [(one, make.age(before=date(2026, 10, 1)), make.kept()) for one in joined], make.scope("office")
    )

    assert {one.risk.band for one in got.devices.values()} == {Band.LOW}


def test_one_lonely_xp_among_patched_pcs_is_at_most_medium(make):
    network = [*(make.patched(f"pc{at}", "office") for at in range(8)), make.xp("xp", "office")]

    got = make.judge(network, make.scope("office"))

    assert got.devices["xp"].risk.band in {Band.LOW, Band.MEDIUM}


def test_thirty_eternalblue_pcs_in_a_flat_school_are_one_high_problem(make):
    got = make.judge([make.windows7(f"pc{at}", "school") for at in range(30)], make.scope("school"))

    worst = got.cohorts[0]
    assert (30, "school") == (len(worst.devices), worst.zone)
    assert worst.band in {Band.HIGH, Band.CRITICAL}
    assert worst.fix_value > 20
    assert all(one.risk.fix_value < 3 for one in got.devices.values())


def hospital(make, *, second_leg=True, prefix=""):
    """Offices, pumps and imaging behind declared rules, and a forgotten laptop that joins office and management."""
    rules = [(source, target, [], "declared") for source in ZONES for target in ZONES if source != target]
    rules = [one for one in rules if one[:2] not in {("mgmt", "pumps"), ("mgmt", "imaging")}]
    rules += [("mgmt", "pumps", ["tcp/23"], "declared"), ("mgmt", "imaging", ["tcp/445"], "declared")]
    legs = ("office", "mgmt") if second_leg else ("office",)
    network = [
        *(make.patched(f"pc{at}", "office", names=(f"{prefix}pc{at}",)) for at in range(12)),
        *(make.windows7(f"old{at}", "office", names=(f"{prefix}old{at}",)) for at in range(3)),
        *(make.plain(f"pump{at}", "pumps", kind=Kind.INFUSION_GATEWAY, ports=("tcp/23",)) for at in range(8)),
        *(make.xp(f"mod{at}", "imaging", kind=Kind.MODALITY) for at in range(4)),
        make.windows7("laptop", *legs, kind=Kind.LAPTOP, names=(f"{prefix}laptop",)),
        make.plain("core", *ZONES, kind=Kind.SWITCH, role=Role.GATEWAY, ports=("tcp/23",)),
        make.plain("hsrp", "office", "mgmt", kind=Kind.ROUTER, role=Role.VIRTUAL, ports=("tcp/23",)),
    ]
    return network, make.scope(*ZONES, segments=rules)


ZONES = ("office", "mgmt", "pumps", "imaging")


def some_network(make, seed):
    """Up to ten devices of several kinds in three zones, some declared rules, some bridges and a gateway."""
    dice = random.Random(seed)
    network = []
    for at in range(dice.randint(1, 10)):
        zones = sorted(dice.sample("abc", 2 if dice.random() < 0.3 else 1))
        maker = dice.choice([make.patched, make.windows7, make.xp, make.plain])
        kind = dice.choice(
            [Kind.WORKSTATION, Kind.LAPTOP, Kind.SERVER, Kind.PACS, Kind.CAMERA, Kind.MODALITY]
        )
        network.append(maker(f"d{at}", *zones, kind=kind))
    if dice.random() < 0.5:
        network.append(
            make.plain("gw", "a", "b", "c", kind=Kind.ROUTER, role=Role.GATEWAY, ports=("tcp/23",))
        )
    pairs = [(source, target) for source in "abc" for target in "abc" if source != target]
    rules = [
        (source, target, dice.choice([[], ["tcp/445"], ["*"]]), "declared")
        for source, target in dice.sample(pairs, dice.randint(0, 6))
    ]
    return network, make.scope("a", "b", "c", segments=rules)


def test_the_basement_laptop_that_joins_office_and_management_is_critical_and_first(make):
    network, scope = hospital(make)

    got = make.judge(network, scope)

    ranked = sorted(got.devices.values(), key=lambda one: -one.risk.score)
    assert ("laptop", Band.CRITICAL) == (ranked[0].device, ranked[0].risk.band)
    assert ranked[0].risk.score > ranked[1].risk.score
    assert max(got.devices.values(), key=lambda one: one.risk.fix_value).device == "laptop"
    assert any("only device that joins zones mgmt and office" in line.text for line in ranked[0].risk.why)
    assert got.network.after_top_fixes < 0.6 * got.network.expected_loss


def test_without_its_second_leg_the_laptop_is_one_old_pc_among_others(make):
    network, scope = hospital(make, second_leg=False)

    got = make.judge(network, scope)

    assert got.devices["laptop"].risk.band in {Band.LOW, Band.MEDIUM}
    assert got.network.expected_loss < 40


def test_a_designed_gateway_and_a_floating_address_do_not_win(make):
    network, scope = hospital(make)

    got = make.judge(network, scope)

    assert got.devices["core"].risk.score < got.devices["laptop"].risk.score
    assert got.devices["hsrp"].risk.score == 0
    assert got.devices["hsrp"].exposures == ()


def test_names_do_not_matter(make):
    assert make.judge(*hospital(make)) == make.judge(*hospital(make, prefix="renamed-"))


def test_the_order_of_devices_does_not_matter(make):
    network, scope = hospital(make)
    mixed = random.Random(3).sample(network, len(network))

    assert make.judge(network, scope) == make.judge(mixed, scope)


def test_the_same_seed_gives_the_same_result_and_another_nearly_the_same(make):
    network, scope = hospital(make)

    want = scores(make.judge(network, scope, seed=1))

    assert want == scores(make.judge(network, scope, seed=1))
    assert all(
        abs(want[one] - score) <= 6 for one, score in scores(make.judge(network, scope, seed=2)).items()
    )


def test_four_hundred_clean_phones_move_no_score_by_more_than_one(make):
    network, scope = hospital(make)
    phones = [make.plain(f"phone{at}", "office", ports=("tcp/62078",)) for at in range(400)]

    before, after = scores(make.judge(network, scope)), scores(make.judge([*network, *phones], scope))

    assert max(abs(after[one] - before[one]) for one in before) <= 1


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_a_hole_or_a_device_elsewhere_never_lowers_a_score(make_once, seed):
    make = make_once
    network, scope = some_network(make, seed)
    before = make.judge(network, scope)
    dice = random.Random(seed + 1)
    zone = dice.choice(["a", "b", "c"])
    more = [*network, make.windows7("added", zone)]
    at = dice.randrange(len(network))
    holed = [*network]
    device, age, kept = holed[at]
    telnet = make.device("x", "a", ports=("tcp/23",)).services
    holed[at] = msgspec.structs.replace(device, services=(*device.services, *telnet)), age, kept

    for after in (make.judge(more, scope), make.judge(holed, scope)):
        for one, old in before.devices.items():
            new = after.devices[one].risk
            assert old.risk.score <= new.score
            assert old.risk.compromised <= new.compromised
            assert old.risk.blast <= new.blast + 1e-9
    assert before.network.expected_loss <= make.judge(holed, scope).network.expected_loss + 1e-9


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_every_number_lies_in_its_range_and_points_sum_to_the_score(make_once, seed):
    make = make_once
    network, scope = some_network(make, seed)

    got = make.judge(network, scope)

    for one in got.devices.values():
        risk = one.risk
        assert risk.score == sum(line.points for line in risk.why)
        assert all(line.points > 0 and line.text and line.removes for line in risk.why)
        assert 0 <= risk.score <= 100
        assert risk.band is band(risk.score)
        assert risk.interval.lo <= risk.score <= risk.interval.hi
        assert 0 <= risk.compromised <= 1
        assert 0 <= risk.critical <= 1
        assert 0 <= risk.top_ten <= 1
        assert risk.blast >= 0
        assert risk.fix_value >= 0
        assert risk.grade in "ABCD"
        assert max(risk.by_adversary.values()) == risk.by_adversary["adaptive"] == risk.score
        assert all(0 <= exposure.probability <= 1 for exposure in one.exposures)
    assert 0 <= got.network.after_top_fixes <= got.network.expected_loss <= got.network.total_weight
    assert got.network.interval.lo <= got.network.expected_loss <= got.network.interval.hi


def test_nothing_to_judge_is_judged_as_nothing(make):
    got = make.judge([], make.scope("office"))

    assert (0.0, 0) == (got.network.expected_loss, got.network.critical_assets)
    assert ({}, (), ()) == (got.devices, got.cohorts, got.reach)


def test_one_device_alone_endangers_nobody(make):
    got = make.judge([make.xp("xp", "office")], make.scope("office"))

    assert (0, 0.0, ()) == (
        got.devices["xp"].risk.score,
        got.devices["xp"].risk.blast,
        got.devices["xp"].risk.why,
    )
    assert 1.0 == got.network.expected_loss


def test_a_device_outside_every_zone_reaches_nobody(make):
    got = make.judge(
        [make.xp("xp"), *(make.xp(f"pc{at}", "office") for at in range(3))], make.scope("office")
    )

    assert (0, 0.0) == (got.devices["xp"].risk.score, got.devices["xp"].risk.blast)


def test_isolated_zones_stay_apart(make):
    closed = [("a", "b", [], "declared"), ("b", "a", [], "declared")]
    network = [make.xp("one", "a"), make.xp("two", "a"), *(make.xp(f"b{at}", "b") for at in range(20))]

    got = make.judge(network, make.scope("a", "b", segments=closed))

    assert got.devices["one"].risk.blast <= 1.0


def test_a_device_that_is_there_twice_is_refused(make):
    with pytest.raises(DataError, match="twin is there twice"):
        make.judge([make.xp("twin", "a"), make.xp("twin", "a")], make.scope("a"))


@pytest.mark.parametrize("weight", [math.nan, -1.0, math.inf])
def test_an_impossible_weight_is_refused(make, weight):
    with pytest.raises(DataError, match="not a number from 0 up"):
        make.judge([], make.scope("a", critical=[("PACS", "10.0.0.1", weight)]))
    with pytest.raises(DataError, match="criticality of"):
        make.judge([], make.scope("a", criticality={"a": weight}))


@pytest.mark.parametrize("chance", [math.nan, -0.1, 1.1])
def test_an_impossible_probability_of_reach_is_refused(make, chance):
    said = ZoneReach(source="a", target="b", gates=("*",), known=Reach.MEASURED, probability=chance)

    with pytest.raises(DataError, match="a -> b"):
        make.judge([], make.scope("a", "b"), reach=(said,))


def test_scope_says_what_is_critical_and_how_much(make):
    network = [make.windows7("pc", "a"), make.windows7("vault", "b", address="10.1.9.9")]
    opened = [("a", "b", ["tcp/445"], "declared")]

    plain = make.judge(network, make.scope("a", "b", segments=opened))
    named = make.judge(network, make.scope("a", "b", segments=opened, critical=[("vault", "10.1.9.9", 80)]))

    assert (0, 1) == (plain.network.critical_assets, named.network.critical_assets)
    assert named.devices["pc"].risk.critical > 0.5
    assert named.devices["pc"].risk.score >= plain.devices["pc"].risk.score


def test_known_reach_and_exact_evidence_make_a_better_grade(make):
    closed = [("a", "b", [], "declared"), ("b", "a", [], "declared")]
    exact = make.plain("telnet", "a", ports=("tcp/23",), kind=Kind.CAMERA)
    silent = make.plain("silent", "a")

    unsure = make.judge([exact, silent], make.scope("a", "b"))
    sure = make.judge([exact, silent], make.scope("a", "b", segments=closed))

    assert ("A", "D") == (sure.devices["telnet"].risk.grade, unsure.devices["silent"].risk.grade)
    assert sure.devices["telnet"].risk.grade < unsure.devices["telnet"].risk.grade


def test_a_parameter_of_the_run_counts(make):
    network = [make.windows7(f"pc{at}", "a") for at in range(4)]

    never = make.judge(
        network, make.scope("a"), parameters={"success.3": 0.0, "success.2": 0.0, "success.adaptive": 0.0}
    )

    assert DeviceId("pc0") in never.devices
    assert never.devices["pc0"].risk.by_adversary["commodity"] == 0


def test_out_of_support_weighs_more_with_the_years(make):
    def one(ends):
        device = make.device("old", "a", kind=Kind.SWITCH, ports=("tcp/22",))
        network = [(device, make.age(Support.UNSUPPORTED, ends), make.kept()), make.patched("pc", "a")]
        return make.judge(network, make.scope("a")).devices["old"].exposures[0]

    assert ("out-of-support", "E4") == (one(date(2020, 1, 1)).id, one(date(2020, 1, 1)).grade)
    assert one(date(2024, 1, 1)).probability < one(date(2010, 1, 1)).probability < 0.5


def test_every_number_is_pythons_own_and_goes_into_json(make):
    """A float of numpy is one too, but msgspec refuses it: nothing may hide it later."""
    network = [make.windows7("a", "x"), make.windows7("b", "x", "y"), make.windows7("c", "y")]
    scope = make.scope("x", "y", critical=[("C", "10.0.0.1", 50)])

    got = judge(network, scope, make.known, {}, 7, make.now, (), 2)

    assert got.plan.steps
    assert json.loads(msgspec.json.encode(got))["network"]["expected_loss"] == got.network.expected_loss
