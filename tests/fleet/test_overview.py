"""All sites on one page: what is worst comes first, every site's own report is a click away, and no name can act."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from defusedxml import ElementTree

from scanner.fleet import overview
from scanner.fleet.judging import Told, Worst
from scanner.model.since import Cause, State
from scanner.report.news import Count, News

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CARD = "08:00:06:00:00:01"


def worst(name="US-1", score=70, **changed):
    given = {
        "kind": "modality", "what": "Windows XP", "zones": ("ward",), "support": "unsupported", "band": "high",
    }  # fmt: skip
    return Worst(name=name, score=score, **(given | changed))


def told(site, **changed):
    given = {
        "key": "k", "now": NOW, "rows": 10, "devices": 3, "bands": {"high": 1, "low": 2}, "support": {"unsupported": 1, "unknown": 2},
        "loss": 5.0, "weight": 50.0, "critical": 2, "reached": 0.5, "worst": (worst(),), "cards": (),
    }  # fmt: skip
    return Told(site=site, **(given | changed))


GROUP = (
    told(None, loss=1.0, critical=0, worst=()),
    told("north", cards=(CARD,)),
    told(
        "south", loss=9.0, cards=(CARD,), worst=(worst("PACS", 90, band="critical", what=""), worst("x", 1))
    ),
)


def shown(group=GROUP):
    return overview.overview(group, NOW, "fleet")


def test_the_site_where_a_foothold_costs_most_comes_first_with_the_way_to_its_report():
    assert [("south", "fleet/south.html", "9.0", "18%"), ("north", "fleet/north.html", "5.0", "10%"), ("here", "fleet/_here.html", "1.0", "2%")] == [
        (one.name, one.href, one.loss, one.share) for one in shown().sites
    ]  # fmt: skip
    assert ["0.5", "0.5", "none marked"] == [one.reached for one in shown().sites]
    assert (3, (1, 0, 2), (0, 1, 0, 2)) == (
        shown().sites[0].devices,
        shown().sites[0].support,
        shown().sites[0].bands,
    )


def test_the_worst_devices_of_all_sites_are_named_with_their_site():
    assert [("PACS", "south", 90, "Imaging device"), ("US-1", "north", 70, "Imaging device, Windows XP"), ("x", "south", 1, "Imaging device, Windows XP")] == [
        (one.name, one.site, one.score, one.what) for one in shown().worst
    ]  # fmt: skip


def since(*counts, days=7):
    return News(NOW - timedelta(days=days), counts)


CHANGED = (
    told("east"),
    told("north", news=since(Count(State.NEW, Cause.NETWORK, 2), Count(State.WORSE, Cause.TIME, 1))),
    told("south", news=since(Count(State.NEW, Cause.NETWORK, 1), days=30)),
    told("west", news=since()),
)


def test_what_changed_since_last_time_is_said_of_each_site_and_of_all():
    of = overview.overview(CHANGED, NOW, "fleet", since=True)

    assert {
        "east": "first report",
        "north": "2 new, 1 worse since 2026-11-17",
        "south": "1 new since 2026-10-25",
        "west": "nothing new since 2026-11-17",
    } == {one.name: one.changed for one in of.sites}
    assert (
        "Findings: 3 new, 1 worse since 2026-10-25 (the network changed: 3 new; time passed: 1 worse).",
        "4 sites in all: something changed at 2, nothing is new at 1, the first report at 1.",
    ) == of.since
    page = overview.page(of, "group")
    assert all(f"<p>{one}</p>" in page for one in of.since)
    assert "<td>2 new, 1 worse since 2026-11-17</td>" in page
    assert 'href="#since"' in page
    assert json.loads(overview.machine(CHANGED, NOW, "fleet"))["sites"][1]["news"] == {
        "since": "2026-11-17T00:00:00Z",
        "counts": [
            {"state": "new", "because": "network", "findings": 2},
            {"state": "worse", "because": "time", "findings": 1},
        ],
    }


def test_a_first_report_says_so_and_one_without_news_since_when():
    first, quiet = GROUP, (told("north", news=since()),)

    assert "First report: there is no earlier look to compare with." == overview.changed(first)[0]
    assert "Nothing new since 2026-11-17." == overview.changed(quiet)[0]
    assert (
        "One site in all: something changed at 0, nothing is new at 1, the first report at 0."
        == overview.changed(quiet)[1]
    )


def test_where_nobody_asked_nothing_is_said_of_last_time():
    page = overview.page(shown(), "group")

    assert ((), False, False) == (shown().since, "first report" in page, "Since last time" in page)


def test_devices_and_verdicts_of_all_sites_are_summed():
    assert 9 == shown().devices
    assert {"unsupported": 3, "supported": 0, "unknown": 6} == {
        code: count for code, _, count in shown().support
    }


def test_a_card_that_two_sites_show_is_named_and_no_more_of_them_than_a_page_bears():
    assert ((CARD, ("north", "south")),) == shown().cards
    many = tuple(f"{CARD[:-2]}{number:02x}" for number in range(40))
    of = shown((told("north", cards=many), told("south", cards=many)))

    assert (25, 15) == (len(of.cards), of.more_cards)
    assert "15 more cards are in the JSON of the sites." in overview.page(of, "group")


@pytest.mark.parametrize("group", [GROUP, (told("north", weight=0.0, loss=0.0),)])
def test_the_page_is_whole_and_asks_the_network_for_nothing(group):
    page = overview.page(shown(group), "group")

    ElementTree.fromstring(re.sub(r"<!doctype html>|&nbsp;|<meta[^>]*>", "", page))
    assert "default-src 'none'" in html.unescape(page)
    assert [] == re.findall(r"https?://|<script", page)
    assert page == overview.page(shown(group), "group")


def test_names_cannot_act():
    page = overview.page(shown((told("north", worst=(worst("<script>x</script>\u202e{{7*7}}"),)),)), "<b>")

    assert "<script" not in page
    assert "\u202e" not in page
    assert "49" not in re.sub(r"<style>.*?</style>|sha256-\S+", "", page, flags=re.DOTALL)


def test_machines_get_the_same_with_the_file_of_each_site():
    found = json.loads(overview.machine(GROUP, NOW, "fleet"))

    assert (9, ["fleet/_here.html", "fleet/north.html", "fleet/south.html"]) == (
        found["devices"],
        [one["report"] for one in found["sites"]],
    )
    assert {"high": 1, "low": 2} == found["sites"][1]["bands"]
