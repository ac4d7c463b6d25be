"""The cheapest set that parts two zones: against enumeration, and on redundant bridges."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.cut import Flow, cuts
from scanner.risk.plan.trial import loss, rehearse

pipes = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 9)).filter(lambda one: one[0] != one[1]),
    max_size=14,
)


@given(pipes)
def test_the_greatest_flow_is_the_cheapest_cut(laid):
    flow = Flow(6)
    for source, target, room in laid:
        flow.pipe(source, target, room)

    want = min(
        sum(room for source, target, room in laid if source in side and target not in side)
        for size in range(5)
        for more in itertools.combinations((1, 2, 3, 4), size)
        for side in [{0, *more}]
    )

    assert want == flow.run(0, 5, 1e9)
    behind = flow.behind(0)
    assert want == sum(room for source, target, room in laid if source in behind and target not in behind)


def test_a_flow_stops_where_it_is_told_to():
    flow = Flow(2)
    flow.pipe(0, 1, 5.0)
    flow.pipe(0, 1, 5.0)

    assert 10.0 == flow.run(0, 1, 100.0)
    assert 0.0 == flow.run(0, 1, 0.0)


def test_redundant_bridges_are_found_as_the_pair_that_parts_the_zones(stages):
    on = stages.bridged(2)
    trial = rehearse(on, 1024, 1)
    names = [actor.device.id for actor in on.cast]
    found = cuts(trial, NOTHING, np.ones(len(names)), 1e12)

    assert {("x0", "x1")} == {tuple(sorted(names[host] for host in one.hosts)) for one in found}
    pair = found[0].hosts
    alone = [loss(trial) - loss(trial, Change(gone=frozenset({host}))) for host in pair]
    both = loss(trial) - loss(trial, Change(gone=pair))
    assert max(alone) < 0.4 * both


def test_a_dear_bridge_beside_a_rule_is_parted_by_both_cheapest_first(stages):
    network = [stages.camera(f"a{number}", "x") for number in range(3)]
    network += [stages.camera(f"b{number}", "y") for number in range(3)]
    network += [stages.camera("m", "x", "y"), stages.camera("n", "x", "y")]
    on = stages.of(network, "x", "y", segments=[("x", "y", ["tcp/23"], "declared")])
    trial = rehearse(on, 256, 1)
    costs = np.ones(len(network))

    one = next(cut for cut in cuts(trial, NOTHING, costs, 1.0) if cut.rules)

    assert (2, {(0, 1)}) == (len(one.hosts), set(one.rules))
    assert 3.0 == one.cost


def test_what_is_already_shut_or_pulled_needs_no_cut(stages):
    on = stages.bridged(2)
    trial = rehearse(on, 256, 1)
    ward = on.net.zones.index("ward")
    hosts = [at for at, actor in enumerate(on.cast) if len(actor.zones) > 1]
    pulled = Change(unplugged=frozenset((host, ward) for host in hosts))

    assert [] == cuts(trial, pulled, np.ones(len(on.cast)), 1e12)
    assert [] == cuts(trial, Change(gone=frozenset(hosts)), np.ones(len(on.cast)), 1e12)
    assert [] == cuts(trial, NOTHING, np.full(len(on.cast), np.inf), 1e12)


def test_networks_without_devices_have_nothing_to_part(stages):
    assert [] == cuts(rehearse(stages.of([], "x", "y"), 64, 1), NOTHING, np.empty(0), 1.0)
