"""Conversations that were heard become measured reach between zones."""

from datetime import UTC, datetime, timedelta

import msgspec
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


def knock(state, source="office", server="10.2.0.9", zone="ward", port="tcp/445"):
    return flow(
        server=server,
        port=port,
        source="tcp:connect",
        field="port.state",
        value=state,
        zone=zone,
        vantage=source,
    )


def test_a_port_that_is_open_inside_and_not_from_elsewhere_is_shut_between_the_zones():
    (got,) = measured([knock("open", "ward"), knock("silent")], SCOPE)

    assert ("office", "ward", ("tcp/445",), 0.0) == (got.source, got.target, got.gates, got.probability)
    assert (evidence_id(knock("silent")),) == got.evidence


def test_a_silence_of_a_port_that_nobody_saw_open_says_nothing():
    assert () == measured([knock("silent"), knock("closed"), knock("open", "ward", port="tcp/80")], SCOPE)


def test_one_device_that_opens_is_enough_though_another_stays_silent():
    log = [knock("open", "ward"), knock("silent"), knock("open", server="10.2.0.10")]

    (got,) = measured(log, SCOPE)

    assert (1.0, ("tcp/445",)) == (got.probability, got.gates)


def test_open_and_shut_ports_of_a_pair_are_two_rows():
    log = [knock("open", "ward"), knock("silent"), flow(port="tcp/80")]

    assert [(("tcp/80",), 1.0), (("tcp/445",), 0.0)] == [
        (one.gates, one.probability) for one in measured(log, SCOPE)
    ]


def later(one, days):
    return msgspec.structs.replace(one, first=AT + timedelta(days=days), last=AT + timedelta(days=days))


@pytest.mark.parametrize(("first", "then", "want"), [("open", "silent", 0.0), ("silent", "open", 1.0)])
def test_of_two_knocks_on_one_port_the_later_counts(first, then, want):
    """A firewall that was mended is no longer open, and one that was opened no longer shut."""
    log = [knock("open", "ward"), later(knock(first), 1), later(knock(then), 2)]

    assert [want] == [one.probability for one in measured(log, SCOPE)]
    assert measured(log, SCOPE) == measured(log[::-1], SCOPE)


def test_a_conversation_that_was_heard_is_not_overtaken_by_a_knock():
    """The rule may be for that client alone."""
    (got,) = measured([flow(), knock("open", "ward"), later(knock("silent"), 2)], SCOPE)

    assert (1.0, ("tcp/445",)) == (got.probability, got.gates)
