"""Page one says the worst in one plain sentence, never a bare number, and never that a network is secure."""

from datetime import timedelta

import msgspec
import pytest

from scanner.model.kinds import Kind, Support
from scanner.model.plan import Plan, Point, Step
from scanner.model.since import Moment, Since
from scanner.model.since import Point as Then
from scanner.model.verdict import Interval, Pace
from scanner.report.sections.headline import headline


def told(maker, sort, **risk):
    judged = maker.judged(sort, name="box")
    return headline(
        maker.assessment([msgspec.structs.replace(judged, risk=msgspec.structs.replace(judged.risk, **risk))])
    )


def test_the_sentence_names_the_top_pivot_and_what_it_reaches(maker, sorts):
    want = (
        "A laptop on Windows 7 SP1, unsupported since 2020-01-14, joins zones management and office (box). "
        "Whoever takes it can reach 76% of the critical systems and other equipment worth 482 ordinary PCs."
    )

    assert want == told(maker, sorts[0]).sentence


def test_a_pivot_that_reaches_no_critical_system_is_said_to_reach_none_that_we_know(maker, sorts):
    assert told(maker, sorts[0], critical=0.0).sentence.endswith("but no critical system that we know of.")


def test_an_unknown_pivot_is_called_unknown(maker, sorts):
    assert told(maker, sorts[4]).sentence.startswith(
        "A laptop, whose support could not be told, stands in zone office (box)."
    )


def test_an_end_that_is_not_known_is_left_out_of_the_sentence(maker, sorts):
    kind, subject, support, _, zones, score, _ = sorts[0]

    told_ = told(maker, (kind, subject, support, None, zones, score, 1)).sentence

    assert told_.startswith("A laptop on Windows 7 SP1, unsupported, joins zones management and office")


def test_a_supported_pivot_without_a_zone_is_described_too(maker, sorts):
    judged = maker.judged((Kind.IOT, "Hub 3", Support.SUPPORTED, None, ("office",), 70, 1), name="hub")
    judged = msgspec.structs.replace(judged, device=msgspec.structs.replace(judged.device, legs=()))

    sentence = headline(maker.assessment([judged])).sentence

    assert sentence.startswith(
        "A smart device on Hub 3, still supported, stands outside every known zone (hub)."
    )


def test_an_article_fits_its_noun(maker):
    sort = (Kind.ACCESS_POINT, None, Support.UNKNOWN, None, ("office",), 70, 1)
    modality = (Kind.MODALITY, None, Support.UNKNOWN, None, ("office",), 70, 1)

    assert [told(maker, one).sentence.partition(",")[0] for one in (sort, modality)] == [
        "A wireless access point",
        "An imaging device",
    ]


def test_low_scores_are_not_called_secure(maker, sorts):
    assert "not that the network is secure" in told(maker, sorts[-1]).sentence


def test_nothing_seen_says_nothing(empty):
    page = headline(empty)

    assert ("No device was seen, so nothing can be said about this network.", "") == (
        page.sentence,
        page.stable,
    )
    assert ("No limits were recorded, which is itself a gap.",) == page.limits


def test_each_of_the_three_numbers_says_how_sure_it_is(hospital):
    numbers = headline(hospital).numbers

    assert ["312", "61", "1.7"] == [one.value for one in numbers]
    assert "range 248 to 371 in 80% of draws" == numbers[0].sure
    assert all(one.sure and one.of for one in numbers)


def test_fixes_that_save_nothing_save_zero_and_not_less(hospital):
    worse = msgspec.structs.replace(hospital.network, after_top_fixes=400.0)

    assert headline(msgspec.structs.replace(hospital, network=worse)).numbers[1].of == "which saves 0%"


@pytest.mark.parametrize(
    ("sector", "title", "start"),
    [
        (
            "hospital",
            "Patient safety",
            "Of 11 devices that patients depend on, 3 are unsupported, 7 could not be told, and 3 can",
        ),
        ("utility", "Safety of supply", "No devices that the supply depends on were recognised."),
        ("bank", "Continuity of service", "No devices that payments depend on were recognised."),
        ("office", "Continuity of work", "Of 4 servers that everyone depends on, 3 are unsupported"),
        ("museum", "Continuity of work", "Of 4 servers"),
    ],
)
def test_the_safety_line_fits_the_sector(hospital, sector, title, start):
    page = headline(msgspec.structs.replace(hospital, sector=sector))

    assert title == page.safety_title
    assert page.safety.startswith(start)


def test_old_knowledge_is_named_first_and_marked(hospital):
    sources = headline(hospital).sources

    assert [("Medical advisories", True), ("Card makers", False), ("Windows lifecycle", False)] == [
        (one.name, one.old) for one in sources
    ]
    assert sources[0].age == "2 years"


