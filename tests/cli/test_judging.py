"""The commands that show results, on a scan of the simulated hospital."""

import json
import shutil
import sqlite3

import jsonschema
import msgspec
import pytest

from scanner.lab import mark
from scanner.lab.paperwork import Expected
from scanner.report.assets import templates_dir
from scanner.report.schema import json_schema

JUDGED = "2026-11-23T13:00:00+00:00"


def lines(result):
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_knowable_device_is_listed_with_its_kind_and_support(run, engagement):
    truth = msgspec.json.decode((engagement / "truth.json").read_bytes(), type=list[Expected])

    found = mark.read(run("devices", "--json", "--now", JUDGED).stdout.encode())
    marks = mark.mark(truth, found)

    assert () == marks.grave
    assert marks.called >= 0.9 * marks.unsupported >= 15
    assert len(found) > 50


def test_the_forgotten_laptop_is_the_top_pivot(run, engagement):
    first = lines(run("devices", "--json", "--now", JUDGED))[0]

    assert ("laptop", ["management", "office"]) == (first["kind"], first["zones"])
    assert first["risk"]["band"] in ("critical", "high")
    assert first["risk"]["score"] == sum(why["points"] for why in first["risk"]["why"])


def test_judging_again_gives_the_same_bytes_and_sends_nothing(run, engagement):
    before = (engagement / "audit.jsonl").read_bytes()

    reports = [run("report", "--format", "json", "--now", JUDGED).stdout for _ in range(2)]
    pages = [run("report", "--now", JUDGED).stdout for _ in range(2)]

    assert reports[0] == reports[1]
    assert pages[0] == pages[1]
    assert before == (engagement / "audit.jsonl").read_bytes()


def test_a_report_in_a_language_that_nobody_wrote_is_refused(run, engagement):
    assert "there are: en" in str(run("report", "--no-since", "--lang", "tlh", "--now", JUDGED).exception)


def test_what_is_put_into_words_while_judging_is_spoken_in_the_report_s_language_too(
    run, engagement, tmp_path, monkeypatch
):
    made = tmp_path / "templates"
    shutil.copytree(templates_dir(), made)
    (made / "texts" / "de.toml").write_text(
        '[coverage]\nipv6_was_not_looked_at = "IPv6 wurde nicht angesehen"\n', encoding="utf-8"
    )
    for place in ("assets", "html"):
        monkeypatch.setattr(f"scanner.report.{place}.templates_dir", lambda: made)

    page, plain = (
        run("report", "--no-since", "--lang", language, "--now", JUDGED).stdout for language in ("de", "en")
    )

    assert "IPv6 wurde nicht angesehen" in page
    assert "IPv6 was not looked at" not in page
    assert "IPv6 was not looked at" in plain


def test_machine_output_keeps_its_schema(run, engagement):
    report = json.loads(run("report", "--format", "json", "--now", JUDGED).stdout)
    jsonschema.Draft202012Validator(json_schema()).validate(report)


def test_a_later_now_ends_more_support(run, engagement):
    today = lines(run("devices", "--json", "--now", JUDGED))
    later = lines(run("devices", "--json", "--now", "2040-01-01"))

    def ended(found):
        return sum(one["age"]["support"] == "unsupported" for one in found)

    assert ended(later) > ended(today)


def test_lists_are_written_for_people_too(run, engagement):
    devices = run("devices", "--now", JUDGED).stdout
    findings = run("findings", "--now", JUDGED).stdout

    assert "support is not known, which is not the same as fine" in devices
    assert "do: " in findings


def test_findings_come_as_json_too(run, engagement):
    assert all(one["id"].startswith("F-") for one in lines(run("findings", "--json", "--now", JUDGED)))


def test_one_device_is_told_in_full(run, engagement):
    top = lines(run("devices", "--json", "--now", JUDGED))[0]
    told = run("show", top["names"][0], "--now", JUDGED).stdout

    assert "one device because" in told
    assert "unsupported since" in told
    assert "EVIDENCE" in told
    (same,) = lines(run("show", top["id"], "--json", "--now", JUDGED))
    assert top == same


@pytest.mark.parametrize(("wanted", "said"), [("no-such-thing", "no device has"), ("10.20.", "fits")])
def test_a_device_that_is_not_one_is_refused_with_the_candidates(run, engagement, wanted, said):
    result = run("show", wanted, "--now", JUDGED)
    assert said in str(result.exception)


def test_thresholds_turn_into_exit_codes(run, engagement):
    assert run("devices", "--now", JUDGED, "--fail-at", "high").exit_code == 1
    assert run("devices", "--now", JUDGED, "--min-coverage", "100").exit_code == 0


def test_too_little_coverage_is_exit_3(run, engagement):
    with sqlite3.connect("stalehost.db") as raw:
        raw.execute("UPDATE observation SET vantage = NULL WHERE zone = 'ward'")
    raw.close()
    assert run("devices", "--now", JUDGED, "--min-coverage", "100").exit_code == 3


def test_reports_are_written_whole_and_private(run, engagement):
    assert run("report", "-o", "out/report.html", "--now", JUDGED).exit_code == 0
    assert run("report", "-o", "out/report.csv", "--format", "csv", "--now", JUDGED).exit_code == 0

    assert (engagement / "out" / "report.html").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in (engagement / "out").iterdir()) == ["report.csv", "report.html"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(run, engagement):
    (engagement / "file").write_text("x")
    result = run("report", "-o", "file/report.html", "--now", JUDGED)
    assert "cannot be written" in str(result.exception)


def test_without_a_database_the_way_out_is_named(run, engagement):
    (engagement / "stalehost.db").unlink()
    assert "stalehost scan" in str(run("devices").exception)


def test_a_database_without_a_run_is_said(run, engagement):
    with sqlite3.connect("stalehost.db") as raw:
        raw.execute("DELETE FROM run")
    raw.close()
    assert "nothing has been seen yet" in str(run("devices").exception)


def test_a_time_that_is_none_is_refused(run, engagement):
    assert run("devices", "--now", "yesterday").exit_code == 2


def test_nothing_was_sent_where_nothing_may_be(run, engagement):
    audit = [json.loads(line) for line in (engagement / "audit.jsonl").read_text().splitlines()]
    ports = {entry.get("port") for entry in audit if entry["event"] in ("open", "send")}

    assert len(ports) > 20
    assert not ports & {"tcp/9100", "tcp/515", "tcp/2575"}
