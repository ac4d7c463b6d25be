"""Charts are drawn from the numbers alone, say them in words, and look different in grey."""

from xml.etree import ElementTree as ET

from scanner.model.kinds import Support
from scanner.model.verdict import Interval, Why
from scanner.report import charts
from scanner.report.svg import draw


def parse(shape):
    return ET.fromstring(draw(shape))


def whys(*points):
    return [Why(points=one, text=f"reason {one}", evidence=(), removes="x") for one in points]


def test_the_blocks_of_a_why_bar_are_as_wide_as_their_points():
    drawn = parse(charts.why_bar(whys(45, 31, 15), 91, name="w"))
    wide = [float(one.get("width")) for one in drawn.iter("rect") if one.get("class").startswith("why")]

    assert [45, 31, 15] == [round((width + 2) / 7.6) for width in wide]


def test_a_why_bar_says_its_reasons_in_words():
    assert "1: 45 points, reason 45" in draw(charts.why_bar(whys(45), 45, name="w"))


def test_a_bar_without_reasons_and_one_with_tiny_or_negative_points_still_draws():
    assert "No reason was found." in draw(charts.why_bar([], 0, name="w"))
    drawn = parse(charts.why_bar(whys(1, 5, -3, 0), 3, name="w"))

    assert len([one for one in drawn.iter("rect") if one.get("class").startswith("why")]) == 2


def test_the_unknown_has_a_hatch_of_its_own_and_a_word():
    drawn = draw(
        charts.support_bar([(Support.UNSUPPORTED, 1), (Support.UNKNOWN, 2), (Support.SUPPORTED, 0)], name="s")
    )

    assert drawn.count('fill="url(#s-hatch)"') == 1
    assert "Unknown: 2 devices" in drawn


def test_a_narrow_part_carries_no_number_that_would_not_fit():
    drawn = parse(charts.support_bar([(Support.UNSUPPORTED, 1), (Support.SUPPORTED, 999)], name="s"))

    assert ["999"] == [one.text for one in drawn.iter("text")]


def test_nothing_to_draw_is_said_and_divides_by_nothing():
    for drawn in (
        charts.bars("T", [], name="b"),
        charts.support_bar([(Support.UNKNOWN, 0)], name="s"),
        charts.losses(0, 0, 0, label="After", name="l"),
    ):
        assert parse(drawn).get("role") == "img"


def test_losses_are_drawn_on_the_scale_of_everything_there_is():
    drawn = parse(charts.losses(100, 25, 200, label="After 5 steps", name="l"))
    wide = [float(one.get("width")) for one in drawn.iter("rect") if one.get("class").startswith("bar")]

    assert [120, 30] == wide


def test_a_score_line_marks_score_and_interval():
    drawn = parse(charts.score_line(50, Interval(lo=40, hi=60), name="x"))

    assert "50 of 100; varied judgements give 40 to 60." == drawn[1].text
