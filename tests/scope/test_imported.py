"""Imported rules become segments between the zones of the scope."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from scanner.model.observation import Observation
from scanner.scope.imported import segments
from scanner.scope.parse import parse

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HEAD = """
[engagement]
name = "a"
owner = "b"
authorized_by = "c"
contact = "d"
reference = "e"
valid_from = 2026-11-01
valid_until = 2026-11-30
sector = "office"
"""
NETWORKS = (
    ("192.0.2.0/26", "office"),
    ("192.0.2.64/26", "servers"),
    ("192.0.2.128/26", "ward"),
    ("2001:db8::/64", "ward"),
)
SCOPE = parse(
    HEAD
    + "".join(
        f'[[network]]\ncidr = "{cidr}"\nzone = "{zone}"\nprofile = "office"\n' for cidr, zone in NETWORKS
    ),
    "x",
)


def rules(*rows, name="list", source="import:x"):
    return [
        Observation(
            source=source, first=NOW, last=NOW, field="policy.rule",
            value={"from": start, "to": target, "action": action, "ports": ports, "list": name, "order": order},
        )
        for order, (action, start, target, ports) in enumerate(rows, 1)
    ]  # fmt: skip


def told(log):
    return {(one.source, one.target): one.allow for one in segments(log, SCOPE)}


CASES = {
    "a host in a zone opens the zone": (
        [("allow", ["192.0.2.0/26"], ["192.0.2.70/32"], ["tcp/443"])],
        {("office", "servers"): ("tcp/443",), ("office", "ward"): ()},
    ),
    "zones by name, whatever their case": (
        [("allow", ["Office"], ["servers"], ["tcp/443", "tcp/22"]), ("deny", ["office"], ["ward"], ["*"])],
        {("office", "servers"): ("tcp/22", "tcp/443"), ("office", "ward"): ()},
    ),
    "the first rule that fits decides": (
        [("deny", ["office"], ["any"], ["tcp/23"]), ("allow", ["office"], ["any"], ["tcp/22", "tcp/23"])],
        {("office", "servers"): ("tcp/22",), ("office", "ward"): ("tcp/22",)},
    ),
    "after a denial of everything nothing is let through": (
        [("deny", ["office"], ["any"], ["*"]), ("allow", ["office"], ["servers"], ["*"])],
        {("office", "servers"): (), ("office", "ward"): ()},
    ),
    "a denial of a part does not shut the whole": (
        [("deny", ["192.0.2.1/32"], ["servers"], ["*"]), ("allow", ["office"], ["servers"], ["*"])],
        {("office", "servers"): ("*",), ("office", "ward"): ()},
    ),
    "the whole of a zone is all of its ranges": (
        [("deny", ["office"], ["192.0.2.128/25"], ["*"]), ("allow", ["office"], ["ward"], ["tcp/80"])],
        {("office", "ward"): ("tcp/80",), ("office", "servers"): ()},
    ),
    "both families cover a zone of both": (
        [("deny", ["office"], ["192.0.2.128/25", "2001:db8::/32"], ["*"]), ("allow", ["office"], ["ward"], ["tcp/80"])],
        {("office", "ward"): (), ("office", "servers"): ()},
    ),
    "ICMP is no door": (
        [("allow", ["office"], ["servers"], ["icmp"])],
        {("office", "servers"): (), ("office", "ward"): ()},
    ),
    "who lets anybody into a zone speaks of that zone": (
        [("allow", ["any"], ["servers"], ["tcp/443"]), ("deny", ["any"], ["any"], ["*"])],
        {("office", "servers"): ("tcp/443",), ("ward", "servers"): ("tcp/443",)},
    ),
    "a list that names no zone has no say": ([("allow", ["any"], ["198.51.100.0/24"], ["*"])], {}),
    "any to any names none either": ([("deny", ["any"], ["any"], ["*"])], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_rules_become_segments(name):
    rows, want = CASES[name]

    assert want == told(rules(*rows))


def test_of_several_lists_the_most_open_counts():
    log = rules(("allow", ["office"], ["servers"], ["tcp/22"])) + rules(
        ("allow", ["office"], ["servers"], ["tcp/80"]), name="other"
    )

    assert ("tcp/22", "tcp/80") == told(log)["office", "servers"]


def test_order_in_the_log_does_not_matter_but_order_in_the_list_does():
    log = rules(("deny", ["office"], ["servers"], ["*"]), ("allow", ["office"], ["servers"], ["*"]))

    assert told(log) == told(reversed(log))
    assert () == told(log)["office", "servers"]


def test_segments_are_imported_and_a_rule_without_ends_says_nothing():
    odd = Observation(source="import:x", first=NOW, last=NOW, field="policy.rule", value={"from": "x"})
    text = Observation(source="import:x", first=NOW, last=NOW, field="policy.rule", value="x")

    assert {} == told([odd, text])
    assert {"imported"} == {
        one.known for one in segments(rules(("allow", ["office"], ["ward"], ["*"])), SCOPE)
    }


def test_a_table_of_pairs_speaks_of_its_own_pairs_only():
    (rule,) = rules(("allow", ["office"], ["servers"], ["tcp/22"]))

    assert {("office", "servers"): ("tcp/22",)} == told(
        [replace(rule, value={**rule.value, "otherwise": "unsaid"})]
    )
