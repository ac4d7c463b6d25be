"""Ranges and rules out of the words of firewalls."""

from datetime import UTC, datetime

import pytest

from scanner.observe.files.policy import Rules, between, network, ranges
from scanner.observe.files.told import Teller

TELLER = Teller(source="import:x", now=datetime(2026, 11, 24, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("10.0.0.0 255.255.255.0", ["10.0.0.0/24"]),
        ("10.0.0.0 0.0.0.255", ["10.0.0.0/24"]),
        ("10.0.0.5", ["10.0.0.5/32"]),
        ("10.0.0.5/24, 10.1.0.0/16", ["10.0.0.0/24", "10.1.0.0/16"]),
        ("10.0.0.0 255.0.255.0", ["10.0.0.0/32"]),
        ("name", []),
    ],
)
def test_ranges_in_a_text(text, want):
    assert want == ranges(text)


def test_a_span_of_addresses():
    assert ["10.0.0.1/32", "10.0.0.2/31"] == between("10.0.0.1", "10.0.0.3")
    assert [] == between("x", "10.0.0.3")
    assert [] == between("10.0.0.1", "2001:db8::1")


@pytest.mark.parametrize("text", ["x", "10.0.0.1/32", "127.0.0.0/8", "224.0.0.0/4", "0.0.0.0/0"])
def test_what_is_no_network_of_hosts_is_none(text):
    assert [] == list(network(TELLER, text))


def test_rules_are_numbered_list_by_list():
    rules = Rules(TELLER)
    made = [rules.rule(name, [], [], [], allow=True, closed=name == "a").value for name in ("a", "b", "a")]

    assert [("a", 1, None), ("b", 1, "unsaid"), ("a", 2, None)] == [
        (one["list"], one["order"], one.get("otherwise")) for one in made
    ]
    assert (["any"], ["any"], ["*"]) == (made[0]["from"], made[0]["to"], made[0]["ports"])
