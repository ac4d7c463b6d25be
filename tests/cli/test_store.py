"""The log is looked after: its size is told, its room given back, its fine times made days, and the audit keeps that."""

import json

from scanner.errors import ScopeError, StoreError
from scanner.scope.engagement import find
from scanner.store.store import open_store


def log(engagement):
    folder = find(engagement)
    with open_store(folder.database, folder.id) as store:
        return list(store.log()), list(store.presence())


def test_stats_say_how_much_there_is(run, engagement):
    said = run("store", "stats")

    assert said.exit_code == 0
    assert str(len(log(engagement)[0])) in said.stdout.replace(",", "")
    assert "MB" in said.stdout


def test_compact_says_what_it_gave_back(run, engagement):
    before = log(engagement)

    said = run("store", "compact")

    assert said.exit_code == 0
    assert "MB before" in said.stdout
    assert before == log(engagement)


def test_a_purge_leaves_every_fact_and_every_day_but_no_hour(run, engagement):
    observations, presence = log(engagement)
    before = (engagement / "audit.jsonl").read_text().count("\n")

    said = run("store", "purge", "--by", "J. Doe", "--now", "2027-11-23T00:00:00+00:00")

    assert said.exit_code == 0
    after, days = log(engagement)
    assert [(one.field, one.value, one.last.date()) for one in observations] == [
        (one.field, one.value, one.last.date()) for one in after
    ]
    assert {(0, 0, 0)} == {(one.first.hour, one.first.minute, one.last.second) for one in after}
    assert presence == days
    lines = (engagement / "audit.jsonl").read_text().splitlines()[before:]
    assert ["purge", "purged"] == [json.loads(line)["event"] for line in lines]
    assert "J. Doe" in lines[0]
    assert run("audit", "verify").exit_code == 0


def test_what_is_young_keeps_its_hours_and_nobody_purges_without_a_name(run, engagement):
    before = log(engagement)

    assert "0 times" in run("store", "purge", "--by", "J. Doe", "--now", "2026-11-24T00:00:00+00:00").stdout
    assert isinstance(run("store", "purge", "--by", " ").exception, ScopeError)
    assert before == log(engagement)


def test_without_a_log_there_is_nothing_to_look_after(run, engagement):
    find(engagement).database.unlink()

    for words in (("stats",), ("compact",), ("purge", "--by", "x")):
        assert isinstance(run("store", *words).exception, StoreError)


def test_a_store_by_url_takes_the_place_of_the_file(run, engagement, tmp_path):
    url = f"sqlite:///{tmp_path / 'other.db'}"

    said = run("store", "stats", "--store", url)

    assert said.exit_code == 0
    assert (tmp_path / "other.db").is_file()
    named = run("store", "stats", "--store", url, "--db", str(find(engagement).database))
    assert str(len(log(engagement)[0])) in named.stdout.replace(",", "")


def test_a_store_that_cannot_be_reached_is_named_without_its_password(run, engagement):
    said = run("store", "stats", "--store", "postgresql://scan:hunter2@127.0.0.1:1/hospital")

    assert isinstance(said.exception, StoreError)
    assert "postgresql://scan@127.0.0.1:1/hospital" in str(said.exception)
    assert "hunter2" not in str(said.exception) + said.output
