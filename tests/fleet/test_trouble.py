"""What is wrong with a fleet is said with its weight and with what to do; what is well is not spoken of."""

import re
from datetime import timedelta

import pytest

from scanner.fleet import trouble
from scanner.fleet.health import Blackout, Chunk, Judged
from scanner.fleet.trouble import Level
from tests.fleet.made import NOW, WELL, ago, health, segment, sensor, trip

ERROR, WARNING, NOTICE = Level
DARK = Blackout("st-mary", "J. Doe", "theatre in use", ago(hours=1))


def test_where_all_is_well_nothing_is_said():
    assert () == trouble.troubles(WELL)


CASES = [
    (health(settled=False), ERROR, "database", "it was restored"),
    (health(working=False), ERROR, "centre", "no centre is at work.*last turn was at 2026-11-24 00:59 UTC"),
    (health(working=False, turned=None), ERROR, "centre", "no centre is at work[^;]*$"),
    (health(turned=ago(minutes=2)), ERROR, "centre", "takes no turns; the last was at 2026-11-24 00:58 UTC"),
    (health(turned=None), ERROR, "centre", "takes no turns; the last was at not known"),
    (health(trips=(trip(),)), ERROR, "site st-mary", "work for 10.20.0.7; it was mary-1's, at 2026-11-24 00:55 UTC: it fell"),
    (health(trips=(trip(), trip(address="10.20.0.8"))), ERROR, "site st-mary", "work 2 times, for 10.20.0.7 and 10.20.0.8"),
    (health(skew=-61.0), WARNING, "centre", "clocks .* differ by 61 seconds"),
    (health(skew=7200.0), WARNING, "centre", "clocks .* differ by 2 hours"),
    (health(unsigned=2), WARNING, "centre", "2 requests for a certificate"),
    (health(judged=Judged(ago(days=2), 1, 1.0, ago(hours=1), "no room")), ERROR, "centre", "judging failed .*: no room;"),
    (health(judged=Judged(failed=ago(hours=1), why="no room")), ERROR, "centre", "the report is of not known"),
    (health(judged=Judged(ago(hours=27), 1, 1.0)), WARNING, "centre", "until 2026-11-23 21:00 UTC is not judged"),
    (health(judged=Judged(), taken=ago(hours=27)), WARNING, "centre", "is not judged yet; the report is of not known"),
    (health(free=(14, 100)), WARNING, "database", r"left \(14%\)"),
    (health(free=(4, 100)), ERROR, "database", r"left \(4%\)"),
    (health(oldest=ago(minutes=11)), ERROR, "centre", "waits since 2026-11-24 00:49 UTC to be taken in"),
    (health(sensors=(sensor(), sensor(id="mary-2", until=None, beat=None))), NOTICE, "sensor mary-2", "not enrolled yet"),
    (health(sensors=(sensor(until=ago(seconds=0)),)), ERROR, "sensor mary-1", "ended at 2026-11-24 01:00 UTC"),
    (health(sensors=(sensor(until=NOW + timedelta(days=13)),)), WARNING, "sensor mary-1", "ends at 2026-12-07"),
    (health(sensors=(sensor(beat=121.0),)), WARNING, "sensor mary-1", "is silent for a few minutes"),
    (health(sensors=(sensor(beat=None),)), WARNING, "sensor mary-1", "not been heard since it enrolled"),
    (health(sensors=(sensor(refused=1),)), WARNING, "sensor mary-1", "sent 1 batch that could not be read"),
    (health(sensors=(sensor(late=3),)), NOTICE, "sensor mary-1", "3 batches came after its hold"),
    (health(segments=(segment(waiting=2), segment(id="mary-lab", waiting=1))), ERROR, "segment mary-lab", "1 chunk waiting, and no sensor"),
    (health(segments=(segment(waiting=2, doing=0, oldest=ago(days=2)),)), WARNING, "segment mary-wards", "since 2026-11-22 01:00 UTC, and nobody works"),
    (
        health(segments=(segment(given_up=2),), given_up=(Chunk("s1", "mary-wards", "10.20.0.0/25"), Chunk("s1", "x", "10.9.9.0/24"))),
        ERROR, "segment mary-wards", r"2 chunks given up.*: 10\.20\.0\.0/25$",
    ),
    (health(rest=80_000.0), NOTICE, "database", "nothing is sent for 22 hours more"),
    (health(blackouts=(DARK,)), NOTICE, "site st-mary", "by J. Doe: theatre in use"),
    (health(blackouts=(Blackout("", "J. Doe", "storm", NOW),)), NOTICE, "all sites", "by J. Doe: storm"),
    (health(sensors=(sensor(), sensor(id="mary-2", program="0.9"))), NOTICE, "all sites", "versions: 0.9 and 1.0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "level", "about", "what"), CASES, ids=lambda one: str(one)[:40] if isinstance(one, str) else ""
)
def test_one_thing_that_is_wrong_is_said_once_with_what_to_do(of, level, about, what):
    [one] = trouble.troubles(of)

    assert (level, about) == (one.level, one.about)
    assert re.search(what, one.what)
    assert one.do


QUIET = [
    health(sensors=(sensor(revoked=True, until=None, beat=None), sensor(id="mary-2"))),
    # while no centre is at work the clock stands, and no sensor could be heard
    health(free=None),
    health(free=(0, 0)),
    health(oldest=ago(minutes=9)),
    health(judged=Judged(ago(hours=27), 1, 1.0), taken=ago(hours=28)),
    health(judged=Judged(), taken=None),
    health(judged=Judged(ago(hours=1), 1, 1.0, ago(hours=2), "no room")),
    health(segments=(segment(waiting=2, doing=0, oldest=ago(days=2), open=False),)),
    health(segments=(segment(waiting=2, doing=1, oldest=ago(days=2)),)),
    health(segments=(segment(waiting=2, doing=0, oldest=ago(hours=2)),)),
    health(segments=(segment(waiting=2, doing=0),)),
]


@pytest.mark.parametrize("of", QUIET)
def test_what_is_as_it_should_be_is_not_spoken_of(of):
    assert () == trouble.troubles(of)


@pytest.mark.parametrize("why", [{"blackouts": (DARK,)}, {"rest": 10.0}])
def test_who_waits_for_a_blackout_to_end_is_not_stuck(why):
    of = health(segments=(segment(waiting=2, doing=0, oldest=ago(days=2)),), **why)

    assert [NOTICE] == [one.level for one in trouble.troubles(of)]


def test_without_a_centre_no_sensor_is_blamed_for_its_silence():
    of = health(working=False, sensors=(sensor(beat=500.0),))

    assert ["centre"] == [one.about for one in trouble.troubles(of)]


def test_the_worst_comes_first():
    of = health(working=False, unsigned=1, blackouts=(DARK,), free=(1, 100))

    assert [ERROR, ERROR, WARNING, NOTICE] == [one.level for one in trouble.troubles(of)]


@pytest.mark.parametrize(
    "one",
    [
        sensor(beat=None),
        sensor(beat=200.0),
        sensor(revoked=True),
        sensor(until=None),
        sensor(until=NOW),
        sensor(segments=()),
    ],
)
def test_a_sensor_that_cannot_take_part_serves_no_segment(one):
    of = health(sensors=(one,))

    assert () == trouble.serving(of, of.segments[0])
    assert WELL.sensors == trouble.serving(WELL, WELL.segments[0])
