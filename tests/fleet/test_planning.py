"""What the centre orders and when, against a real server: once, in its windows, and never into a closed one's queue."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from scanner.cli import stalehost
from scanner.errors import DataError, ScannerError, StoreError
from scanner.fleet import admit, blackout, centre, home, planning
from scanner.fleet.admit import Segment
from scanner.store.store import open_store

# windows close by the server's clock too, so these stories play after it: a Saturday
NOON = datetime(2090, 1, 7, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT = "Sat 22:00-04:00 Europe/London"
RADIOLOGY, OFFICE = "st-mary-radiology", "st-mary-office"


def live(fleet):
    """What is in the queues and not done, by segment."""
    return dict(
        fleet.rows(
            "SELECT substr(queue_name, 9), count(*)::int FROM fleet.procrastinate_jobs"
            " WHERE status IN ('todo', 'doing') GROUP BY 1"
        )
    )


def scans(fleet):
    return [
        scan for (scan,) in fleet.rows("SELECT DISTINCT scan FROM fleet.chunk ORDER BY scan")
    ]  # fmt: skip


def done(fleet, segment="%"):
    """Everything that is in the queues is done."""
    fleet.link.execute(
        "UPDATE fleet.procrastinate_jobs SET status = 'succeeded' WHERE queue_name LIKE %s",
        (f"segment:{segment}",),
    )


def queued(fleet, now):
    return planning.plan(fleet.link, now).queued


def test_a_scan_is_begun_once_at_its_moment_however_often_the_centre_looks(fleet):
    planning.put(fleet.link, "st-mary", "daily 22:00 Europe/London", "J. Doe", NOON)

    looks = [NOON, NOON + 9 * HOUR, NOON + 10 * HOUR, NOON + 10 * HOUR, NOON + 33 * HOUR]
    assert [0, 0, 2, 0, 0] == [queued(fleet, now) for now in looks]
    assert ["st-mary 2090-01-07T22:00Z"] == scans(fleet)
    done(fleet)

    # five days away: one scan is caught up, the latest; then set back by hours: nothing twice
    assert [2, 0, 0] == [
        queued(fleet, now) for now in (NOON + 6 * DAY, NOON + 6 * DAY, NOON + 5 * DAY + 9 * HOUR)
    ]
    assert ["st-mary 2090-01-07T22:00Z", "st-mary 2090-01-12T22:00Z"] == scans(fleet)


def test_a_centre_that_dies_between_ordering_and_noting_it_has_done_neither(fleet):
    planning.put(fleet.link, "st-mary", "daily 22:00 UTC", "J. Doe", NOON)
    fleet.link.execute(
        "CREATE FUNCTION public.dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'died'; END $$"
    )
    fleet.link.execute(
        "CREATE TRIGGER dies BEFORE UPDATE ON fleet.schedule FOR EACH ROW EXECUTE FUNCTION public.dies()"
    )
    with pytest.raises(StoreError, match="died"):
        planning.plan(fleet.link, NOON + 10 * HOUR)

    assert ([], {}) == (scans(fleet), live(fleet))
    fleet.link.execute("DROP TRIGGER dies ON fleet.schedule")
    assert [2, 0] == [queued(fleet, NOON + 10 * HOUR) for _ in range(2)]


def test_a_centre_that_dies_before_it_queued_what_it_noted_queues_it_when_it_is_back(fleet):
    planning.put(fleet.link, "st-mary", "daily 22:00 UTC", "J. Doe", NOON)
    with fleet.link.transaction():
        planning._begin(fleet.link, "st-mary", "daily 22:00 UTC", NOON, NOON + 10 * HOUR)

    assert (1, {}) == (len(scans(fleet)), live(fleet))
    assert [2, 0] == [queued(fleet, NOON + 10 * HOUR) for _ in range(2)]


def test_nothing_is_queued_outside_of_the_window_and_what_remains_goes_on_at_the_next(fleet):
    fleet.link.execute("UPDATE fleet.segment SET cidr = '10.20.4.0/22' WHERE zone = 'radiology'")
    planning.allow(fleet.link, "st-mary", None, [NIGHT], NOON)
    one = fleet.enrol("left")

    assert 5 == centre.order(fleet.link, "scan-1", "st-mary")
    assert [0, 0] == [queued(fleet, now) for now in (NOON, NOON + 10 * HOUR - timedelta(seconds=1))]
    assert {} == live(fleet)
    assert 5 == queued(fleet, NOON + 10 * HOUR)
    for _ in range(2):
        assert one.post.finish(one.post.fetch(), done=True)
    held = one.post.fetch()
    assert one.post.hold(held)

    # it closes: what is held ends, nothing is given, nothing has failed
    assert 0 == queued(fleet, NOON + 16 * HOUR)
    assert (None, None) == (one.post.hold(held), one.post.fetch())
    fleet.pass_(31)
    assert [(held.id, True)] == fleet.rows("SELECT * FROM fleet.rescue()")
    assert (0, None) == (queued(fleet, NOON + 5 * DAY), one.post.fetch())

    # a week later: the two that remain in that segment, and the one of the other, no more
    assert 0 == queued(fleet, NOON + 7 * DAY + 10 * HOUR)
    assert {RADIOLOGY: 2, OFFICE: 1} == live(fleet)
    again = one.post.fetch()
    assert (held.id, True) == (again.id, one.post.hold(again) is not None)
    assert [(0,)] == fleet.rows(
        "SELECT DISTINCT attempts FROM fleet.procrastinate_jobs WHERE status <> 'succeeded'"
    )


def test_two_sites_with_the_same_addresses_are_both_looked_at_in_one_scan(fleet):
    same = Segment(id="other-ward", cidr="10.20.0.0/24", zone="ward", rate=1.0)
    admit.settle(fleet.link, "other", "eng-1", [same])

    assert [2, 1] == [centre.order(fleet.link, "scan-1", site) for site in ("st-mary", "other")]
    assert {RADIOLOGY: 1, OFFICE: 1, "other-ward": 1} == live(fleet)


def test_a_window_closes_though_the_centre_is_away(fleet):
    planning.allow(fleet.link, "st-mary", None, [NIGHT], NOON + 11 * HOUR)
    one = fleet.enrol("left")
    centre.order(fleet.link, "scan-1", "st-mary")
    held = one.post.fetch()

    assert [(NOON + 16 * HOUR,)] == fleet.rows("SELECT DISTINCT open_until FROM fleet.segment")
    assert one.post.hold(held)
    # the server's clock comes to that moment
    fleet.link.execute("UPDATE fleet.segment SET open_until = clock_timestamp()")
    assert (None, None) == (one.post.hold(held), one.post.fetch())


def test_a_segment_s_own_windows_stand_in_place_of_its_site_s(fleet):
    planning.allow(fleet.link, "st-mary", None, [NIGHT], NOON)
    planning.allow(fleet.link, "st-mary", RADIOLOGY, ["Sun 02:00-05:00 Europe/London"], NOON)
    centre.order(fleet.link, "scan-1", "st-mary")

    got = []
    for now in (NOON + 10 * HOUR, NOON + 14 * HOUR):
        queued(fleet, now)
        got.append(live(fleet))
    assert [{OFFICE: 1}, {OFFICE: 1, RADIOLOGY: 1}] == got
    # none of its own: its site's again
    planning.allow(fleet.link, "st-mary", RADIOLOGY, [], NOON + 16 * HOUR + HOUR / 2)
    queued(fleet, NOON + 16 * HOUR + HOUR / 2)
    assert [False, False] == [part.open for part in planning.listed(fleet.link, NOON)[0].parts]
    planning.allow(fleet.link, "st-mary", None, [], NOON)
    assert [True, True] == [part.open for part in planning.listed(fleet.link, NOON)[0].parts]


def test_windows_that_touch_are_one_and_a_new_segment_is_judged_too(fleet):
    planning.allow(fleet.link, "st-mary", None, ["daily 00:00-24:00 UTC"], NOON)
    admit.settle(
        fleet.link, "st-mary", "eng-1", [Segment(id="st-mary-new", cidr="10.20.9.0/24", zone="new", rate=1.0)]
    )

    queued(fleet, NOON + DAY)
    # a fortnight from when each was looked at, and then again
    assert [NOON + 16 * DAY] * 3 == [at for (at,) in fleet.rows("SELECT open_until FROM fleet.segment")]
    queued(fleet, NOON + 20 * DAY)
    assert [(NOON + 35 * DAY,)] == fleet.rows("SELECT DISTINCT open_until FROM fleet.segment")


def test_in_a_blackout_nothing_is_begun_and_afterwards_one_scan_is_caught_up(fleet):
    planning.put(fleet.link, "st-mary", "daily 22:00 UTC", "J. Doe", NOON)
    centre.order(fleet.link, "by-hand", "st-mary")
    done(fleet)
    blackout.begin(fleet.link, "st-mary", "R. Roe", "an operation is running")
    assert 2 == centre.order(fleet.link, "by-hand-2", "st-mary")

    assert [0, 0] == [queued(fleet, NOON + days * DAY) for days in (1, 4)]
    assert ({}, ["by-hand", "by-hand-2"]) == (live(fleet), scans(fleet))
    blackout.end(fleet.link, "st-mary", "R. Roe")
    assert 2 == queued(fleet, NOON + 5 * DAY)
    done(fleet)
    assert [2, 0] == [queued(fleet, NOON + 5 * DAY) for _ in range(2)]
    assert ["by-hand", "by-hand-2", "st-mary 2090-01-11T22:00Z"] == scans(fleet)


def test_a_segment_that_is_still_at_work_joins_later_and_holds_up_nobody(fleet):
    planning.put(fleet.link, "st-mary", "daily 22:00 UTC", "J. Doe", NOON)
    assert 2 == queued(fleet, NOON + DAY)
    done(fleet, OFFICE)

    assert [1, 0] == [queued(fleet, NOON + 2 * DAY) for _ in range(2)]
    assert {RADIOLOGY: 1, OFFICE: 1} == live(fleet)
    done(fleet)
    # it joins that scan as soon as it is free, and no other
    assert [1, 0] == [queued(fleet, NOON + 2 * DAY + HOUR) for _ in range(2)]
    assert {RADIOLOGY: 1} == live(fleet)
    # one that is never done leaves the others alone, day after day
    assert [1, 1, 1] == [(queued(fleet, NOON + days * DAY), done(fleet, OFFICE))[0] for days in (3, 4, 5)]


def test_a_moment_noted_by_a_clock_that_was_wrong_by_a_year_is_not_believed(fleet):
    planning.put(fleet.link, "st-mary", "daily 22:00 UTC", "J. Doe", NOON + 365 * DAY)

    assert [0, 2] == [queued(fleet, now) for now in (NOON, NOON + 10 * HOUR)]


def test_what_cannot_be_read_here_is_told_at_each_turn_and_opens_and_begins_nothing(fleet):
    admit.settle(fleet.link, "other", "eng-1", [Segment(id="o", cidr="10.9.0.0/24", zone="x", rate=1.0)])
    for site in ("st-mary", "other"):
        planning.put(fleet.link, site, "daily 22:00 UTC", "J. Doe", NOON)
    fleet.link.execute("UPDATE fleet.schedule SET words = 'at full moon' WHERE site = 'other'")
    fleet.link.execute("UPDATE fleet.segment SET windows = '{at low tide}' WHERE id = %s", (OFFICE,))
    with open_store(fleet.server.url(fleet.database), "eng-1") as store:
        turns = [centre.turn(fleet.link, store, None, NOON + 10 * HOUR, 1.0) for _ in range(2)]

    assert [1, 0] == [turn.planned for turn in turns]
    assert {RADIOLOGY: 1} == live(fleet)
    for turn in turns:
        window, words = turn.unplanned
        assert "'at low tide'" in window
        assert words.startswith("other: schedule 'at full moon'")
    assert [None, NOON + 34 * HOUR] == [one.next_at for one in planning.listed(fleet.link, NOON + 11 * HOUR)]


def test_a_schedule_that_was_set_anew_counts_from_then(fleet):
    planning.put(fleet.link, "st-mary", "daily 22:00 UTC", "J. Doe", NOON)
    planning.put(fleet.link, "st-mary", "every 6 hours", "R. Roe", NOON + 3 * DAY)

    (one,) = planning.listed(fleet.link, NOON + 3 * DAY)
    assert ("every 6 hours", "R. Roe", NOON + 3 * DAY + 6 * HOUR) == (one.words, one.by, one.next_at)
    # what a turn had read before does not count any more
    planning._begin(fleet.link, "st-mary", "daily 22:00 UTC", NOON, NOON + 3 * DAY)
    assert [] == scans(fleet)
    planning.remove(fleet.link, "st-mary")
    assert 0 == queued(fleet, NOON + 9 * DAY)
    (one,) = planning.listed(fleet.link, NOON)
    assert (None, None) == (one.words, one.next_at)


def test_what_is_none_is_refused_and_nothing_changes(fleet):
    link = fleet.link
    for wrong, why in (
        (lambda: planning.put(link, "nowhere", "daily 22:00 UTC", "J", NOON), "no such site"),
        (lambda: planning.put(link, "st-mary", "sometimes", "J", NOON), "write it as one of"),
        (lambda: planning.remove(link, "st-mary"), "no schedule"),
        (lambda: planning.allow(link, "nowhere", None, [NIGHT], NOON), "no such site"),
        (lambda: planning.allow(link, "st-mary", "nowhere", [NIGHT], NOON), "no segment nowhere"),
        (lambda: planning.allow(link, "st-mary", None, [NIGHT, "Sat"], NOON), "want days"),
    ):
        with pytest.raises(DataError, match=why):
            wrong()

    assert [(0, "{}", "infinity")] == fleet.rows(
        "SELECT (SELECT count(*)::int FROM fleet.schedule), windows::text, min(open_until)::text FROM fleet.part GROUP BY 2"
    )


@pytest.fixture
def say(fleet, tmp_path, monkeypatch):
    """Say a command of the centre."""
    where = f"postgresql://postgres@/{fleet.database}?host={fleet.server.run}&port={fleet.server.port}"
    home.found(
        home.Home(
            root=tmp_path / home.FOLDER, database=where, host="127.0.0.1", port=5432, name=fleet.database,
            engagement="eng-1",
        ),
        NOON,
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)

    def command(*words):
        said = CliRunner().invoke(stalehost, ["fleet", *words])
        if said.exception and not isinstance(said.exception, SystemExit):
            raise said.exception
        return said.exit_code, said.output.splitlines()

    return command


def test_the_command_sets_lists_and_removes(say):
    now = ("--now", NOON.isoformat())
    want = [
        "st-mary: monthly 31 22:00 Europe/London, by J. Doe; next at 2090-01-31 22:00 UTC",
        f"  {OFFICE} 10.20.1.0/24: {NIGHT} (shut now)",
        f"  {RADIOLOGY} 10.20.0.0/24: {NIGHT} (shut now)",
    ]

    assert (0, want) == say(
        "schedule", "set", "st-mary", "--at", "monthly 31 22:00 Europe/London", "--by", "J. Doe", "--window", NIGHT, *now
    )  # fmt: skip
    assert (0, want) == say("schedule", "list", *now)
    assert f"  {OFFICE} 10.20.1.0/24: Sat 11:00-13:00 UTC (open now)" in say(
        "schedule", "set", "st-mary", "--segment", OFFICE, "--window", "Sat 11:00-13:00 UTC", *now
    )[1]  # fmt: skip
    assert 0 == say("schedule", "remove", "st-mary")[0]
    assert "st-mary: no schedule" == say("schedule", "list", *now)[1][0]
    assert (
        f"  {RADIOLOGY} 10.20.0.0/24: at any time (open now)"
        in say("schedule", "set", "st-mary", "--always", *now)[1]
    )


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--at", "daily 22:00 UTC"),
        ("--window", NIGHT, "--always"),
        ("--at", "daily 22:00 UTC", "--by", "J", "--segment", OFFICE),
    ],
    ids=["nothing", "nobody's", "both", "a segment's"],
)
def test_the_command_wants_what_belongs_together(words):
    assert 2 == CliRunner().invoke(stalehost, ["fleet", "schedule", "set", "st-mary", *words]).exit_code


def test_of_what_was_wrong_in_part_nothing_is_set(say):
    with pytest.raises(ScannerError, match="write it as one of"):
        say("schedule", "set", "st-mary", "--window", NIGHT, "--at", "sometimes", "--by", "J. Doe")

    assert f"  {OFFICE} 10.20.1.0/24: at any time (open now)" in say("schedule", "list")[1]
