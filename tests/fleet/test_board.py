"""The health of a fleet as people read it: the same words in the terminal and on the page, and no name can act on either."""

import re

import pytest
from defusedxml import ElementTree

from scanner.fleet import board, trouble
from scanner.fleet.health import Blackout, Judged
from tests.fleet.made import ILL, NOW, WELL, health


def shown(of):
    return board.board(of, trouble.troubles(of))


def test_a_fleet_that_is_well_in_a_terminal():
    assert [
        "All is well.",
        "  as of                2026-11-24 01:00 UTC",
        "  centre               at work; last turn 2026-11-24 00:59 UTC",
        "  last judged          2026-11-23 22:00 UTC, 1,200 devices in 41 seconds",
        "  last batch taken in  2026-11-23 21:00 UTC",
        "  database             123.5 MB, schema 2; 80.0 of 100.0 GB of its disk free",
        "",
        "SITES",
        "  Site     Segments  Sensors  Chunks waiting  Being looked at  Done  State",
        "  st-mary  1         1        0               1                7     may be looked at",
        "",
        "SENSORS",
        "  Sensor  Site     Last heard     Version  Certificate ends      Batches  Segments",
        "  mary-1  st-mary  3 seconds ago  1.0      2027-01-23 01:00 UTC  -        mary-wards",
        "",
        "SEGMENTS AND JOBS",
        "  Segment     Network       Zone   Waiting  Looked at  Done  Given up  Since  Sensors  Window",
        "  mary-wards  10.20.0.0/24  wards  0        1          7     0         -      1        open",
        "",
        "RATES IN USE",
        "  Segment     Initiations a second  Shares now",
        "  mary-wards  6                     mary-1 6",
        "",
        "BLACKOUTS",
        "  none",
        "",
        "STOPPED BY A BREAKER",
        "  nothing in thirty days",
        "",
        "CHUNKS GIVEN UP",
        "  none in thirty days",
    ] == list(board.lines(shown(WELL)))


def test_what_is_wrong_comes_first_with_what_to_do():
    of = health(working=False, free=None, judged=Judged(), turned=None)

    lines = list(board.lines(shown(of)))

    assert "1 error." == lines[0]
    assert "  last judged          not known" == lines[3]
    assert "ERROR    centre: no centre is at work: nothing is given out, taken in or judged" == lines[7]
    assert lines[8].startswith("         do: start it and read what it says")


def test_what_somebody_meant_is_not_called_wrong():
    of = health(blackouts=(Blackout("st-mary", "J. Doe", "theatre", NOW),))

    assert "Nothing is wrong; 1 notice." == shown(of).lead
    assert "6 errors, 1 warning and 6 notices." == shown(ILL).lead


def test_no_name_acts_on_the_terminal():
    lines = list(board.lines(shown(ILL)))

    assert all(line.isprintable() for line in lines)
    assert "\\x1b[2J" in "".join(lines)


@pytest.mark.parametrize("of", [WELL, ILL, health(sites=(), sensors=(), segments=())])
def test_the_page_is_well_formed_and_allows_its_own_style_and_nothing_else(of):
    page = board.page(shown(of), "hospital <b>")

    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert re.fullmatch(
        r"default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]+&#39;; img-src data:; base-uri &#39;none&#39;;"
        r" form-action &#39;none&#39;",
        policy,
    )
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    body = page[page.index("<body>") : page.index("</html>")]
    ElementTree.fromstring(body)


def test_each_table_of_the_page_names_its_columns_and_rows_for_those_who_hear_it():
    page = board.page(shown(ILL), "hospital")

    for table in shown(ILL).tables:
        if table.rows:
            assert f"<caption>{table.caption}</caption>".replace("'", "&#39;") in page
    body = ElementTree.fromstring(page[page.index("<body>") : page.index("</html>")])
    for table in body.iter("table"):
        heads = [one.get("scope") for one in table.iter("th")]
        assert None not in heads
        assert heads.count("row") == len(table.find("tbody").findall("tr"))


def test_everything_of_the_board_stands_on_the_page():
    page = board.page(shown(WELL), "hospital")

    for table in shown(WELL).tables:
        for cell in (cell for row in table.rows for cell in row):
            assert f">{cell}<" in page
    assert "<h1>hospital</h1>" in page


def test_equal_input_gives_equal_bytes():
    assert board.page(shown(WELL), "a") == board.page(shown(health()), "a")
