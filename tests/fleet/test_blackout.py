"""A blackout ends all sending within one hold, loses and fails nothing, and is kept on record."""

import asyncio

import pytest
from click.testing import CliRunner

from scanner.cli import stalehost
from scanner.errors import DataError
from scanner.fleet import admit, blackout, centre, sensor
from scanner.fleet.outbox import Outbox
from tests.fleet.test_planning import say  # noqa: F401 - a fixture

WHY = "an operation is running"


def again(fleet):
    """The hold runs out; the centre takes a turn."""
    fleet.pass_(31)
    return fleet.rows("SELECT * FROM fleet.rescue()")


@pytest.mark.parametrize("site", ["st-mary", blackout.ALL])
def test_a_job_that_is_held_ends_with_the_next_word_and_is_taken_up_again_after_the_end(fleet, site):
    one = fleet.enrol("left")
    centre.order(fleet.link, "scan-1", "st-mary")
    job = one.post.fetch()
    assert one.post.hold(job)

    blackout.begin(fleet.link, site, "R. Roe", WHY)
    assert (None, True, None) == (one.post.hold(job), one.post.beat("x").stop, one.post.fetch())
    assert [(job.id, True)] == again(fleet)
    assert one.post.fetch() is None

    blackout.end(fleet.link, site, "J. Doe")
    later = one.post.fetch()
    assert (job.id, job.args, True) == (later.id, later.args, later.fence > job.fence)
    assert one.post.hold(later)
    assert (None, False) == (one.post.hold(job), one.post.finish(job, done=True))
    assert one.post.finish(later, done=True)
    assert [("succeeded", 1)] == fleet.rows(
        "SELECT status::text, attempts FROM fleet.procrastinate_jobs WHERE id = %s", job.id
    )


def test_ten_blackouts_in_one_chunk_are_no_failure_of_it_and_sensors_that_died_still_are(fleet):
    one = fleet.enrol("left")
    job = fleet.job()
    for _ in range(10):
        held = one.post.fetch()
        blackout.begin(fleet.link, "st-mary", "R. Roe", WHY)
        assert one.post.hold(held) is None
        blackout.end(fleet.link, "st-mary", "R. Roe")
        assert [(job, True)] == again(fleet)
    # a word that was heard after the end of one takes nothing back
    held = one.post.fetch()
    blackout.begin(fleet.link, "st-mary", "R. Roe", WHY)
    assert one.post.hold(held) is None
    blackout.end(fleet.link, "st-mary", "R. Roe")
    assert one.post.hold(held)
    assert [(job, True)] == again(fleet)
    for left in (True, True, True, False):
        assert one.post.fetch()
        assert [(job, left)] == again(fleet)


def test_a_sensor_at_work_stops_sending_at_its_next_word_and_does_the_chunk_anew_afterwards(fleet, tmp_path):
    one, outbox, sent = fleet.enrol("left"), Outbox(tmp_path), []
    fleet.job()

    async def passing(_seconds):
        """Five seconds go by for the sensor, while it looks."""
        await asyncio.sleep(0)

    async def look(job, stop, _keep):
        sent.append(job.fence)
        if len(sent) == 1:
            blackout.begin(fleet.link, "st-mary", "R. Roe", WHY)
            # it goes on for as long as nobody says a word
            while not stop:  # noqa: ASYNC110 - as a scan does, it asks before each send
                await asyncio.sleep(0.001)

    def work():
        return asyncio.run(sensor.work(one.post, outbox, look, lambda: 0.0, passing))

    # it stops, and during the blackout there is nothing to do
    assert [True, False] == [work(), work()]
    assert [("doing",)] == fleet.rows("SELECT status::text FROM fleet.procrastinate_jobs")
    assert 1 == len(again(fleet))
    assert not work()
    blackout.end(fleet.link, "st-mary", "R. Roe")
    assert [True, False] == [work(), work()]
    assert (2, [("succeeded", 1)]) == (
        len(set(sent)), fleet.rows("SELECT status::text, attempts FROM fleet.procrastinate_jobs"),
    )  # fmt: skip


