"""A person's answer, kept in the log and heeded when devices are judged."""

import json

import pytest

from scanner.errors import DataError

JUDGED = "2026-11-23T13:00:00+00:00"
ESU = ("--match", "build=10.0.19045", "--set", "support=esu", "--by", "J. Doe", "--evidence", "invoice 4711")


def by_build(run, build, now=JUDGED):
    lines = [json.loads(line) for line in run("devices", "--json", "--now", now).stdout.splitlines()]
    return [one for one in lines if one["attributes"].get("os.build", {}).get("value") == build]


def test_an_answer_decides_every_device_that_it_is_about_until_it_ends(run, engagement):
    assert {"unknown"} == {one["age"]["support"] for one in by_build(run, "10.0.19045")}

    kept = run("assert", *ESU, "--until", "2028-10-10", "--now", JUDGED)

    assert 0 == kept.exit_code
    assert "kept; it is about 2 devices now: PC-CLN-" in kept.stderr
    assert {"supported"} == {one["age"]["support"] for one in by_build(run, "10.0.19045")}
    assert {"unknown"} != {one["age"]["support"] for one in by_build(run, "10.0.19045", "2028-10-11")}


def test_the_answer_is_evidence_with_its_giver(run, engagement):
    run("assert", *ESU, "--now", JUDGED)
    name = by_build(run, "10.0.19045")[0]["names"][0]

    shown = run("show", name, "--now", JUDGED).stdout

    assert "SUPPORT  supported" in shown
    assert "person:J. Doe" in shown


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--match", "build=1", "--set", "support=esu", "--by", " "), "an answer needs a name"),
        (("--match", "colour=1", "--set", "support=esu", "--by", "A"), "say WORD=VALUE"),
        (("--match", "build=1", "--set", "support=esu", "--until", "x", "--by", "A"), "not a day"),
        (("--by", "A"), "at least one --match"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_and_not_kept(words, complaint, run, engagement):
    before = run("report", "--format", "json", "--now", JUDGED).stdout

    refused = run("assert", *words, "--now", JUDGED)

    assert isinstance(refused.exception, DataError)
    assert complaint in str(refused.exception)
    assert before == run("report", "--format", "json", "--now", JUDGED).stdout


def test_owners_and_different_devices_may_be_told_too(run, engagement):
    run("assert", "--match", "kind=modality", "--set", "owner=radiology", "--by", "A. Roe", "--now", JUDGED)

    lines = [json.loads(line) for line in run("devices", "--json", "--now", JUDGED).stdout.splitlines()]
    assert {"radiology"} == {one["owner"] for one in lines if one["kind"] == "modality"}


def test_a_device_may_be_told_to_be_two(run, engagement):
    lines = [json.loads(line) for line in run("devices", "--json", "--now", JUDGED).stdout.splitlines()]
    addresses = next(
        one["addresses"] for one in lines if one["kind"] == "laptop" and len(one["addresses"]) == 2
    )

    kept = run("assert", *(f"--match=device={one}" for one in addresses), "--set", "same=no", "--by", "A. Roe",
               "--now", JUDGED)  # fmt: skip

    after = [json.loads(line) for line in run("devices", "--json", "--now", JUDGED).stdout.splitlines()]
    assert "kept" == kept.stderr.strip()
    assert len(lines) + 1 == len(after)
    assert not any(set(addresses) == set(one["addresses"]) for one in after)