def test_unknown_devices_are_counted_apart(hospital):
    assert {"unsupported": "8", "unknown": "22", "supported": "15"} == {
        code: count for code, count, _ in headline(hospital).counts
    }


def test_page_one_names_a_few_limits_and_sources_and_counts_the_rest(hospital):
    long = msgspec.structs.replace(hospital, limits=("x" * 999,) * 9, sources=hospital.sources * 3)

    page = headline(long)

    assert (4, 5, 3, 6) == (len(page.limits), page.more_limits, len(page.sources), page.more_sources)
    assert 240 == len(page.limits[0])


def test_each_adversary_is_named_with_its_own_worst_door(hospital):
    page = headline(hospital)

    assert ["Known worm", "Adaptive worm", "Human intruder"] == [one.name for one in page.attackers]
    assert ("laptop-01", 91, "not assessed") == (
        page.attackers[0].worst,
        page.attackers[0].score,
        page.attackers[0].time,
    )
    assert "is not assessed" in page.clock


def pace(adversary, hours, *ends):
    interval = Interval(lo=ends[0], hi=ends[1]) if ends else None
    return Pace(adversary=adversary, probability=0.55, hours=hours, interval=interval, first=None)


def test_each_adversary_says_how_often_and_how_soon_a_critical_system_falls(hospital):
    paces = (pace("commodity", 0.02, 0.01, 0.02), pace("adaptive", 10.4, 9.7, 60.0), pace("intruder", None))
    network = msgspec.structs.replace(hospital.network, pace=paces)

    page = headline(msgspec.structs.replace(hospital, network=network))

    assert [
        ("55%", "a few minutes"),
        ("55%", "10 hours (10 hours to 2 days)"),
        ("none", "none falls"),
    ] == [(one.odds, one.time) for one in page.attackers]
    assert page.clock.startswith("Times: the middle case")


def test_a_time_without_a_range_stands_alone(hospital):
    network = msgspec.structs.replace(hospital.network, pace=(pace("adaptive", 30.0),))

    page = headline(msgspec.structs.replace(hospital, network=network))

    assert "30 hours" == page.attackers[1].time


@pytest.mark.parametrize(
    ("steps", "label", "value"),
    [
        (1, "The same after the first step of the plan", "60"),
        (7, "The same after the first 5 steps of the plan", "20"),
    ],
)
def test_with_a_plan_the_second_number_is_the_plans_own_and_has_its_interval(hospital, steps, label, value):
    within = Interval(lo=18.0, hi=22.0, level=0.95)
    losses = [120.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0, 5.0][: steps + 1]
    plan = Plan(
        loss=120.0,
        after=losses[-1],
        steps=tuple(
            Step(action="deny", text="x", devices=(), cost=1.0, saves=1.0, interval=within, alone=1.0)
            for _ in range(steps)
        ),
        curve=tuple(Point(steps=at, cost=1.0, loss=loss, interval=within) for at, loss in enumerate(losses)),
    )

    number = headline(msgspec.structs.replace(hospital, plan=plan)).numbers[1]

    assert (label, value) == (number.label, number.value)
    assert "simulated together; 18 to 22 in 95% of samples" == number.sure


def test_a_first_run_has_no_trend(hospital, empty):
    first = ("This is the first look at this network: there is nothing to compare it with yet.",)
    papers = msgspec.structs.replace(hospital.runs[0], command="import")
    assert first == headline(hospital).trend
    assert first == headline(msgspec.structs.replace(hospital, runs=(*hospital.runs, papers))).trend
    assert () == headline(empty).attackers


def test_a_second_run_says_what_it_met_first_and_what_stayed_silent(hospital):
    page = headline(msgspec.structs.replace(hospital, runs=hospital.runs * 2))

    silent = sum(one.device.presence == "silent" for one in hospital.devices)
    assert (
        "Met for the first time in the last run: 0 devices.",
        f"Known before and silent now: {silent} devices.",
    ) == page.trend


def test_a_comparison_is_told_by_its_last_two_points(hospital):
    old = Then(
        run="a", at=hospital.now - timedelta(days=30), loss=400.0, lo=1.0, hi=2.0, critical=1, high=1,
        medium=1, low=1, findings=20,
    )  # fmt: skip
    new = msgspec.structs.replace(old, at=hospital.now, loss=312.4, findings=12)
    moment = Moment(run="a", at=old.at, knowledge="")
    since = Since(before=moment, after=moment, findings=(), devices=(), steps=(), trend=(old, new), notes=())

    page = headline(msgspec.structs.replace(hospital, since=since))

    assert (
        "Expected loss 400 on 2026-11-03, 312 now.",
        "Open findings 20 then, 12 now.",
    ) == page.trend
