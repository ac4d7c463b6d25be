"""`stalehost reach` on a scan of the simulated hospital."""

import json

import pytest

JUDGED = "2026-11-23T13:00:00+00:00"


def test_pairs_are_counted_by_how_they_are_known_and_the_next_test_is_named(run, engagement):
    said = json.loads(run("reach", "--json", "--now", JUDGED).stdout)
    text = run("reach", "--now", JUDGED).stdout

    assert {"measured", "declared", "inferred", "assumed"} == set(said["pairs"])
    assert sum(said["pairs"].values()) == len({(one["source"], one["target"]) for one in said["reach"]})
    assert f"{said['pairs']['declared']:5} zone pair" in text
    assert [one["narrows"] for one in said["next"]] == sorted(
        (one["narrows"] for one in said["next"]), reverse=True
    )


def test_a_policy_that_nothing_refutes_passes(run, engagement):
    got = run("reach", "--check", "--now", JUDGED)

    assert (0, True) == (got.exit_code, got.stdout.splitlines()[-1].startswith("PASS: 0 of "))


def test_measuring_from_a_zone_that_this_machine_does_not_stand_in_is_refused(engagement, run):
    before = (engagement / "audit.jsonl").read_text()

    got = run("reach", "--from", "office")

    assert "plug it in there first" in str(got.exception)
    assert '"event":"open"' not in (engagement / "audit.jsonl").read_text().removeprefix(before)


def test_a_check_that_cannot_measure_first_judges_nothing(run, engagement):
    got = run("reach", "--from", "office", "--check")

    assert "plug it in there first" in str(got.exception)
    assert "PASS" not in got.stdout


@pytest.mark.parametrize("words", [("reach", "--check", "--json"), ("reach", "--json")])
def test_json_is_one_object(run, engagement, words):
    assert isinstance(json.loads(run(*words, "--now", JUDGED).stdout), dict)
