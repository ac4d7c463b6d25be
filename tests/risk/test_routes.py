"""What each device comes to: assets with their ways, compute hosts, times."""

import pytest

from scanner.model.kinds import Kind, Reach, Role
from scanner.model.verdict import ZoneReach
from scanner.risk.routes import sizes


@pytest.fixture
def judged(make):
    scope = make.scope(
        "office", "imaging", "island",
        segments=[
            ("office", "imaging", ["tcp/445"], "declared"), ("imaging", "office", [], "declared"),
            *((a, b, [], "declared") for a, b in (("office", "island"), ("island", "office"), ("imaging", "island"), ("island", "imaging"))),
        ],
    )  # fmt: skip
    network = [
        make.windows7("pc", "office"),
        make.windows7("ct", "imaging", kind=Kind.MODALITY),
        make.plain("brain", "imaging", kind=Kind.COMPUTE_HOST, ports=("tcp/23",)),
        make.plain("floating", "imaging", kind=Kind.COMPUTE_HOST, role=Role.VIRTUAL),
        make.windows7("alone", "island"),
    ]
    return make.judge(network, scope)


def test_a_device_names_the_assets_it_comes_to_with_their_ways_by_adversary(judged):
    (got,) = judged.devices["pc"].risk.reaches

    assert ("ct", 1) == (got.asset, got.hops)
    assert {"commodity", "adaptive", "intruder"} == set(got.probability)
    assert 0 < got.probability["intruder"] <= got.probability["adaptive"]
    assert ["ct"] == [hop.device for hop in got.paths[0].hops]
    assert "imaging" == got.paths[0].hops[0].zone
    assert got.probability["adaptive"] >= got.paths[0].probability - 0.1


def test_nothing_is_reached_from_an_island_and_an_asset_does_not_reach_itself(judged):
    assert () == judged.devices["alone"].risk.reaches
    assert () == judged.devices["ct"].risk.reaches


def test_compute_hosts_are_counted_with_the_hops_to_them(judged):
    # telnet is shut between the zones: the modality falls first
    got = {name: judged.devices[name].risk.compute_hops for name in ("brain", "ct", "pc", "alone")}

    assert {"brain": 0, "ct": 1, "pc": 2, "alone": None} == got
    assert 1 == judged.network.compute_hosts
    assert 0 < judged.network.compute_reached < 1


def test_every_adversary_has_its_own_time(judged):
    known, adaptive, person = judged.network.pace

    assert ["commodity", "adaptive", "intruder"] == [known.adversary, adaptive.adversary, person.adversary]
    assert known.hours < person.hours < adaptive.hours
    assert adaptive.interval.lo <= adaptive.hours <= adaptive.interval.hi
    assert "ct" == adaptive.first


def test_a_network_without_anything_critical_has_no_times(make):
    got = make.judge([make.windows7("pc", "z")], make.scope("z"))

    assert [None] * 3 == [one.hours for one in got.network.pace]
    assert [None] * 3 == [one.first for one in got.network.pace]
    assert 0.0 == got.network.compute_reached


def test_what_each_adversary_makes_of_a_device_goes_with_its_score(judged):
    risk = judged.devices["pc"].risk

    assert risk.by_adversary == {name: one.score for name, one in risk.under.items()}
    assert (risk.compromised, risk.blast, risk.critical) == (
        risk.under["adaptive"].compromised, risk.under["adaptive"].blast, risk.under["adaptive"].critical,
    )  # fmt: skip
    assert risk.error <= 0.0221


def test_a_zone_has_the_addresses_of_its_networks_and_a_guess_without_any(make):
    assert [65536.0, 254.0] == sizes(["a", "elsewhere"], make.scope("a", "unasked"))


def shared(make, name, *zones, kind=Kind.WORKSTATION, more=()):
    """Patched, with nothing but a password of the domain's image."""
    device = make.device(
        name, *zones, kind=kind, ports=("tcp/445",),
        attributes={"os.family": "Windows", "os.product": "Windows 11", "os.build": "10.0.22631"},
        readings=(("host.domain", "clinic.example", "tcp/445"), *more),
    )  # fmt: skip
    return device, make.age(), make.kept()


def test_a_way_over_a_shared_password_is_shown_and_says_that_it_is_assumed(make):
    scope = make.scope("a", "b", segments=[("a", "b", ["tcp/445"], "declared"), ("b", "a", [], "declared")])

    got = make.judge([shared(make, "pc", "a"), shared(make, "dc", "b", kind=Kind.DOMAIN_CONTROLLER)], scope)

    (reached,) = got.devices["pc"].risk.reaches
    (hop,) = reached.paths[0].hops
    assert ("dc", "assumed", "declared", 1) == (hop.device, hop.password, hop.reach, reached.hops)
    assert hop.gate.startswith("cred:shared:clinic.example")
    # shared with 0.3, opens with 0.5
    assert 0.15 == pytest.approx(reached.paths[0].probability)
    assert reached.probability["adaptive"] == pytest.approx(0.15, abs=0.08)
    assert () == got.devices["dc"].risk.reaches


def test_a_password_that_a_directory_shows_to_be_the_images_is_evidence(make):
    entry = ("register.entry.name", "x", "tcp/445")
    network = [shared(make, "pc", "a", more=(entry,))]
    network += [shared(make, "dc", "a", kind=Kind.DOMAIN_CONTROLLER, more=(entry,))]
    network += [shared(make, "kept", "a", more=(("setting.laps", "2026-12-01", "tcp/445"),))]

    got = make.judge(network, make.scope("a"))

    (reached,) = got.devices["pc"].risk.reaches
    assert (
        {"evidence", "assumed"}
        >= {hop.password for path in reached.paths for hop in path.hops}
        >= {"evidence"}
    )
    assert {"inside"} == {hop.reach for path in reached.paths for hop in path.hops}
    assert () == got.devices["kept"].risk.reaches


def test_every_step_says_how_its_reach_is_known(make):
    asset = make.windows7("ct", "b", kind=Kind.MODALITY)
    seen = ZoneReach(source="a", target="b", gates=("tcp/445",), known=Reach.MEASURED, probability=1.0)
    told = {}
    for name, scope, reach in (
        ("measured", make.scope("a", "b"), (seen,)),
        ("declared", make.scope("a", "b", segments=[("a", "b", ["tcp/445"], "declared")]), ()),
        ("assumed", make.scope("a", "b"), ()),
    ):
        got = make.judge([make.windows7("pc", "a"), asset], scope, reach=reach)
        told[name] = got.devices["pc"].risk.reaches[0].paths[0].hops[-1].reach

    assert {name: name for name in told} == told
