"""Wall clocks that jump by hours, really: of the server, the centre and the sensor. No lease ends by it, nothing is lost."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.fleet import ingest
from scanner.fleet.centre import turn
from scanner.store.store import open_store
from tests.fleet.processes import Ground, change, end, spawn, until
from tests.fleet.test_ingest import change as seen
from tests.fleet.test_ingest import push

HOURS = 6


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """A library that shifts the clocks of whoever loads it."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no compiler on this machine: apt-get install gcc libc6-dev")
    made = tmp_path_factory.mktemp("jump") / "jump.so"
    source = Path(__file__).with_name("jump.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", made, source], check=True)
    return made


@pytest.fixture
def jumps(shim, tmp_path):
    """By name: a clock to move, and what makes a process go by it."""

    def one(name):
        wall, asleep = tmp_path / f"{name}.wall", tmp_path / f"{name}.asleep"
        wall.write_text("0")
        asleep.write_text("0")
        return wall, {"LD_PRELOAD": str(shim), "JUMP_WALL": str(wall), "JUMP_ASLEEP": str(asleep)}

    return one


@pytest.fixture
def jumping(ground, jumps, monkeypatch):
    """The server, with a wall clock to move."""
    wall, env = jumps("server")
    ground.server.stop()
    with monkeypatch.context() as patched:
        for name, value in env.items():
            patched.setenv(name, value)
        ground.server.start(ssl="on", ssl_ca_file="ca.pem")
    yield wall
    ground.server.stop()
    ground.server.start(ssl="on", ssl_ca_file="ca.pem")


def read(where):
    """What the server believes the time to be, rounded to hours from now."""
    ((at,),) = where.rows("SELECT clock_timestamp()")
    return round((at - datetime.now(UTC)).total_seconds() / 3600)


@pytest.mark.parametrize(
    ("server", "centre", "sensor", "at_once"),
    [(HOURS, 0, 0, 4), (-HOURS, HOURS, HOURS, 4), (HOURS, -HOURS, -HOURS, 2)],
    ids=["server forward", "server back, the others forward", "server forward, the others back"],
)
def test_a_jump_in_the_middle_of_a_chunk_ends_no_lease_and_loses_nothing(
    jumping, jumps, make_fleet, tmp_path, server, centre, sensor, at_once
):
    fleet = make_fleet()
    ground = Ground(fleet, tmp_path)
    try:
        left, right = fleet.enrol("left"), fleet.enrol("right")
        fleet.job(chunk="10.20.0.0/24")
        wall, env = jumps("sensor")
        ground.start(left, SENSOR_LIVE="yes", **env)
        ground.leave(0, 1)
        until(lambda: len(ground.lines()) == 2, ground.err)
        lease, share = right.post.lease("02:00:00:00:00:07"), right.post.share("st-mary-radiology", 6)
        before = fleet.rows("SELECT * FROM fleet.held"), fleet.rows("SELECT * FROM fleet.probe_lease")

        change(jumping, server * 3600)
        change(wall, sensor * 3600)
        assert server == read(fleet)
        with_centre = datetime.now(UTC) + timedelta(hours=centre)
        with open_store(fleet.server.url(fleet.database), "eng-1") as store:
            assert 0 == turn(fleet.link, store, fleet.ca, with_centre, 1.0).again
        # nothing has run out, so nothing is given to anybody else
        assert before == (
            fleet.rows("SELECT * FROM fleet.held"),
            fleet.rows("SELECT * FROM fleet.probe_lease"),
        )
        assert (None, None) == (right.post.fetch(), left.post.lease("02:00:00:00:00:07"))
        assert right.post.renew(lease)
        assert share.rate == float(fleet.rows("SELECT sum(share) FROM fleet.rate_lease")[0][0])
        ground.leave(2, 3)
        until(lambda: ground.status() == ["succeeded"], ground.err)
        # one sensor, under one fence
        assert [("left", str(number)) for number in range(4)] == [(who, at) for who, _, at in ground.lines()]
        assert 1 == len({fence for _, fence, _ in ground.lines()})
        # a new connection: certificates still count
        assert not fleet.open(left.role, left.stem).closed
        # all of it comes in once the centre's clock has come as far as the sensor's
        assert at_once == len(ground.seen(with_centre))
        assert 4 == len(ground.seen(datetime.now(UTC) + timedelta(hours=HOURS)))
        assert [(4, 0)] == fleet.rows("SELECT count(taken)::int, count(refused)::int FROM fleet.inbox")
    finally:
        ground.close()
        fleet.close()


def test_a_centre_whose_wall_clock_jumps_loses_nothing_and_takes_it_in_when_it_is_right_again(
    fleet, jumps, tmp_path
):
    """Six hours back, what was seen a moment ago is from the future."""
    wall, env = jumps("centre")
    for name, text in (("clock", "0"), ("offset", "0"), ("said", "")):
        (tmp_path / name).write_text(text)
    (tmp_path / "ca.key").write_bytes(fleet.ca.key)
    (tmp_path / "ca.crt").write_bytes(fleet.ca.certificate)
    where = f"host={fleet.server.run} port={fleet.server.port} user=postgres dbname={fleet.database}"
    files = [tmp_path / name for name in ("clock", "offset", "said", "ca.key", "ca.crt")]
    left = fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    job = left.post.fetch()
    change(wall, -HOURS * 3600)
    now = datetime.now(UTC)
    process = spawn(
        "centre_process.py", where, fleet.server.url(fleet.database), *files, said=tmp_path / "err", **env
    )
    try:
        push(left, seen(value="v1", first=now, last=now))
        until(lambda: fleet.rows("SELECT 1 FROM fleet.inbox WHERE not_before IS NOT NULL"), tmp_path / "err")
        assert [(None,)] == fleet.rows("SELECT taken FROM fleet.inbox")
        assert left.post.hold(job)
        change(wall, 0)
        until(lambda: fleet.rows("SELECT 1 FROM fleet.inbox WHERE taken IS NOT NULL"), tmp_path / "err")
    finally:
        end(process)

    assert (0, True) == (fleet.rows("SELECT at FROM fleet.clock")[0][0], left.post.finish(job, done=True))
    with open_store(fleet.server.url(fleet.database), "eng-1") as store:
        assert ["v1"] == [row.value for row in store.log(everywhere=True)]


