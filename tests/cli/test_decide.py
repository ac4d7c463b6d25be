"""`stalehost decide`: a finding is accepted for a time, stays in the list, and opens again by itself."""

import json
import os
import subprocess

import pytest

from scanner.errors import DataError
from scanner.report import decisions
from tests.report import test_access as browser

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


@pytest.fixture
def look():
    """Do something in a page in Chromium, and give back what happened."""
    for mark in browser.pytestmark:
        if mark.args[0]:
            pytest.skip(mark.kwargs["reason"])

    def run(job):
        kit = {"STALEHOST_BROWSER_KIT": str(browser.KIT), "STALEHOST_CHROMIUM": browser.CHROMIUM}
        done = subprocess.run(
            [browser.NODE, str(browser.LOOK)],
            input=json.dumps([job]),
            capture_output=True,
            text=True,
            check=False,
            timeout=170,
            env={**os.environ, **kit},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)[0]

    return run


def accept(finding, reason, until, *ticked):
    """What a person does in the page to accept one finding; boxes are ticked or unticked, and put back."""
    fields = (("by", "K. Roe, biomedical"), ("reason", reason), ("until", until))
    return [
        {"choose": ["#decide [name=finding]", finding]},
        *({"fill": [f"#decide [name={name}]", text]} for name, text in fields),
        *({"click": f"#decide [name=reopen][value={trigger}]"} for trigger in ticked),
        {"click": "#decide p button"},
        *({"click": f"#decide [name=reopen][value={trigger}]"} for trigger in ticked),
    ]


def test_what_is_accepted_in_the_page_is_accepted_by_the_engagement(run, engagement, tmp_path, look):
    """From the report in a browser over the file that it gives to the command line, and back into the report."""
    first, second, third = (one["id"] for one in found(run)[:3])
    page, file = engagement / "report.html", tmp_path / "decisions.toml"
    assert 0 == run("report", "--no-since", "--now", NOW, "-o", str(page)).exit_code

    seen = look({
        "url": page.as_uri(),
        "now": "2026-11-24T08:00:00Z",
        "steps": [
            *accept(first, 'replaced in May: order "17/4"', "2027-05-31"),
            *accept(second, "a mistake", "2027-05-31"),
            *accept(third, "its maker comes in spring", "2026-12-24", "worsens", "change"),
            {"click": f'#decide [aria-label$=": {second}"]'},
            {"save": ["#decide a[download]", str(file)]},
        ],
    })  # fmt: skip
    taken = run("import", str(file))
    told = {one["id"]: one["state"] for one in found(run)}
    again = run("report", "--no-since", "--now", NOW).stdout

    assert ("decisions.toml", browser.CALM) == (seen["saved"], {key: seen[key] for key in browser.CALM})
    assert (0, f"{file}: 2 decisions\n") == (taken.exit_code, taken.stderr)
    assert ["accepted", "open", "accepted"] == [told[one] for one in (first, second, third)]
    kept = decisions.read(engagement / "decisions.toml")
    assert [
        (first, 'replaced in May: order "17/4"', "2026-11-24", ("worsens", "exploit")),
        (third, "its maker comes in spring", "2026-11-24", ("exploit", "change")),
    ] == [(one.about, one.reason, str(one.decided), tuple(map(str, one.reopen_on))) for one in kept]
    apart = again.partition("Accepted for a time, by somebody")[2].partition("</table>")[0]
    assert [True, False, True] == [f'id="{one}"' in apart for one in (first, second, third)]
    assert "accepted by K. Roe, biomedical until 2026-12-24: its maker comes in spring" in apart
    later = {one["id"]: one["state"] for one in found(run, "2026-12-25")}
    assert ["accepted", "reopened"] == [later[one] for one in (first, third)]
