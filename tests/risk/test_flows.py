"""Conversations that were heard become measured reach between zones."""

from datetime import UTC, datetime

import pytest

from scanner.model.kinds import Reach
from scanner.model.net import Address, Port
from scanner.model.observation import Observation, evidence_id
from scanner.risk.flows import measured
from scanner.scope.parse import parse

AT = datetime(2026, 11, 2, tzinfo=UTC)
SCOPE = parse(
    """
[engagement]
name = "e"
owner = "o"
authorized_by = "a"
contact = "c"
reference = "r"
valid_from = 2026-11-01
valid_until = 2026-11-30
sector = "office"
[[network]]
cidr = "10.1.0.0/24"
zone = "office"
profile = "office"
[[network]]
cidr = "10.2.0.0/24"
zone = "ward"
profile = "office"
""",
    "scope.toml",
)


def flow(client="10.1.0.5", server="10.2.0.9", port="tcp/445", **changes):
    facts = {"source": "passive:ip", "first": AT, "last": AT, "field": "flow.seen", "value": {"from": client}}
    return Observation(**{**facts, "address": Address(server), "port": Port(port), **changes})


def test_each_pair_of_zones_gets_one_row_with_the_ports_that_answered_and_their_evidence():
    log = [flow(), flow(port="tcp/104"), flow("10.2.0.9", "10.1.0.5", "udp/53"), flow(client="10.1.0.6")]

    there, back = measured(log, SCOPE)

    assert ("office", "ward", ("tcp/104", "tcp/445"), Reach.MEASURED, 1.0) == (
        there.source, there.target, there.gates, there.known, there.probability,
    )  # fmt: skip
    assert (evidence_id(log[1]), min(evidence_id(log[0]), evidence_id(log[3]))) == there.evidence
    assert ("ward", "office", ("udp/53",)) == (back.source, back.target, back.gates)


def test_the_order_of_the_log_does_not_matter():
    log = [flow(), flow(client="10.1.0.6"), flow(port="tcp/104")]
    assert measured(log, SCOPE) == measured(log[::-1], SCOPE)


@pytest.mark.parametrize(
    "one",
    [
        flow(client="10.2.0.5"),
        flow(client="192.0.2.5"),
        flow(server="192.0.2.9"),
        flow(client="somebody"),
        flow(value="10.1.0.5"),
        flow(address=None),
        flow(port="tcp/445", field="port.state"),
        Observation(
            source="passive:ip",
            first=AT,
            last=AT,
            field="flow.seen",
            value={"from": "10.1.0.5"},
            address=Address("10.2.0.9"),
        ),
    ],
)
def test_what_crosses_no_zones_of_the_scope_or_says_nothing_is_no_reach(one):
    assert () == measured([one], SCOPE)
