"""The kb commands from the command line; and newer facts judge an old log again without a packet."""

import asyncio
import json
import tarfile
from datetime import date

import pytest

from scanner.cli import judging
from scanner.errors import DataError, StoreError
from scanner.knowledge import installed
from scanner.means import Played, means
from scanner.model.kinds import Support
from tests.knowledge.updater import world
from tests.knowledge.updater.server import Server, serve

NOW = "2026-11-23T13:00:00+00:00"
NEW = "CVE-2099-10001"


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "knowledge"


@pytest.fixture
def kev(tmp_path):
    path = tmp_path / "known_exploited_vulnerabilities.json"
    path.write_bytes(world.kev(more=[NEW]))
    return path


def test_status_names_each_source_its_age_and_its_limit(run, data):
    said = run("kb", "status", "--now", NOW)

    assert said.exit_code == 0
    assert said.stdout.startswith("knowledge shipped, version ")
    assert "2026-08-07   108 days of  30   OLD" in said.stdout
    assert "older than it should be: " in said.stderr
    rows = {
        row["table"]: row
        for row in map(json.loads, run("kb", "status", "--now", NOW, "--json").stdout.splitlines())
    }
    assert (108, 30, True, "stalehost/1") == tuple(
        rows["kev"][name] for name in ("age", "limit", "old", "schema")
    )


def test_update_from_files_diff_verify_rollback(run, data, kev):
    updated = run("kb", "update", "--source", "kev", "--from", str(kev), "--now", NOW)
    name = updated.stdout.split()[2]

    assert f"in use: {name} (kev)" in updated.stdout
    assert f"knowledge {name}" in run("kb", "status", "--now", NOW).stdout
    assert f"3 files of knowledge {name} are whole" in run("kb", "verify").stdout
    assert f"+ kev {NEW}: " in run("kb", "diff").stdout
    assert f"+ kev {NEW}: " in run("kb", "diff", "shipped", name, "--limit", "1").stdout
    assert any(json.loads(line)["key"] == NEW for line in run("kb", "diff", "--json").stdout.splitlines())
    assert "in use: shipped" in run("kb", "rollback").stdout
    assert "nothing differs" in run("kb", "diff").stdout
    assert "1 files of knowledge shipped are whole" in run("kb", "verify").stdout


def test_a_refused_feed_is_one_line_and_exit_2(run, data, kev):
    kev.write_text("<!DOCTYPE html><title>Access Denied</title>")
    said = run("kb", "update", "--source", "kev", "--from", str(kev))

    assert isinstance(said.exception, DataError)
    assert "kev: known_exploited_vulnerabilities.json: an HTML page (Access Denied), not the feed" == str(
        said.exception
    )


def test_good_feeds_come_in_and_the_refused_are_still_exit_2(run, data, kev, tmp_path):
    (tmp_path / "epss_scores.csv").write_text("oops\n")
    said = run("kb", "update", "--source", "kev,epss", "--from", str(tmp_path))

    assert "(kev)" in said.stdout
    assert str(said.exception).startswith("refused: epss: epss_scores.csv:1: ")


def test_fetch_there_and_import_here(run, data, tmp_path, monkeypatch):
    carried, bundle = tmp_path / "carried", tmp_path / "bundle.tar"
    with Server() as server:
        serve(server, monkeypatch, "kev", world.kev(more=[NEW]))
        serve(
            server,
            monkeypatch,
            "epss",
            lambda one: one.give(403, b"<html><title>Access Denied</title></html>"),
        )
        fetched = run("kb", "fetch", str(carried), "--source", "kev,epss", "--now", NOW)
    digest = fetched.stdout.split()[-1]
    with tarfile.open(bundle, "w") as archive:
        archive.add(carried, "carried")

    assert "1 files; SHA-256 of the list: " in fetched.stdout
    assert "epss: " in str(fetched.exception)
    assert "HTTP 403" in str(fetched.exception)
    assert f"SHA-256 of the list: {digest}" in run("kb", "verify", str(bundle)).stdout
    assert isinstance(run("kb", "verify", str(carried), "--expect", "0" * 64).exception, DataError)
    assert "(kev)" in run("kb", "import", str(bundle), "--expect", digest, "--now", NOW).stdout
    assert run("kb", "import").exit_code == 2


def test_update_from_the_official_addresses(run, data, monkeypatch):
    with Server() as server:
        serve(server, monkeypatch, "kev", world.kev(more=[NEW]))
        said = run("kb", "update", "--source", "kev", "--now", NOW)

    assert said.exception is None
    assert "(kev)" in said.stdout
    assert said.stderr.startswith("asking for http://127.0.0.1:")


def test_nothing_is_imported_while_a_run_holds_the_knowledge(run, data, kev):
    with installed.in_use():
        said = run("kb", "update", "--source", "kev", "--from", str(kev))
    assert isinstance(said.exception, StoreError)
    assert "a scan is running" in str(said.exception)