def test_who_stopped_what_and_why_is_kept_from_its_beginning_to_its_end(fleet):
    first = blackout.begin(fleet.link, "st-mary", "R. Roe", WHY)
    # the first one's word stands
    assert first == blackout.begin(fleet.link, "st-mary", "A. N. Other", "me too")
    every = blackout.begin(fleet.link, blackout.ALL, "CISO", "worm at large")
    assert [every, first] == blackout.standing(fleet.link)
    assert ("st-mary", "R. Roe", WHY, None, None) == (
        first.site,
        first.by,
        first.reason,
        first.until,
        first.ended_by,
    )

    over = blackout.end(fleet.link, "st-mary", "J. Doe")
    assert (first.since, "R. Roe", WHY, "J. Doe", True) == (
        over.since, over.by, over.reason, over.ended_by, over.since <= over.until,
    )  # fmt: skip
    last = blackout.end(fleet.link, blackout.ALL, "CISO")
    assert ([], [last, over], [last]) == (
        blackout.standing(fleet.link), blackout.past(fleet.link), blackout.past(fleet.link, 1),
    )  # fmt: skip


def test_one_site_s_blackout_leaves_the_others_alone(fleet):
    admit.settle(fleet.link, "other", "eng-1", [])
    one = fleet.enrol("left")
    fleet.job()
    blackout.begin(fleet.link, "other", "R. Roe", WHY)

    assert one.post.hold(one.post.fetch())


def test_what_is_none_is_refused(fleet):
    link = fleet.link
    for wrong, why in (
        (lambda: blackout.begin(link, "nowhere", "J", WHY), "no such site"),
        (lambda: blackout.begin(link, "st-mary", " ", WHY), "a name and a reason"),
        (lambda: blackout.begin(link, "st-mary", "J", ""), "a name and a reason"),
        (lambda: blackout.end(link, "st-mary", "J"), "no blackout stands"),
        (lambda: blackout.end(link, "st-mary", ""), "bears a name"),
        (lambda: admit.settle(link, "all", "eng-1", []), "'all' is every site"),
    ):
        with pytest.raises(DataError, match=why):
            wrong()

    assert ([], []) == (blackout.standing(link), blackout.past(link))


def test_the_command_stops_tells_and_lets_go_on(fleet, say):  # noqa: F811 - the fixture
    assert (0, ["no blackout stands"]) == say("blackout")
    status, lines = say("blackout", "st-mary", "--by", "R. Roe", "--reason", WHY)
    assert (0, True) == (status, lines[0].startswith("BLACKOUT of st-mary since 2"))
    assert f"by R. Roe: {WHY}" in lines[0]
    assert "UTC" in lines[0]
    assert lines[0] == say("blackout")[1][0]
    assert 0 == say("blackout", "all", "--by", "CISO", "--reason", "worm")[0]

    status, lines = say("blackout", "st-mary", "--end", "--by", "J. Doe")
    assert (0, True) == (status, lines[0].endswith(f"by R. Roe: {WHY}; ended by J. Doe"))
    assert "st-mary still sends nothing: a blackout of all sites stands" == lines[1]
    assert 1 == len(say("blackout", "all", "--end", "--by", "J. Doe")[1])
    assert 3 == len(say("blackout")[1])
    assert ([], 2) == (blackout.standing(fleet.link), len(blackout.past(fleet.link)))


@pytest.mark.parametrize(
    "words", [("st-mary",), ("st-mary", "--by", "J"), ("st-mary", "--reason", WHY), ("st-mary", "--end")]
)
def test_the_command_wants_a_name_and_a_reason(words):
    assert 2 == CliRunner().invoke(stalehost, ["fleet", "blackout", *words]).exit_code
