"""Each moment of a schedule begins one scan: in every zone, across clock changes, absences and clocks set back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.fleet.schedule import Hourly, Monthly, Weekly, begun, believed, due, next_at, read, read_window

ZONES = [
    "UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns",
    "Australia/Lord_Howe",  # by half an hour
    "America/Sao_Paulo",  # at midnight, until 2019
    "Pacific/Apia",  # a whole day that does not exist
    "Antarctica/Troll",  # by two hours
]  # fmt: skip
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

minutes = st.integers(0, 1439)
zones = st.sampled_from(ZONES)
schedules = st.one_of(
    st.builds(Weekly, days=st.frozensets(st.integers(0, 6), min_size=1), minute=minutes, zone=zones),
    st.builds(Monthly, day=st.integers(1, 31), minute=minutes, zone=zones),
    st.builds(Hourly, hours=st.integers(1, 744)),
)
moments = st.integers(
    int(datetime(2001, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2060, 1, 1, tzinfo=UTC).timestamp())
).map(lambda at: datetime.fromtimestamp(at, UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=800))


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("daily 22:00 Europe/London", Weekly(days=frozenset(range(7)), minute=1320, zone="Europe/London")),
        ("Sat 2:05 UTC", Weekly(days=frozenset({5}), minute=125, zone="UTC")),
        ("mon-wed,sun  00:00 Asia/Tokyo", Weekly(days=frozenset({0, 1, 2, 6}), minute=0, zone="Asia/Tokyo")),
        ("Mon, Thu 23:59 UTC", Weekly(days=frozenset({0, 3}), minute=1439, zone="UTC")),
        ("monthly 31 03:30 Europe/Berlin", Monthly(day=31, minute=210, zone="Europe/Berlin")),
        ("every 6 hours", Hourly(hours=6)),
        ("Every 1 hour", Hourly(hours=1)),
    ],
)
def test_a_schedule_is_read_as_people_write_it(text, want):
    assert want == read(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "write it as one of"),
        ("often", "write it as one of"),
        ("daily 22:00", "write it as one of"),
        ("daily 22:60 UTC", "write it as one of"),
        ("daily 24:00 UTC", "00:00 to 24:00"),
        ("daily 22:00 Mars/Olympus", "Mars/Olympus"),
        ("daily 22:00 ../../etc/passwd", "write it as one of"),
        ("Caturday 22:00 UTC", "write it as one of"),
        ("monthly 0 22:00 UTC", "1 to 31"),
        ("monthly 32 22:00 UTC", "1 to 31"),
        ("monthly 1 25:00 UTC", "00:00 to 24:00"),
        ("every 0 hours", "1 to 744"),
        ("every 745 hours", "1 to 744"),
    ],
)
def test_what_is_no_schedule_is_refused_with_examples(text, why):
    with pytest.raises(DataError, match=why) as caught:
        read(text)

    assert repr(text) in str(caught.value)


@given(
    st.text(max_size=60)
    | st.from_regex(r"(daily|monthly \d+|[a-z,\-]{1,9}) \d{1,2}:\d\d [A-Z][a-z/]+", fullmatch=True)
)
def test_any_text_is_a_schedule_or_refused(text):
    try:
        assert isinstance(read(text), Weekly | Monthly | Hourly)
    except DataError:
        return


def test_a_window_is_the_scope_file_s():
    one = read_window("Sat 22:00-04:00 Europe/London")
    assert (frozenset({5}), 1320, 240) == (one.days, one.opens, one.closes)
    for text in ("Sat 22:00 UTC", "Sat 22:00-04:00 Mars/Olympus"):
        with pytest.raises(DataError, match="write it as Sat 22:00-04:00 Europe/London"):
            read_window(text)


@pytest.mark.parametrize(
    ("text", "last", "want"),
    [
        ("daily 22:00 Europe/London", utc(2026, 7, 1, 12), utc(2026, 7, 1, 21)),
        ("daily 22:00 Europe/London", utc(2026, 12, 1, 22), utc(2026, 12, 2, 22)),
        ("Sat 22:00 Europe/London", utc(2026, 11, 7, 22), utc(2026, 11, 14, 22)),
        ("monthly 31 22:00 UTC", utc(2027, 1, 31, 22), utc(2027, 2, 28, 22)),
        ("monthly 31 22:00 UTC", utc(2028, 1, 31, 22), utc(2028, 2, 29, 22)),
        ("monthly 1 00:00 Asia/Tokyo", utc(2026, 12, 31, 15), utc(2027, 1, 31, 15)),
        ("every 6 hours", utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 6, 30)),
        # 28 March 2027, 01:00 to 02:00, does not exist in London: as if the clock had not been set forward
        ("daily 01:30 Europe/London", utc(2027, 3, 27, 1, 30), utc(2027, 3, 28, 1, 30)),
        ("daily 01:30 Europe/London", utc(2027, 3, 28, 1, 30), utc(2027, 3, 29, 0, 30)),
        # 25 October 2026, 01:00 to 02:00, is there twice: the first counts, the second begins nothing
        ("daily 01:30 Europe/London", utc(2026, 10, 24, 0, 30), utc(2026, 10, 25, 0, 30)),
        ("daily 01:30 Europe/London", utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)),
        # Samoa had no 30 December 2011: its moment and the next day's are one
        ("daily 10:00 Pacific/Apia", utc(2011, 12, 29, 20), utc(2011, 12, 30, 20)),
        ("daily 10:00 Pacific/Apia", utc(2011, 12, 30, 20), utc(2011, 12, 31, 20)),
    ],
)
def test_the_next_moment_is_the_one_that_the_wall_shows(text, last, want):
    schedule = read(text)

    assert want == next_at(schedule, last, last)
    assert [False, True] == [due(schedule, last, at) for at in (want - MINUTE, want)]
    assert (want, UTC) == (begun(schedule, last, want), begun(schedule, last, want).tzinfo)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "start", [utc(2011, 12, 26), utc(2018, 11, 1), utc(2026, 3, 26), utc(2026, 10, 1), utc(2026, 10, 31)]
)
@pytest.mark.parametrize("minute", [0, 75, 150])
def test_looking_at_the_wall_every_quarter_gives_the_same(zone, start, minute):
    """What a person would do who starts the scan when the clock on the wall reaches the time, once a day."""
    wall, want = ZoneInfo(zone), []
    days = set()
    before = (start - 15 * MINUTE).astimezone(wall).replace(tzinfo=None)
    for step in range(4 * 24 * 9):
        at = start + step * 15 * MINUTE
        shown = at.astimezone(wall).replace(tzinfo=None)
        day = shown.replace(hour=minute // 60, minute=minute % 60)
        # the hand stands on the time, or has jumped over it: then it is begun with the jump
        if before < day <= shown and day.date() not in days:
            days.add(day.date())
            want.append((at, day == shown))
        before = shown

    schedule, got, last = Weekly(days=frozenset(range(7)), minute=minute, zone=zone), [], start - MINUTE
    while (last := next_at(schedule, last, last)) < start + 9 * DAY:
        got.append(last)

    assert [at for at, there in want if there] == [
        at for at in got if at in {one for one, there in want if there}
    ]
    # where the hand jumped, it is begun within the jump's length after it
    assert len(want) <= len(got) <= len(want) + 1
    for (at, there), mine in zip(want, got, strict=False):
        assert timedelta(0) <= mine - at <= (timedelta(0) if there else 2 * timedelta(hours=1)), (at, mine)


@given(schedules, moments, spans)
def test_there_is_one_next_moment_and_nothing_is_due_before_it(schedule, last, gone):
    following = next_at(schedule, last, last)

    assert following > last
    assert not due(schedule, last, following - timedelta(microseconds=1))
    assert (following, following) == (begun(schedule, last, following), next_at(schedule, last, following))
    now = last + gone
    assert due(schedule, last, now) == (following <= now) == (next_at(schedule, last, now) == now)


@given(schedules, moments, spans)
def test_however_long_the_centre_was_away_one_scan_is_caught_up(schedule, last, gone):
    now = last + gone
    moment = begun(schedule, last, now)
    if moment is None:
        assert now < next_at(schedule, last, last)
        return

    assert last < moment <= now
    # it is the latest: none lies between it and now
    assert not due(schedule, moment, now)
    assert next_at(schedule, moment, now) > now


@given(schedules, moments, st.lists(st.timedeltas(-timedelta(hours=23), 40 * DAY), max_size=40))
def test_a_clock_that_is_set_back_begins_nothing_twice(schedule, last, steps):
    now, did = last, []
    latest = now
    for step in steps:
        # never more than a day behind what it showed before
        now = max(now + step, latest - DAY)
        latest = max(latest, now)
        last = believed(last, now)
        if moment := begun(schedule, last, now):
            did.append(moment)
            last = moment

    assert sorted(set(did)) == did


@given(schedules, moments, st.timedeltas(DAY + MINUTE, timedelta(days=4000)))
def test_a_clock_that_was_wrong_by_months_keeps_no_scan_away_for_months(schedule, now, ahead):
    last = believed(now + ahead, now)

    assert now == last
    assert next_at(schedule, now + ahead, now) <= now + timedelta(days=32)
    assert not due(schedule, last, now)


@given(
    st.builds(Weekly, days=st.frozensets(st.integers(0, 6), min_size=1), minute=minutes, zone=zones), moments
)
def test_a_moment_lies_on_one_of_its_days_at_its_time(schedule, last):
    moment, zone = next_at(schedule, last, last), ZoneInfo(schedule.zone)
    at, before = moment.astimezone(zone), (moment - 25 * 60 * MINUTE).astimezone(zone)

    if (at.weekday() in schedule.days, at.hour * 60 + at.minute) != (True, schedule.minute):
        # the wall did not show that time on that day: its clock was set forward just before
        assert at.utcoffset() > before.utcoffset()
    assert 0 == at.second == at.microsecond
