"""The page of changes: counts, what moved, why, and the trend; inert with hostile texts."""

import sys
from datetime import timedelta

import msgspec
import pytest

from scanner.model.since import Cause, SiteVisit, State, Visit
from scanner.report import html
from scanner.report.diff import compare
from scanner.report.sections.since_last_time import signed, since_last_time

change = msgspec.structs.replace


def changed(found):
    """Half of the devices are new."""
    half = change(found, devices=found.devices[::2], now=found.now - timedelta(days=30))
    return change(found, since=compare(half, [(Cause.NETWORK, found)], notes=("a note",)))


def test_without_an_earlier_run_it_says_so(hospital):
    view = since_last_time(hospital)

    assert ("", ()) == (view.compared, view.rows)
    assert "There is no earlier run" in html.render(hospital)


def test_what_changed_is_listed_and_what_did_not_is_counted(hospital):
    found = changed(hospital)
    view = since_last_time(found)

    assert len(found.since.findings) == sum(count for _, count in view.counts)
    assert "unchanged" not in {row.state for row in view.rows}
    assert any("more:" in row.joined for row in view.rows)
    assert all(move.here for move in view.moves)
    assert [("the network changed", "0")] == [(because, delta) for because, _, delta, _ in view.steps]
    assert "Since last time" in html.render(found)


def test_a_sentence_says_what_changed_before_any_table_and_each_site_has_its_line(hospital):
    found = changed(hospital)
    earlier = found.since.before.at
    names = ("east", "north", "south", "west")
    states = (Visit.NEW, Visit.NOT_LOOKED, Visit.LOOKED, Visit.LOOKED)
    visits = tuple(
        SiteVisit(site=site, state=state, before=None if state is Visit.NEW else earlier, after=found.now)
        for site, state in zip(names, states, strict=True)
    )
    first, *others = found.since.findings
    those = (change(first, state=State.NEW, sites=("south",)), *(change(one, sites=()) for one in others))
    view = since_last_time(change(found, since=change(found.since, sites=visits, findings=those)))
    at = f"{earlier:%Y-%m-%d}"

    assert view.news.startswith("Findings: ")
    assert (
        ("east", "first report"),
        ("north", f"not looked at since {at}"),
        ("south", f"1 new since {at}"),
        ("west", f"nothing new since {at}"),
    ) == view.sites
    page = html.render(change(found, since=change(found.since, sites=visits, findings=those)))
    assert view.news in page
    assert f"<td>not looked at since {at}</td>" in page
    assert "What changed at each site" not in html.render(found)


def test_long_lists_are_cut_and_the_rest_is_counted(hospital, monkeypatch):
    monkeypatch.setattr(sys.modules[since_last_time.__module__], "MOST_SHOWN", 1)
    found = changed(hospital)
    view = since_last_time(found)

    assert (1, 1) == (len(view.rows), len(view.moves))
    assert len(found.since.devices) - 1 == view.more_moves
    assert f"and {view.more_rows} more findings" in html.render(found)


def test_hostile_texts_stay_inert(hostile):
    page = html.render(changed(hostile), static=True)

    assert "<script" not in page
    assert "onerror=" not in page.replace("onerror=&#34;", "")


@pytest.mark.parametrize(
    ("by", "said"), [(0.0, "0"), (-0.04, "0"), (1.25, "+1.2"), (-12.0, "-12"), (0.06, "+0.1")]
)
def test_changes_bear_their_sign(by, said):
    assert said == signed(by)
