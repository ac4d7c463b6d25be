"""How a real fleet fares is read from its database as it is, and the command says it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner

from scanner import cli
from scanner.errors import StoreError
from scanner.fleet import centre, health, home, trouble
from scanner.fleet.health import Judged
from scanner.fleet.link import connect

RADIOLOGY = "st-mary-radiology"


def now():
    return datetime.now(UTC)


def test_a_fleet_that_was_just_founded(fleet):
    of = health.read(fleet.link, now())

    assert (("st-mary",), (), (), ()) == (of.sites, of.sensors, of.blackouts, of.given_up)
    assert (False, None, Judged(), None, None) == (of.working, of.turned, of.judged, of.taken, of.oldest)
    assert (True, 0.0, 0.0, 0) == (of.settled, of.rest, of.clock, of.unsigned)
    assert ["st-mary-office", RADIOLOGY] == [one.id for one in of.segments]
    assert [(40.0, "10.20.1.0/24", "office", True), (6.0, "10.20.0.0/24", "radiology", True)] == [
        (one.rate, one.cidr, one.zone, one.open) for one in of.segments
    ]
    assert abs(of.skew) < 60
    assert of.size > 1_000_000


def test_sensors_are_told_with_their_beat_certificate_and_batches(fleet):
    one = fleet.enrol("one")
    two = fleet.enrol("two")
    fleet.enrol("three")
    fleet.pass_(10)
    one.post.beat("1.2")
    fleet.pass_(7)
    two.post.push(uuid4(), b"{}")
    two.post.push(uuid4(), b"{}", 1, 1)
    two.post.push(uuid4(), b"{}")
    fleet.link.execute("UPDATE fleet.inbox SET refused = 'no' WHERE id = (SELECT min(id) FROM fleet.inbox)")
    fleet.link.execute("UPDATE fleet.sensor SET revoked = now() WHERE id = 'three'")

    first, three, second = health.read(fleet.link, now()).sensors

    assert ("one", "st-mary", (RADIOLOGY,), 7.0, "1.2", False) == (
        first.id, first.site, first.segments, first.beat, first.program, first.revoked
    )  # fmt: skip
    assert timedelta(days=89) < first.until - now() < timedelta(days=91)
    assert (0, 0, 0) == (first.waiting, first.late, first.refused)
    assert ("two", None, None, 2, 1, 1) == (
        second.id, second.beat, second.program, second.waiting, second.late, second.refused
    )  # fmt: skip
    assert three.revoked


def test_batches_of_long_ago_are_told_no_more(fleet):
    one = fleet.enrol("one")
    one.post.push(uuid4(), b"{}", 1, 1)
    one.post.push(uuid4(), b"{}")
    fleet.link.execute("UPDATE fleet.inbox SET refused = 'no' WHERE NOT late")

    [later] = health.read(fleet.link, now() + timedelta(days=31)).sensors

    assert (1, 0, 0) == (later.waiting, later.late, later.refused)


def test_jobs_are_told_by_their_state_and_the_oldest(fleet):
    one = fleet.enrol("one")
    jobs = [fleet.job(n=n) for n in range(3)]
    fleet.link.execute(
        "INSERT INTO fleet.chunk SELECT 's', %s, set_masklen('10.20.0.0/24'::cidr + n * 16, 28), NULL"
        " FROM generate_series(1, 5) n",
        (RADIOLOGY,),
    )
    job = one.post.fetch()
    one.post.finish(job, done=True)
    one.post.fetch()
    one.post.share(RADIOLOGY, 4.0)
    fleet.link.execute(
        "UPDATE fleet.procrastinate_events SET at = '2026-01-02 03:04Z' WHERE job_id = %s", (jobs[2],)
    )

    office, radiology = health.read(fleet.link, now()).segments

    assert (5, 1, 1, 1, 0) == (
        radiology.later,
        radiology.waiting,
        radiology.doing,
        radiology.done,
        radiology.given_up,
    )
    assert datetime(2026, 1, 2, 3, 4, tzinfo=UTC) == radiology.oldest
    assert {"one": 4.0} == radiology.shares
    assert (0, 0, None, {}) == (office.waiting, office.doing, office.oldest, office.shares)
    fleet.pass_(11)
    assert {} == health.read(fleet.link, now()).segments[1].shares


def test_a_chunk_that_was_given_up_is_told_until_somebody_has_looked_there(fleet):
    one = fleet.enrol("one")
    centre.order(fleet.link, "s1", "st-mary")
    fleet.link.execute(
        "UPDATE fleet.procrastinate_jobs SET attempts = 4 WHERE queue_name = 'segment:' || %s", (RADIOLOGY,)
    )
    one.post.fetch()
    fleet.pass_(31)
    fleet.link.execute("SELECT fleet.rescue()")

    lost = health.read(fleet.link, now())
    long_ago = health.read(fleet.link, now() + timedelta(days=31))
    centre.order(fleet.link, "s2", "st-mary")
    fleet.link.execute("SELECT fleet.release(NULL, 100)")
    one.post.finish(one.post.fetch(), done=True)
    found = health.read(fleet.link, now())

    assert [("s1", RADIOLOGY, "10.20.0.0/24")] == [(c.scan, c.segment, c.cidr) for c in lost.given_up]
    assert [0, 1] == [segment.given_up for segment in lost.segments]
    assert ((), ()) == (long_ago.given_up, found.given_up)


def test_blackouts_rest_and_requests_are_told(fleet):
    one = fleet.enrol("one")
    fleet.link.execute("INSERT INTO fleet.blackout (site, by, reason) VALUES ('', 'J. Doe', 'storm')")
    fleet.link.execute("UPDATE fleet.home SET rest = 100, at = 'elsewhere'")
    fleet.pass_(40)
    fleet.link.execute("INSERT INTO fleet.request (sensor, csr) VALUES ('one', 'x')")

    of = health.read(fleet.link, now())

    assert [("", "J. Doe", "storm")] == [(dark.site, dark.by, dark.reason) for dark in of.blackouts]
    assert (False, 60.0, 1, 40.0) == (of.settled, of.rest, of.unsigned, of.clock)
    assert of.turned is not None
    assert one.name == of.sensors[0].id


def test_a_centre_at_work_is_known_by_its_lock_for_as_long_as_it_is_connected(fleet):
    with connect(fleet.server.url(fleet.database)) as other:
        centre.alone(other)
        during = health.read(fleet.link, now()).working
        (gone,) = other.execute("SELECT pg_backend_pid()").fetchone()
    while fleet.rows("SELECT 1 FROM pg_stat_activity WHERE pid = %s", gone):
        pass

    assert (True, False) == (during, health.read(fleet.link, now()).working)


def test_the_last_judging_and_the_last_failure_are_kept(fleet):
    at = datetime(2026, 11, 24, 1, tzinfo=UTC)

    health.unjudged(fleet.link, at, "x" * 900)
    health.judged(fleet.link, at + timedelta(hours=1), 12, 3.5)

    assert Judged(at + timedelta(hours=1), 12, 3.5, at, "x" * 500) == health.read(fleet.link, now()).judged


def test_an_older_schema_is_said_to_be_one(fleet):
    fleet.link.execute("UPDATE fleet.version SET number = 1")

    with pytest.raises(StoreError, match="stalehost fleet init"):
        health.read(fleet.link, now())


def test_reading_changes_nothing_and_a_bare_fleet_has_one_trouble(fleet):
    before = fleet.rows("SELECT pg_current_xact_id_if_assigned()")
    of = health.read(fleet.link, now())

    assert ["centre"] == [one.about for one in trouble.troubles(of)]
    assert [(None,)] == before == fleet.rows("SELECT pg_current_xact_id_if_assigned()")


@pytest.fixture
def at(fleet, tmp_path):
    """The command, run in the centre's folder."""
    one = home.Home(
        root=tmp_path / home.FOLDER, database=fleet.server.url(fleet.database), host="127.0.0.1",
        port=fleet.server.port, name=fleet.database, engagement="eng-1",
    )  # fmt: skip
    home.found(one, now())

    def run(*words):
        return CliRunner().invoke(
            cli.stalehost,
            ["fleet", "health", "--folder", str(tmp_path), *map(str, words)],
            standalone_mode=False,
        )

    return run