MEASURE = """
import sys, time
from pathlib import Path
from scanner.fleet.lease import Leased, passed
from scanner.fleet.post import Right
wall, asleep = map(Path, sys.argv[1:])
stop = Leased(Right(until=passed() + 600), passed)
began, plain, at = passed(), time.monotonic(), time.time()
for hours in (6, -6, 0):
    wall.write_text(str(hours * 3600))
    assert abs(time.time() - at - hours * 3600) < 1800, "the wall clock did not jump"
    assert not stop, "the wall clock ended a lease"
    assert 0 <= passed() - began < 1800, "the wall clock moved the clock of leases"
asleep.write_text("900")
assert time.monotonic() - plain < 600
assert passed() - began >= 900
assert stop, "a machine that slept believes in an old lease"
print(stop.reason)
"""


def test_a_sensor_measures_its_leases_by_a_clock_that_nobody_sets_and_that_counts_sleep(jumps, tmp_path):
    wall, env = jumps("own")
    said = subprocess.run(
        [sys.executable, "-c", MEASURE, wall, tmp_path / "own.asleep"],
        env={**env, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("", "the hold on this chunk ran out") == (said.stderr, said.stdout[:30])


AHEAD = ["unshare", "--user", "--map-root-user", "--time", "--monotonic", "900000", "--boottime", "900000", "--fork", "--kill-child"]  # fmt: skip


def test_machines_whose_monotonic_clocks_are_days_apart_share_a_segment(fleet, tmp_path):
    """In a time namespace of its own a sensor's clock is ten days ahead; no time of one machine is compared with another's."""
    if subprocess.run([*AHEAD, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel has no time namespaces")
    ground = Ground(fleet, tmp_path)
    try:
        left, right = fleet.enrol("left"), fleet.enrol("right")
        fleet.job(chunk="10.20.0.0/24")
        fleet.job(chunk="10.20.0.0/25")
        (tmp_path / "left.clock").write_text("machine")
        (tmp_path / "right.clock").write_text("machine")
        ground.leave(0, 1, 2, 3)
        ground.start(left, before=AHEAD)
        ground.start(right)
        until(lambda: ground.status() == ["succeeded"] * 2, ground.err)
    finally:
        ground.close()

    assert 8 == len(ground.lines())
    assert 2 == len({fence for _, fence, _ in ground.lines()})


MAY = {
    "enrol": "one-time codes",
    "me": "certificates",
    "tick": "for people",
    "settle": "fences of a restored database",
}
"""Who reads the server's wall clock, and for what: none of them decides on a lease."""
CLOCKS = re.compile(r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|localtimestamp|current_timestamp|current_date)\b")  # fmt: skip
LEASES = {"next_job", "hold", "finish", "rescue", "lease_rate", "lease_device", "renew_device", "release_device", "spend", "present", "lasts", "dark"}  # fmt: skip


def test_no_function_that_decides_on_a_lease_reads_the_server_s_clock(fleet):
    found = fleet.rows(
        "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = 'fleet' AND p.proname NOT LIKE 'procrastinate%%'"
    )
    readers = {name for name, source in found if CLOCKS.search(source.lower())}

    assert LEASES <= {name for name, _ in found}
    assert set() == readers & LEASES
    assert set(MAY) <= readers
    # of the engine's, ours call these; what they write with a time nobody reads
    (fetch,) = fleet.rows("SELECT prosrc FROM pg_proc WHERE proname = 'procrastinate_fetch_job_v2'")
    assert 1 == len(CLOCKS.findall(fetch[0].lower()))
    assert "jobs.scheduled_at is null or" in fetch[0].lower()
    fleet.job()
    assert [(None,)] == fleet.rows("SELECT scheduled_at FROM fleet.procrastinate_jobs")


def test_what_is_seen_by_a_clock_that_is_far_ahead_for_good_bounds_nobody_else(fleet):
    """It waits at the centre as far as one sensor may have waiting, and the others' goes by it."""
    left, right = fleet.enrol("left"), fleet.enrol("right")
    now = datetime.now(UTC)
    for number in range(70):
        push(left, seen(value=f"later {number}", first=now, last=now + timedelta(days=3000)))
    push(right, seen(value="now", first=now, last=now))
    with open_store(fleet.server.url(fleet.database), "eng-1") as store:
        rounds = [ingest.ingest(fleet.link, store, now) for _ in range(3)]

        assert [(0, 64), (1, 6), (0, 0)] == [(one.batches, one.ahead) for one in rounds]
        assert ["now"] == [row.value for row in store.log(everywhere=True)]
