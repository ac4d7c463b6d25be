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


def test_show_tells_support_last_update_holes_and_what_would_settle_the_rest(run, engagement):
    lines = [json.loads(line) for line in run("devices", "--json", "--now", JUDGED).stdout.splitlines()]
    told = {
        verdict: run("show", next(one["id"] for one in lines if rule(one)), "--now", JUDGED).stdout
        for verdict, rule in {
            "over": lambda one: one["age"]["support"] == "unsupported" and one["kind"] == "laptop",
            "open": lambda one: one["attributes"].get("os.build", {}).get("value") == "10.0.19045",
        }.items()
    }

    assert "SUPPORT  unsupported since " in told["over"]
    assert "would settle it: Ask its owner whether it is Windows 10 22H2 with commercial ESU" in told["open"]
    for said in told.values():
        part = said[said.index("LAST PATCHED  ") : said.index("WHY ")]
        assert "LAST PATCHED  between 20" in part or "or later" in part
        assert "90% sure of the whole range; evidence E" in part
        assert "  - " in part
        assert "would narrow it: " in part
        assert "EXPOSURES that this leaves" in said
        assert "exploited, listed " in said
