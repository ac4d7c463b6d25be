"""Discovery on a network that misbehaves: a clear error or a recorded outcome, and what was found is on the disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("fault_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
LIVE = ["10.77.0.13", "10.77.0.19", "10.77.0.2", "10.77.0.28", "10.77.0.7"]
CARD, OTHER = "02:00:00:00:00:02", "02:00:00:00:00:66"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


def stood(scenario):
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), scenario],
        capture_output=True,
        check=False,
        text=True,
        timeout=170,
    )
    assert (0, "") == (run.returncode, run.stderr)
    told = json.loads(run.stdout)
    # whatever happened: the log holds together, and nobody can have changed the audit unseen
    assert ("ok", 0) == (told["whole"], told["audit"])
    return told


def last_line(told):
    return told["said"].strip().splitlines()[-1]


def test_an_interface_that_is_down_is_recorded_and_nobody_is_invented():
    told = stood("down")
    assert (0, []) == (told["status"], told["there"])
    assert [
        "10.77.0.0/27: no interface that is up is in it and no route leads there: nobody could be reached"
    ] == (told["notes"])


def test_a_network_that_no_route_leads_to_is_recorded():
    told = stood("no_route")
    assert (0, "", []) == (told["status"], told["out"].strip(), told["devices"])
    assert [
        "10.88.0.0/29: no interface that is up is in it and no route leads there: nobody could be reached"
    ] == (told["notes"])


def test_an_interface_that_is_pulled_out_ends_the_run_and_keeps_what_it_had_found():
    told = stood("vanishing")
    assert 2 == told["status"]
    assert last_line(told).startswith("stalehost: interface v0 went away: ")
    assert "show interfaces status err-disabled" in last_line(told)
    assert 2 <= len(told["before"])
    assert set(told["before"]) <= set(told["there"]) <= set(LIVE)
    assert any(note.startswith("stopped early: interface v0") for note in told["notes"])


def test_a_port_that_a_switch_shuts_ends_the_run_which_goes_on_once_it_is_open_again():
    told = stood("shut")
    first = told["first"]
    assert (2, "ok", 0) == (first["status"], first["whole"], first["audit"])
    assert "stalehost: interface v0" in last_line(first)
    assert set(first["before"]) <= set(first["there"]) < set(LIVE)

    assert (0, LIVE, LIVE) == (told["status"], told["there"], told["open"])
    assert not [note for note in told["notes"] if note.startswith("stopped early")]


def test_a_card_whose_queue_is_full_loses_no_question():
    """The kernel says ENOBUFS: such a frame goes first the next time."""
    told = stood("full")
    assert (0, LIVE) == (told["status"], told["there"])


def test_a_flood_of_answers_that_nobody_asked_for_invents_nobody_and_hides_nobody():
    told = stood("flood")
    assert (0, LIVE, LIVE) == (told["status"], told["there"], told["devices"])
    assert [CARD] == told["cards"]
    assert LIVE == told["open"]


def test_malformed_and_hostile_answers_invent_nobody():
    told = stood("hostile")
    assert (0, LIVE, LIVE) == (told["status"], told["there"], told["devices"])
    assert ([CARD], LIVE, []) == (told["cards"], told["open"], told["flags"])


def test_an_address_that_two_cards_claim_is_flagged():
    told = stood("double")
    assert (0, LIVE) == (told["status"], told["there"])
    assert [CARD, OTHER] == told["cards"]
    assert [["guard.duplicate", "10.77.0.13"]] == told["flags"]


def test_the_same_network_without_a_fault_is_found_whole():
    """Without this the zeros above would count for nothing."""
    told = stood("plain")
    assert (0, LIVE, LIVE, LIVE) == (told["status"], told["there"], told["open"], told["devices"])
    assert ([], []) == (told["flags"], told["notes"])