def test_the_command_prints_to_the_terminal_and_fails_only_when_asked(at):
    plain, noticed, failing = at(), at("--fail-on", "notice"), at("--fail-on", "error")

    assert plain.stdout.startswith("1 error.\n")
    assert [0, 1, 1] == [one.return_value for one in (plain, noticed, failing)]


def test_the_command_writes_page_and_metrics(at, fleet, tmp_path):
    page, numbers = tmp_path / "health.html", tmp_path / "stalehost.prom"

    both, out = at("-o", page, "--metrics", numbers), at("--metrics", "-")

    assert "" == both.stdout
    assert f"{page}: 1 error.\n" == both.stderr
    assert f"<title>{fleet.database} · fleet</title>" in page.read_text()
    assert 0o600 == page.stat().st_mode & 0o777
    assert "stalehost_centre_up 0\n" in numbers.read_text()
    assert out.stdout.startswith("# HELP stalehost_centre_up ")


def test_what_is_less_than_was_asked_for_does_not_fail(at, fleet):
    centre.alone(fleet.link)
    fleet.pass_(1)
    fleet.link.execute("INSERT INTO fleet.blackout (site, by, reason) VALUES ('', 'J. Doe', 'storm')")

    assert [0, 0, 1] == [at("--fail-on", level).return_value for level in ("error", "warning", "notice")]
