"""`stalehost plan` on a scan of the simulated hospital."""

import json

import jsonschema
import pytest

from scanner.report.schema import json_schema

JUDGED = "2026-11-23T13:00:00+00:00"


def test_the_forgotten_laptop_comes_first_with_what_that_saves(run, engagement):
    """And what the plan starts from is the very loss that the report shows."""
    devices = [json.loads(line) for line in run("devices", "--json", "--now", JUDGED).stdout.splitlines()]
    report = json.loads(run("report", "--format", "json", "--now", JUDGED).stdout)
    said = json.loads(run("plan", "--json", "--now", JUDGED).stdout)
    jsonschema.Draft202012Validator(json_schema()).validate(said)
    first, *_ = said["plan"]["steps"]

    assert [devices[0]["id"]] == first["devices"]
    assert first["action"] in {"unplug", "isolate"}
    assert first["saves"] > 0.3 * said["plan"]["loss"]
    assert report["plan"] == said["plan"]
    assert report["network"]["expected_loss"] == said["plan"]["loss"]
    assert f"1. saves {first['saves']:.0f} " in run("plan", "--now", JUDGED).stdout


def test_of_two_bridges_the_plan_finds_the_pair_and_the_second_counts_once_the_first_is_cut(run, two_bridges):
    """Each alone leaves the other: together they save more than the sum of what each would save."""
    said = json.loads(run("plan", "--json", "--now", JUDGED).stdout)["plan"]
    devices = map(json.loads, run("devices", "--json", "--now", JUDGED).stdout.splitlines())
    pair = [
        one["id"]
        for one in devices
        if {"office", "management"} <= {*one["zones"]} and one["role"] not in {"gateway", "virtual"}
    ]
    first, second = (step for step in said["steps"] if {*step["devices"]} & {*pair})
    words = [word for one in pair for word in ("--what-if", f"isolate {one}")]
    one, other, both = json.loads(run("plan", *words, "--json", "--now", JUDGED).stdout)["what_if"]

    assert said["steps"][0] == first
    assert {*pair} == {*first["devices"], *second["devices"]}
    assert 2 == len(pair)
    assert both["saves"] > 1.05 * (one["saves"] + other["saves"])


def test_a_budget_is_kept(run, engagement):
    said = json.loads(run("plan", "--budget", "5", "--json", "--now", JUDGED).stdout)["plan"]

    assert 0 < said["cost"] <= 5
    assert said["after"] < said["loss"]


def test_what_ifs_are_answered_one_by_one_and_together(run, engagement):
    asked = ["isolate 10.20.10.17", "deny office -> servers tcp/445"]
    words = [word for one in asked for word in ("--what-if", one)]

    answers = json.loads(run("plan", *words, "--json", "--now", JUDGED).stdout)["what_if"]
    text = run("plan", *words, "--now", JUDGED).stdout

    assert [*asked, "; ".join(asked)] == [one["question"] for one in answers]
    assert max(answers[0]["saves"], answers[1]["saves"]) <= answers[2]["saves"]
    assert 3 == text.count("WHAT IF")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--what-if", "explode everything"), "'explode' is no action"),
        (("--what-if", "isolate"), "isolate what?"),
        (("--what-if", "isolate 10.20.10."), "devices: "),
        (("--what-if", "isolate nobody-of-that-name"), "no device has"),
        (("--what-if", "deny ofice -> servers"), "did you mean 'office'?"),
        (("--budget", "nan"), "not a number from 0 up"),
        (("--budget", "-1"), "not a number from 0 up"),
    ],
)
def test_what_cannot_be_answered_is_one_line_that_says_what_can(engagement, words, told, capsys):
    from scanner.cli import main

    with pytest.raises(SystemExit) as left:
        main(["plan", *words, "--now", JUDGED])

    assert 2 == left.value.code
    error = capsys.readouterr().err
    assert told in error
    assert 1 == error.count("\n")
