"""`stalehost diff`: what changed between two runs of the engagement, for people and for scripts."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import click
import msgspec
import pytest

from scanner import since
from scanner.cli import judging
from scanner.errors import DataError
from scanner.model.observation import Observation
from scanner.scope.engagement import find
from scanner.store.store import open_store

LATER = datetime(2026, 12, 20, 12, tzinfo=UTC)


@pytest.fixture
def month_later(engagement):
    """A second look, a month later, that met one device only: a new one with an old server on it."""
    folder = find(engagement)
    network = folder.scope.networks[0]
    address = str(network.cidr[14])
    with open_store(folder.database, folder.id) as store:
        first = store.runs()[0]
        store.save(msgspec.structs.replace(first, id="run-later", started=LATER, ended=LATER))
        facts = {"port.state": "open", "ssh.banner": "OpenSSH_5.3", "link.mac": "02:00:00:aa:bb:cc"}
        store.append(
            Observation(
                source="probe:ssh", first=LATER, last=LATER, field=field, value=value, address=address,
                mac="02:00:00:aa:bb:cc", port=None if field == "link.mac" else "tcp/22", zone=network.zone,
                vantage=network.zone,
            )
            for field, value in facts.items()
        )  # fmt: skip
    return engagement


def test_a_new_device_and_silent_ones_are_told(run, month_later):
    told = run("diff", "--format", "json")
    since = json.loads(told.stdout)["diff"]
    states = {one["state"] for one in since["findings"]}

    assert told.exit_code == 0, told.output
    assert ["new"] == [
        one["what"] for one in since["devices"] if one["after"].startswith("10.") and not one["before"]
    ]
    assert "fixed" not in states, "nothing was seen of any device that was there before"
    assert "not looked at again" in states
    assert "run-later" == since["after"]["run"]
    assert since["steps"][-1]["because"] == "network"


def test_it_fails_on_what_it_is_told_to_fail_on(run, month_later):
    assert 1 == run("diff", "--fail-on", "new,worse").exit_code
    assert 0 == run("diff", "--fail-on", "fixed").exit_code


@pytest.mark.parametrize(("form", "start"), [("text", "2026-"), ("md", "# What"), ("html", "<!doctype")])
def test_every_format_is_written(run, month_later, tmp_path, form, start):
    out = tmp_path / "diff.out"

    assert 0 == run("diff", "--format", form, "-o", str(out)).exit_code
    assert out.read_text().startswith(start)


def test_a_word_that_is_no_state_is_refused_with_the_nearest():
    with pytest.raises(click.BadParameter, match="did you mean worse"):
        judging.states("wors")


def test_one_run_alone_is_not_compared(run, engagement):
    assert 2 == run("diff", "only-one").exit_code


def test_two_runs_may_be_named_the_earlier_first(run, month_later):
    first = run("diff", "--format", "json").stdout
    names = [json.loads(first)["diff"][side]["run"] for side in ("before", "after")]

    assert first == run("diff", *names, "--format", "json").stdout
    assert isinstance(run("diff", *reversed(names)).exception, DataError)


def test_the_knowledge_of_a_run_is_found_only_where_it_is_held(monkeypatch, tmp_path):
    held, today = SimpleNamespace(versions={"knowledge at the time": "old"}), SimpleNamespace(version="new")
    monkeypatch.setenv("STALEHOST_DATA", str(tmp_path))

    assert since.knowledge_of(held, today) is None
    today.version = "old"
    assert since.knowledge_of(held, today) is today


def test_the_report_says_what_changed_since_last_time(run, month_later):
    later = ("--format", "json", "--now", LATER.isoformat())
    told = json.loads(run("report", *later, catch_exceptions=False).stdout)

    assert "run-later" == told["since"]["after"]["run"]
    assert 2 == len(told["since"]["trend"])
    assert json.loads(run("report", "--no-since", *later).stdout)["since"] is None
    assert "not looked at again" in run("report", "--now", LATER.isoformat()).stdout
    # judged as of a day before the second look, there is nothing to compare
    assert json.loads(run("report", "--format", "json", "--now", "2026-11-01").stdout)["since"] is None
