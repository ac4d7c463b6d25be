"""Sites are judged one by one, in processes, and again only where something is new; the result is the same."""

from datetime import timedelta

import msgspec
import pytest

from scanner.age import answers
from scanner.errors import StoreError
from scanner.fleet import judging
from scanner.knowledge.base import open_base
from scanner.model.decision import Decision
from scanner.model.since import Cause, State
from scanner.pipeline import assess
from scanner.report import decisions
from scanner.report.news import News
from scanner.since import compared
from scanner.store import parts
from scanner.store.store import open_store
from tests.bundle.conftest import NOW, seen
from tests.test_sites import CARD, LOG, RUNS, at, run

NEW = at("north", seen(value="SSH-2.0-OpenSSH_6.6", mac=CARD))
SAID = msgspec.structs.replace(
    seen("person.answer", answers.value(["zone=*ward*"], ["hw.vendor=Kiln"], None, "")),
    source="person:J. Doe", address=None, port=None, zone=None, vantage=None,
)  # fmt: skip


def alone(site, log):
    """What the one way of judging says of a site's own log and runs, and of what people said here."""
    own = [one for one in log if one.site == site or (one.site is None and one.source.startswith("person:"))]
    runs = [msgspec.structs.replace(run, engagement="eng-1") for run in RUNS if run.site == site]
    return assess(sorted(own, key=repr), runs, open_base(), NOW)


@pytest.fixture
def work(tmp_path):
    one = judging.Work(where=tmp_path / "log.db", engagement="eng-1", folder=tmp_path / "judged")
    with open_store(one.where, "eng-1") as store:
        for run in RUNS:
            store.save(msgspec.structs.replace(run, engagement="eng-1"))
        store.append(LOG)
    return one


def add(work, *rows):
    with open_store(work.where, "eng-1") as store:
        store.append(rows)


def files(work):
    return {path.name: path.read_bytes() for path in work.folder.iterdir()}


def test_each_sites_judgement_is_that_of_its_own_log(work):
    told, made = judging.judge(work, NOW, 1)

    assert ([None, "north", "south"], 3) == ([one.site for one in told], made)
    for one in told:
        found, want = judging.judgement(work, one.site), alone(one.site, LOG)
        assert want.devices == found.devices
        assert (want.network.expected_loss, len(want.devices)) == (one.loss, one.devices)
        assert one.devices == sum(one.bands.values())
    assert 0o600 == (work.folder / "north.judged").stat().st_mode & 0o777


def test_what_is_kept_and_what_is_new_are_together_byte_for_byte_what_judging_all_would_give(work, tmp_path):
    judging.judge(work, NOW, 1)
    add(work, *NEW)
    told, made = judging.judge(work, NOW, 1)
    anew = msgspec.structs.replace(work, folder=tmp_path / "anew")

    assert 1 == made
    assert (told, 3) == judging.judge(anew, NOW, 1)
    assert files(anew) == files(work)


def test_processes_give_the_same_as_one(work, tmp_path):
    judging.judge(work, NOW, 1)
    other = msgspec.structs.replace(work, folder=tmp_path / "other")
    judging.judge(other, NOW, 2)

    assert files(work) == files(other)


def test_nothing_new_is_nothing_judged_until_the_day_or_what_people_said_here_changes(work):
    judging.judge(work, NOW, 1)

    assert 0 == judging.judge(work, NOW + timedelta(seconds=1), 1)[1]
    assert 3 == judging.judge(work, NOW + timedelta(days=1), 1)[1]
    add(work, SAID)
    assert 3 == judging.judge(work, NOW + timedelta(days=1), 1)[1]
    assert {"Kiln"} == {
        one.device.attributes["hw.vendor"].value for one in judging.judgement(work, "north").devices
    }


def look(work, name, at, *rows):
    """North is looked at once more."""
    with open_store(work.where, "eng-1") as store:
        store.save(msgspec.structs.replace(run("north", 33, at), id=f"north/{name}", engagement="eng-1"))
        store.append(rows)


