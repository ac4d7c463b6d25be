"""`stalehost decide`: a finding is accepted for a time, stays in the list, and opens again by itself."""

import json

from scanner.errors import DataError
from scanner.report import decisions

NOW = "2026-11-23T13:00:00+00:00"
WORDS = ("--by", "J. Doe", "--reason", "replaced in May", "--until", "2027-05-31", "--now", NOW)


def found(run, now=NOW):
    return [json.loads(line) for line in run("findings", "--json", "--now", now).stdout.splitlines()]


def test_a_finding_is_accepted_until_its_day(run, engagement):
    worst = found(run)[0]
    kept = run("decide", worst["id"], *WORDS, "--reopen-on", "worsens")
    told = {one["id"]: one["state"] for one in found(run)}
    listed = run("decide", "--list", "--now", NOW).stdout

    assert 0 == kept.exit_code, kept.output
    assert 0o600 == (engagement / "decisions.toml").stat().st_mode & 0o777
    assert "accepted" == told[worst["id"]]
    assert ["accepted"] == [state for state in told.values() if state != "open"]
    assert f"{worst['id']}  until 2027-05-31 by J. Doe: replaced in May [holds]" in " ".join(
        listed.split()
    ).replace(f"{worst['id']} until", f"{worst['id']}  until")
    assert "reopened" == {one["id"]: one["state"] for one in found(run, "2027-06-01")}[worst["id"]]


def test_half_a_decision_is_refused(run, engagement):
    assert 2 == run("decide", "F-00001", "--by", "J. Doe").exit_code
    assert isinstance(run("decide", "F-none", *WORDS).exception, DataError)


def test_a_file_that_is_wrong_is_named_with_its_line(run, engagement):
    (engagement / "decisions.toml").write_text('[[decision]]\nfindign = "F-00001"\n')
    error = run("findings").exception

    assert isinstance(error, DataError)
    assert "decisions.toml:2: unknown key 'findign'; did you mean finding?" in str(error)


def test_decisions_made_in_the_page_are_imported(run, engagement, tmp_path):
    text = '[[decision]]\n{}by = "K. Roe"\nreason = "r"\ndecided = 2026-11-24\nuntil = 2027-01-01\n'
    (engagement / "decisions.toml").write_text(text.format('finding = "F-00001"\n'))
    (tmp_path / "page-decisions.toml").write_text(text.format('finding = "F-00002"\n'))
    (tmp_path / "bad-decisions.toml").write_text(text.format("zzz = 1\n"))

    done = run("import", str(tmp_path / "page-decisions.toml"))

    assert (0, ["F-00001", "F-00002"]) == (
        done.exit_code,
        [one.about for one in decisions.read(engagement / "decisions.toml")],
    )
    assert "bad-decisions.toml:2: unknown key 'zzz'" in str(
        run("import", str(tmp_path / "bad-decisions.toml")).exception
    )