def test_while_a_run_has_its_means_open_nothing_is_put_in_place(run, data, engagement, kev):
    async def during():
        folder = judging.options.folder(engagement / "scope.toml", None)
        played = Played(transport=None, sweeper=None, links=())
        async with means(folder, folder.scope, lambda: judging.options.now(NOW), played):
            return await asyncio.to_thread(run, "kb", "update", "--source", "kev", "--from", str(kev))

    assert "a scan is running" in str(asyncio.run(during()).exception)
    assert run("kb", "update", "--source", "kev", "--from", str(kev), "--now", NOW).exception is None


def assessed(root):
    return judging.assessment(root / "scope.toml", None, NOW)


def test_newer_facts_judge_the_old_log_again_without_a_packet(run, data, engagement, tmp_path):
    """A branch ends, a hole is listed as exploited: the verdicts of yesterday's scan follow."""
    before = {one.device.id: one for one in assessed(engagement).devices}
    sent = (engagement / "audit.jsonl").read_bytes()
    log = (engagement / "stalehost.db").read_bytes()
    nas = next(one for one in before.values() if (one.age.subject or "").startswith("Synology DSM"))
    assert nas.age.support is Support.UNKNOWN
    hole, holder = next(
        (hole.cve, one.device.id)
        for one in before.values()
        for exposure in one.exposures
        for hole in exposure.holes
        if hole.exploited is None
    )
    branches = {
        row[0]
        for row in world.rows("SELECT branch FROM branches WHERE product = 'synology:diskstation_manager'")
    }
    ends = {f"synology:diskstation_manager {branch}": "2026-10-31" for branch in branches}
    (tmp_path / "endoflife-full.json").write_bytes(world.endoflife(**ends))
    (tmp_path / "known_exploited_vulnerabilities.json").write_bytes(world.kev(more=[hole]))

    said = run("kb", "update", "--source", "kev,eol", "--from", str(tmp_path), "--now", NOW)
    found = assessed(engagement)
    after = {one.device.id: one for one in found.devices}

    assert said.exception is None
    assert (Support.UNSUPPORTED, date(2026, 10, 31)) == (
        after[nas.device.id].age.support,
        after[nas.device.id].age.ends,
    )
    listed = {one.cve: one.exploited for exposure in after[holder].exposures for one in exposure.holes}
    assert listed[hole] == date(2026, 11, 20)
    assert sent == (engagement / "audit.jsonl").read_bytes()
    assert log == (engagement / "stalehost.db").read_bytes()
    dated = {one.name: one.dated for one in found.sources}
    assert (date(2026, 11, 20), date(2026, 11, 21)) == (dated["kev"], dated["branches"])


def test_a_pinned_engagement_keeps_its_verdicts(run, data, engagement, tmp_path, kev):
    pinned = run("kb", "pin")
    assert "is judged with shipped" in pinned.stderr
    version = assessed(engagement).versions["knowledge"]
    run("kb", "update", "--source", "kev", "--from", str(kev), "--now", NOW)
    assert version == assessed(engagement).versions["knowledge"]

    assert isinstance(run("kb", "pin", "20260101-00000000").exception, DataError)
    assert (engagement / "kb.pin").read_text() == "shipped\n"
    run("kb", "pin", "--off")
    assert version != assessed(engagement).versions["knowledge"]
    assert isinstance(run("kb", "pin", "nonsense").exception, DataError)
    assert not (engagement / "kb.pin").exists()


def test_the_owners_word_settles_what_was_unknown(run, data, engagement, tmp_path):
    (tmp_path / "local.toml").write_text(
        '[[contract]]\nbuild = "10.0.19045"\nbought = false\nevidence = "purchasing, 2026-11"\n'
    )
    run("kb", "import", "--local", str(tmp_path / "local.toml"), "--now", NOW)

    ours = [
        one
        for one in assessed(engagement).devices
        if "22H2" in (one.age.subject or "") and "10" in one.age.subject
    ]
    assert ours
    assert {Support.UNSUPPORTED} == {one.age.support for one in ours}
    assert "local: purchasing, 2026-11" in {one.source for one in ours[0].age.hypotheses}


def test_status_tells_what_is_passed_over_and_what_owners_of_data_want_said(run, data, tmp_path):
    for at in (1, 2):
        (tmp_path / "kev.json").write_bytes(world.kev(more=[f"CVE-2099-1000{at}"]))
        (tmp_path / "epss_scores.csv.gz").write_bytes(world.epss())
        run("kb", "update", "--source", "kev,epss", "--from", str(tmp_path), "--now", NOW)
    installed.current().database.write_bytes(b"x")

    said = run("kb", "status", "--now", "2026-11-23")

    assert "Exploit prediction scores: EPSS by FIRST" in said.stdout
    assert "1 bytes, want" in said.stderr
    assert "the one before it is in use" in said.stderr
