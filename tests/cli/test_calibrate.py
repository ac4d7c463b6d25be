"""`stalehost calibrate` on a scan of the simulated hospital."""

import json

from scanner.knowledge.base import open_base
from scanner.pipeline import begin
from scanner.scope.engagement import find

JUDGED = "2026-11-23T13:00:00+00:00"


def test_a_truth_is_learnt_once_logged_and_used_by_the_next_run(run, engagement, tmp_path):
    first = json.loads(run("devices", "--json", "--now", JUDGED).stdout.splitlines()[0])
    exposure = first["exposures"][0]["id"]
    truth = tmp_path / "truth.csv"
    truth.write_text(f"device,exposure,present\n{first['id']},{exposure},no\n{first['id']},no-such-row,yes\n")

    once = run("calibrate", str(truth), "--now", JUDGED)
    again = run("calibrate", str(truth), "--now", JUDGED)
    shown = run("calibrate", "--now", JUDGED)

    assert "1 truths: Brier score" in once.stdout
    assert f"{exposure} E" in shown.stdout
    assert "no-such-row was not predicted there" in once.stderr
    assert "no line of the truth" in str(again.exception)
    assert 1 == len((engagement / "calibration.log.jsonl").read_text().splitlines())
    folder = find(engagement)
    told = begin(folder, folder.scope, "scan", folder.scope.engagement.valid_from, 1, open_base()).parameters
    assert [True] == [name.startswith(f"learnt.{exposure}.") and factor < 1 for name, factor in told.items()]


def test_a_file_that_is_no_text_is_refused(run, engagement, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_bytes(b"\xff\xfe\x00")

    assert "not text in UTF-8" in str(run("calibrate", str(truth)).exception)
