"""The plan's totals."""

from datetime import UTC, datetime

from scanner.model.kinds import Profile
from scanner.model.packets import NetworkPlan, PacketPlan

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)


def network(connections, arp, seconds):
    return NetworkPlan(
        cidr="10.1.0.0/24", zone="z", profile=Profile.OFFICE, addresses=254, known=(), asks=(), connections=connections,
        per_host=1, arp=arp, arp_rate=1, rate_total=1, rate_host=1, gap=0, at_once=1, budget=None, seconds=seconds,
        starts=NOW, ends=NOW,
    )  # fmt: skip


def plan(*networks):
    return PacketPlan(
        title="t", owner="o", authorized_by="a", contact="c", reference="r", valid_from=NOW, valid_until=NOW, made=NOW,
        networks=networks, questions=(), exclusions=(), sources=(), agent="x/1", fingerprint="f",
    )  # fmt: skip


def test_networks_add_up_and_run_side_by_side():
    made = plan(network(3, 10, 60.0), network(4, 20, 90.0))
    assert (7, 37, 90.0) == (made.connections, made.initiations, made.seconds)


def test_a_plan_without_networks_is_nothing():
    assert (0, 0, 0.0) == (plan().connections, plan().initiations, plan().seconds)
