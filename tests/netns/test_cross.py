"""Two hospitals over a router: who of the one reaches the other is knocked for, as the scope at hand lets, and joined."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("cross_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


@pytest.fixture(scope="module")
def told():
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND)], capture_output=True, check=False, text=True, timeout=160
    )
    assert (0, "") == (run.returncode, run.stderr)
    said = json.loads(run.stdout)
    for step in ("sent", "joined", "back", "joint", "known"):
        assert 0 == said[step]["status"], said[step]["err"]
    return said


def test_what_another_site_tells_of_its_devices_is_no_leave_to_knock_on_them(told):
    assert {} == told["before"]


def test_a_rule_into_another_site_is_tried_over_the_router_and_held(told):
    assert ["HELD     office -> south/office: shut: tcp/23", "PASS: 0 of 1 declared rules refuted"] == told[
        "held"
    ]["out"].splitlines()
    assert "office -> south/office: 10.30.0.2 tcp/23 unreachable" in told["held"]["err"]
    assert {} == told["quiet"]


def test_a_hole_in_the_routers_rules_refutes_it_with_one_knock_and_the_ward_gets_none(told):
    assert 1 == told["refuted"]["status"]
    assert "REFUTED  office -> south/office: tcp/23 was reached" in told["refuted"]["out"]
    assert {"10.30.0.2 tcp/23": 1} == told["knocks"]
    assert "not knocked on: south/ward" in told["refuted"]["err"]


def test_head_office_reads_from_where_and_when_the_way_between_its_two_sites_was_measured(told):
    (row,) = [one for one in json.loads(told["known"]["out"])["reach"] if one["known"] == "measured"]

    assert ("north/office", "south/office", ["tcp/23"], 1.0, "north") == tuple(
        row[name] for name in ("source", "target", "gates", "probability", "site")
    )
    assert datetime.now(UTC).year - 1 <= datetime.fromisoformat(row["last"]).year <= datetime.now(UTC).year
    assert row["evidence"]