def test_what_changed_since_the_look_before_is_that_of_the_report_of_one_machine(work, tmp_path):
    """North is looked at again, south is not; the comparison is kept with the judgement."""
    asked, later = msgspec.structs.replace(work, since=True), NOW + timedelta(days=7)
    assert [None, None, None] == [one.news for one in judging.judge(asked, NOW, 1)[0]]
    hole = seen(value="SSH-2.0-OpenSSH_5.3", address="10.0.0.9", mac="d4:1b:21:3c:4d:77", at=later)
    look(work, "run-2", later, *at("north", hole))

    told, made = judging.judge(asked, later, 1)
    news = {one.site: one.news for one in told}
    assert (3, None, None) == (made, news["south"], news[None])
    assert NOW == news["north"].since
    assert {(State.WORSE, Cause.NETWORK)} == {(one.state, one.because) for one in news["north"].counts}
    found = judging.judgement(asked, "north")
    with open_store(work.where, "eng-1") as store:
        log, kept = parts.part(store, "north"), parts.days(store, "north")
    want = compared(msgspec.structs.replace(found, since=None), log, kept, open_base(), 1)
    assert want == found

    # a report repeated says the same, from what is kept; a look that shows nothing new says so
    assert (told, 0) == judging.judge(asked, later + timedelta(minutes=1), 1)
    look(
        work,
        "run-3",
        later + timedelta(days=1),
        *at("north", msgspec.structs.replace(hole, last=later + timedelta(days=1))),
    )
    again = {one.site: one.news for one in judging.judge(asked, later + timedelta(days=1), 1)[0]}
    assert News(later) == again["north"]


def test_whether_sites_are_compared_makes_another_judgement(work):
    judging.judge(work, NOW, 1)

    assert 3 == judging.judge(msgspec.structs.replace(work, since=True), NOW, 1)[1]


@pytest.mark.parametrize("torn", [b"", b"{}\n", b"\xff\n"])
def test_what_is_torn_is_judged_again(work, torn):
    judging.judge(work, NOW, 1)
    whole = files(work)
    (work.folder / "south.judged").write_bytes(torn)

    assert 1 == judging.judge(work, NOW, 1)[1]
    assert whole == files(work)


def test_a_judgement_that_cannot_be_read_or_written_is_said(work):
    with pytest.raises(StoreError, match=r"north\.judged: no judgement"):
        judging.judgement(work, "north")
    work.folder.write_text("a file")
    with pytest.raises(StoreError, match="judged: File exists"):
        judging.judge(work, NOW, 1)


def test_a_full_or_shut_folder_is_said_and_leaves_no_part(work, monkeypatch):
    monkeypatch.setattr(judging.os, "open", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))

    with pytest.raises(StoreError, match="No space left"):
        judging.judge(work, NOW, 1)
    assert {} == files(work)


def test_a_card_that_two_sites_show_is_named_with_both(work):
    told, _ = judging.judge(work, NOW, 1)

    assert {CARD: ("north", "south")} == judging.wandering(told)


def test_each_site_gets_its_report_and_a_report_that_is_gone_is_written_again(work, tmp_path):
    reporting = msgspec.structs.replace(work, reports=tmp_path / "reports", steps=1)
    judging.judge(reporting, NOW, 1)
    pages = {path.name for path in reporting.reports.iterdir()}

    assert {f"{name}.{form}" for name in ("_here", "north", "south") for form in ("html", "json")} == pages
    assert 0 == judging.judge(reporting, NOW, 1)[1]
    judging.report(reporting.reports, "north").unlink()
    assert 1 == judging.judge(reporting, NOW, 1)[1]
    assert judging.report(reporting.reports, "north").exists()


def test_what_is_decided_in_the_centres_folder_holds_at_every_site_and_judges_it_anew(work, tmp_path):
    one = msgspec.structs.replace(work, knowledge=tmp_path)
    judging.judge(one, NOW, 1)
    held = Decision(about="F-00042", by="J. Doe", reason="known", decided=NOW.date(), until=NOW.date())
    (tmp_path / decisions.FILE).write_text(decisions.written([held]))

    assert 3 == judging.judge(one, NOW, 1)[1]
    assert (held,) == judging.judgement(one, "north").runs[-1].decisions
