"""Declared policy against what was seen."""

import msgspec
import pytest

from scanner.model.device import Leg, Service
from scanner.model.kinds import Profile
from scanner.model.net import Address, Port
from scanner.model.observation import Observation, evidence_id
from scanner.risk.segments import anew, check, still

KNOWN = {
    Port("tcp/445"): frozenset({"smb"}),
    Port("tcp/23"): frozenset({"telnet"}),
    Port("tcp/443"): frozenset({"web"}),
}


@pytest.fixture
def told(make):
    """Office may open tcp/443 in the ward, where one server has that and tcp/445 open."""
    scope = make.scope("office", "ward", segments=[("office", "ward", ["tcp/443"], "declared")])
    ports = ("tcp/443", "tcp/445")
    services = tuple(
        Service(
            port=Port(one),
            address=Address("10.1.0.9"),
            protocol=None,
            product=None,
            version=None,
            evidence=(),
        )
        for one in ports
    )
    legs = (Leg(address=Address("10.1.0.9"), mac=None, zone="ward", live=True),)
    device = msgspec.structs.replace(make.device("server", "ward"), services=services, legs=legs)
    return scope, [device]


def knock(make, state, vantage, port="tcp/445"):
    return Observation(
        source="tcp:connect", first=make.now, last=make.now, field="port.state", value=state,
        address=Address("10.1.0.9"), port=Port(port), zone="ward", vantage=vantage,
    )  # fmt: skip


def rule(make, action, *ports):
    value = {
        "list": "acl",
        "order": 1,
        "from": ["office"],
        "to": ["ward"],
        "action": action,
        "ports": list(ports),
    }
    return Observation(
        source="import:opnsense", first=make.now, last=make.now, field="policy.rule", value=value
    )


def test_a_forbidden_port_that_was_reached_refutes_the_rule_with_its_evidence(make, told):
    seen = knock(make, "open", "office")

    got = check(told[0], [seen], told[1], KNOWN)

    (broken,) = got.violations
    assert ("office", "ward", "tcp/445", "seen", (evidence_id(seen),)) == (
        broken.source, broken.target, broken.port, broken.how, broken.evidence,
    )  # fmt: skip
    assert (False, "refuted") == (got.passed, got.rules[0].state)


def test_an_allowed_port_that_was_reached_and_pairs_without_a_rule_refute_nothing(make, told):
    back = msgspec.structs.replace(knock(make, "open", "ward"), address=Address("10.0.0.5"), zone="office")

    got = check(told[0], [knock(make, "open", "office", "tcp/443"), back], told[1], KNOWN)

    assert got.passed


def test_a_firewall_that_lets_more_through_refutes_the_rule(make, told):
    let = rule(make, "allow", "tcp/443", "tcp/3389")

    got = check(told[0], [let], told[1], KNOWN)

    assert [("tcp/3389", "imported", (evidence_id(let),))] == [
        (one.port, one.how, one.evidence) for one in got.violations
    ]


def test_a_firewall_that_speaks_of_undeclared_pairs_refutes_nothing(make, told):
    back = msgspec.structs.replace(
        rule(make, "allow", "*"), value={**rule(make, "allow", "*").value, "from": ["ward"], "to": ["office"]}
    )

    assert check(told[0], [back], told[1], KNOWN).passed


def test_an_untested_rule_comes_with_the_knock_that_could_refute_it(make, told):
    got = check(*(told[0], [], told[1]), KNOWN).rules[0]

    assert ("untested", "") == (got.state, got.why)
    assert [("office", "10.1.0.9", "tcp/445")] == [(one.source, one.address, one.port) for one in got.knocks]


def test_a_rule_that_was_tried_and_held_is_held(make, told):
    log = [knock(make, "open", "ward"), knock(make, "silent", "office")]

    got = check(told[0], log, told[1], KNOWN).rules[0]

    assert ("held", ("tcp/445",), (), "") == (got.state, got.tested, got.knocks, got.why)


def test_where_nothing_may_be_knocked_on_or_nothing_is_open_it_says_why(make, told):
    scope, devices = told
    careful = tuple(msgspec.structs.replace(one, profile=Profile.CLINICAL) for one in scope.networks)

    ward = check(msgspec.structs.replace(scope, networks=careful), [], devices, KNOWN).rules[0]
    empty = check(scope, [], [], KNOWN).rules[0]

    assert ((), True) == (ward.knocks, "import the firewall's rules" in ward.why)
    assert ((), True) == (empty.knocks, "was seen open there" in empty.why)


def test_several_segments_of_a_pair_are_one_rule_and_everything_may_be_allowed(make, told):
    scope = make.scope(
        "office", "ward",
        segments=[("office", "ward", ["tcp/443"], "declared"), ("office", "ward", ["*"], "declared"), ("office", "office", [], "declared")],
    )  # fmt: skip

    got = check(scope, [knock(make, "open", "office")], told[1], KNOWN)

    assert (True, [("*", "tcp/443")]) == (got.passed, [one.allow for one in got.rules])


def test_a_test_begins_anew_and_tries_again_what_was_reached_last_time(make, told):
    scope, devices = told
    inside, reached = knock(make, "open", "ward"), knock(make, "open", "office")
    log = [inside, reached, knock(make, "open", "office", "tcp/443")]
    checked = check(scope, log, devices, KNOWN)

    assert (inside,) == anew(log, "office")
    assert ((Address("10.1.0.9"), Port("tcp/445")),) == still(log, "office", checked)
    assert () == still(log, "ward", checked)

    (rule,) = check(scope, anew(log, "office"), devices, KNOWN).rules
    assert [Port("tcp/445")] == [one.port for one in rule.knocks]
