"""The questions that decide most devices of the simulated hospital."""

import json

JUDGED = "2026-11-23T13:00:00+00:00"


def test_the_questions_say_whom_they_decide_and_how_to_answer(run, engagement):
    said = run("ask", "--now", JUDGED, "--most", "3")

    assert 0 == said.exit_code
    assert said.stdout.startswith("1. ")
    assert "stalehost assert --match" in said.stdout
    assert "smaller questions (--most)" in said.stdout
    assert "decided: " in said.stdout.splitlines()[-1]


def test_the_questions_are_machine_readable_too(run, engagement):
    said = run("ask", "--now", JUDGED, "--json")

    asked = [json.loads(line) for line in said.stdout.splitlines()]
    assert all("stalehost/1" == one["schema"] and one["devices"] and one["answers"] for one in asked)
    assert any("commercial ESU" in one["text"] for one in asked)


def test_an_expired_answer_is_asked_again(run, engagement):
    run("assert", "--match", "build=10.0.19045", "--set", "support=esu", "--until", "2026-11-22", "--by", "J. Doe",
        "--now", "2026-11-01")  # fmt: skip

    said = run("ask", "--now", JUDGED, "--most", "99")

    assert "J. Doe said support.contract=esu until 2026-11-22: does it still hold?" in " ".join(
        said.stdout.split()
    )
