"""Each promise names a test that exists, and docs/safety.md holds them all."""

import ast
import re
from pathlib import Path

import pytest

from scanner.model.kinds import Profile
from scanner.report.promises import PROMISES
from scanner.scope.profile import LIMITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text("utf-8")


def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE))))
def test_every_test_that_the_page_names_exists(named):
    path, _, name = named.partition("::")
    assert name in names_in(path)


def test_the_page_and_the_change_request_make_the_same_promises():
    assert [f"- {one.words}\n  `{one.test}`" for one in PROMISES] == re.findall(
        r"^- .*\n  `tests/.*`$", PAGE, re.MULTILINE
    )
    assert len(PROMISES) == len({one.words for one in PROMISES}) >= 20


def test_every_file_that_the_page_names_exists():
    for named in re.findall(r"`((?:scanner|tests|fixtures|benchmarks)/[\w/.]+)`", PAGE):
        assert (ROOT / named).exists(), named


def test_the_table_of_profiles_is_the_one_in_force():
    columns = [Profile.CLINICAL, Profile.OT, Profile.OFFICE, Profile.LAB]
    rows = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
        for line in PAGE.splitlines()
        if line[:1] == "|"
    }
    limits = [LIMITS[profile] for profile in columns]

    assert [str(one.per_host) for one in limits] == rows["connections to a host at a time"]
    assert [f"{one.rate_host:g} / {one.rate_total:,g}" for one in limits] == rows[
        "begun a second, host / network"
    ]
    assert [str(one.budget or "no limit") for one in limits] == rows["connections to a host in 24 hours"]
    assert [f"{one.arp_rate:,g}" for one in limits] == rows["ARP requests a second"]
    assert [str(len(one.ports)) for one in limits] == rows["TCP ports"]
    assert [str(len(one.udp)) for one in limits] == rows["UDP ports, one datagram to each"]
