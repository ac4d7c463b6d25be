"""A centre as a real process: killed at every place of its turn, stopped and revived, two at once. Nothing twice, nothing lost."""

from datetime import timedelta

import pytest

from scanner.errors import StoreError
from scanner.fleet import admit, authority, centre, ingest
from scanner.fleet.centre import STANDS_S
from scanner.store.store import open_store
from tests.fleet.processes import NOW, change, end, spawn, stopped, until
from tests.fleet.test_ingest import OURS, push, run
from tests.fleet.test_joining import tell
from tests.store.test_store import seen

HOLDING = 4711
"""A lock of the test's own; a centre that comes to a gate waits for it."""


class Centres:
    """Real centres around one fleet; a gate makes one wait at a statement of its turn, in the middle of a transaction."""

    def __init__(self, fleet, folder):
        self.fleet, self.folder, self.running = fleet, folder, []
        self.url = fleet.server.url(fleet.database)
        self.where = f"host={fleet.server.run} port={fleet.server.port} user=postgres dbname={fleet.database}"
        for name, text in (("clock", "0"), ("wall", "0")):
            (folder / name).write_text(text)
        (folder / "ca.key").write_bytes(fleet.ca.key)
        (folder / "ca.crt").write_bytes(fleet.ca.certificate)
        open_store(self.url, "eng-1").close()
        fleet.link.execute(
            "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM pg_advisory_xact_lock({HOLDING}); RETURN coalesce(NEW, OLD); END $$"
        )

    def start(self, name="first"):
        said, err = self.folder / f"{name}.said", self.folder / "err"
        said.touch()
        files = [self.folder / one for one in ("clock", "wall", f"{name}.said", "ca.key", "ca.crt")]
        self.running.append(spawn("centre_process.py", self.where, self.url, *files, said=err))
        return self.running[-1]

    def said(self, name="first"):
        return (self.folder / f"{name}.said").read_text().splitlines()

    def gate(self, event, table):
        self.fleet.link.execute(f"SELECT pg_advisory_lock({HOLDING})")
        self.fleet.link.execute(
            f"CREATE TRIGGER gate AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION gate()"
        )

    def at_the_gate(self):
        return bool(self.fleet.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND objid = %s::oid", HOLDING))

    def open(self, table):
        """Let through what waits; who was killed there is rolled back by the server."""
        self.fleet.link.execute(f"SELECT pg_advisory_unlock({HOLDING})")
        until(lambda: not self.held())
        self.fleet.link.execute(f"DROP TRIGGER gate ON {table}")

    def held(self):
        """Whether any centre has its lock."""
        return self.fleet.rows(
            "SELECT 1 FROM pg_locks WHERE objid = %s::oid AND granted", centre._ALONE & 0xFFFFFFFF
        )

    def turn(self, elapsed=0.0):
        with open_store(self.url, "eng-1") as store:
            return centre.turn(self.fleet.link, store, self.fleet.ca, NOW, elapsed)

    def log(self):
        with open_store(self.url, "eng-1") as store:
            return sorted(row.value for row in store.log(everywhere=True)), len(store.runs(everywhere=True))


@pytest.fixture
def centres(fleet, tmp_path):
    one = Centres(fleet, tmp_path)
    yield one
    for process in one.running:
        end(process)


PLACES = {
    "the clock is moved": ("UPDATE", "fleet.clock"),
    "a dead sensor's job is taken back": ("DELETE", "fleet.held"),
    "that job is given to all": ("UPDATE", "fleet.procrastinate_jobs"),
    "a certificate is signed and not yet handed over": ("INSERT", "fleet.certificate"),
    "it is handed over": ("UPDATE", "fleet.request"),
    "a run is in the log and its observations are not": ("INSERT", "public.run"),
    "what was seen goes into the log": ("INSERT", "public.observation"),
    "the log has it and the batch is not marked": ("UPDATE", "fleet.inbox"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_centre_that_is_killed_while(fleet, centres, place):
    """Whatever it was at, whoever comes next ends what it began, once."""
    event, table = PLACES[place]
    left, right = fleet.enrol("left"), fleet.enrol("right")
    fleet.job(chunk="10.20.0.0/24")
    old = left.post.fetch()
    fleet.pass_(31)
    push(left, *(seen(address=OURS, value=value) for value in ("v1", "v2")), of=run())
    code = admit.invite(fleet.link, "third", "st-mary", [])
    with fleet.enrolling() as door:
        door.execute("SELECT fleet.enrol(%s, %s)", (code, authority.ask().certificate.decode()))
    centres.gate(event, table)
    killed = centres.start()
    until(centres.at_the_gate)
    end(killed)
    centres.open(table)

    centres.turn()
    centres.turn()

    assert (["v1", "v2"], 1) == centres.log()
    assert [(True, None)] == fleet.rows("SELECT taken IS NOT NULL, body FROM fleet.inbox")
    # the job is there once, was tried once, and one sensor gets it
    assert [("todo", 1)] == fleet.rows("SELECT status::text, attempts FROM fleet.procrastinate_jobs")
    new = right.post.fetch()
    assert (old.id, True) == (new.id, new.fence > old.fence)
    assert (None, None, False) == (left.post.fetch(), left.post.hold(old), left.post.finish(old, done=True))
    # one certificate, the one that was handed over
    assert [(1,)] == fleet.rows("SELECT count(*)::int FROM fleet.certificate WHERE sensor = 'third'")
    assert [(True,)] == fleet.rows("SELECT certificate IS NOT NULL FROM fleet.request WHERE sensor = 'third'")
    assert fleet.rows("SELECT at FROM fleet.clock")[0][0] <= 31


def test_an_order_that_is_killed_in_the_middle_is_given_whole_by_the_next_and_once(fleet, centres):
    """A chunk and its job are one: never a chunk without its job, nor a job that no chunk knows."""
    centres.gate("UPDATE", "fleet.chunk")
    (centres.folder / "order").touch()
    killed = centres.start()
    until(centres.at_the_gate)
    end(killed)
    centres.open("fleet.chunk")

    counted = [centre.order(fleet.link, "scan-1", "st-mary") for _ in range(2)]
    centres.turn()

    assert [2, 0] == counted
    assert [(2, 2)] == fleet.rows("SELECT count(*)::int, count(DISTINCT job)::int FROM fleet.chunk")
    assert [(2,)] == fleet.rows("SELECT count(*)::int FROM fleet.procrastinate_jobs")


def test_of_two_centres_the_second_says_so_and_does_nothing_until_the_first_is_gone(fleet, centres):
    one = fleet.enrol("left")
    first = centres.start()
    until(centres.said)
    centres.start("second")
    until(lambda: len(centres.said("second")) >= 3)
    push(one, seen(address=OURS, value="v1"))
    until(lambda: fleet.rows("SELECT 1 FROM fleet.inbox WHERE taken IS NOT NULL"))
    change(centres.folder / "clock", 3)
    until(lambda: fleet.rows("SELECT at FROM fleet.clock") == [(3.0,)])

    assert {"another centre is at work on this database; there can be one only"} == set(
        centres.said("second")
    )
    end(first)
    until(lambda: centres.said("second")[-1].startswith("Turn("))
    change(centres.folder / "clock", 5)
    until(lambda: fleet.rows("SELECT at FROM fleet.clock")[0][0] > 3.0)
    assert fleet.rows("SELECT at FROM fleet.clock")[0][0] <= 5.0
    assert (["v1"], 0) == centres.log()


def looked_at(fleet, centres):
    """A scan of one chunk; its sensor has told that it began. The sensor, and the job."""
    left = fleet.enrol("left")
    assert 2 == centre.order(fleet.link, "scan-1", "st-mary")
    job = left.post.fetch()
    fleet.link.execute("DELETE FROM fleet.chunk WHERE job IS DISTINCT FROM %s", (job.id,))
    tell(left, job)
    return left, job


def runs_of(centres):
    with open_store(centres.url, "eng-1") as store:
        return store.runs(everywhere=True)


def test_a_centre_that_stood_still_as_it_wrote_a_run_writes_nothing_over_what_its_successor_wrote(
    fleet, centres
):
    """Its connection is ended when it is displaced; that to the log is its own, and opens anew."""
    left, job = looked_at(fleet, centres)
    (centres.folder / "hold").touch()
    first = centres.start()
    until((centres.folder / "held").exists)
    with stopped(first):
        rival = centre.Rival()
        assert [False, True] == [rival.displace(fleet.link, at) for at in (0.0, STANDS_S)]
        until(lambda: not centres.held())
        tell(left, job, NOW - timedelta(hours=1))
        assert left.post.finish(job, done=True)
        centres.turn()
        (ended,) = runs_of(centres)
        assert NOW - timedelta(hours=1) == ended.ended
        (centres.folder / "hold").unlink()
        (centres.folder / "go").touch()
        before = len(centres.said())
    # revived, it goes on where it stood; then it hears that its connection is gone, and takes its place in the line
    until(lambda: any(line.startswith("Turn(") for line in centres.said()[before:]))

    assert (ended,) == runs_of(centres)
    assert [] == fleet.rows("SELECT * FROM fleet.unended")


@pytest.mark.parametrize("place", [("UPDATE", "fleet.inbox"), ("DELETE", "fleet.unended")])
def test_a_centre_that_is_killed_and_started_anew_never_takes_a_run_back(fleet, centres, place):
    """Not even for a moment, though it takes in what it had taken in one by one."""
    left, job = looked_at(fleet, centres)
    tell(left, job, NOW - timedelta(hours=1), frames=3)
    assert left.post.finish(job, done=True)
    centres.gate(*place)
    killed = centres.start()
    until(centres.at_the_gate)
    end(killed)
    centres.open(place[1])
    found = [runs_of(centres)]
    with open_store(centres.url, "eng-1") as store:
        for _ in range(3):
            ingest.ingest(fleet.link, store, NOW, most=1)
            found.append(store.runs(everywhere=True))

    known = [tuple((one.ended is not None, one.frames) for one in some) for some in found]
    assert sorted(known) == known
    assert ((True, 3),) == known[-1]
    assert [] == fleet.rows("SELECT * FROM fleet.unended")


class EnoughError(Exception):
    """Ends the loop of the second centre."""


def test_a_centre_that_stands_is_displaced_and_when_revived_moves_nothing(fleet, centres, tmp_path):
    """Its connection stood, and with it its lock; the one that waits ends it by its own clock, not before."""
    first = centres.start()
    until(centres.said)
    now, heard = [0.0], []

    def sleep(_seconds):
        now[0] += 30.0 if not any(isinstance(one, centre.Turn) for one in heard) else 1.0

    def told(what):
        heard.append(what)
        if sum(isinstance(one, centre.Turn) for one in heard) == 4:
            raise EnoughError

    with stopped(first), open_store(centres.url, "eng-1") as store:
        change(centres.folder / "clock", 1000)
        with pytest.raises(EnoughError):
            centre.serve(
                centres.where, store, None, now=lambda: NOW, clock=lambda: now[0], sleep=sleep, told=told
            )
        refused = [str(one) for one in heard if isinstance(one, StoreError)]
        # 0, 30, 60, 90 s: it waits; at 120 s it ends the other's connection; then it is alone
        waits = int(STANDS_S / 30)
        assert ["another centre is at work"] * waits == [one[:25] for one in refused[:waits]]
        assert "has stood still for 120 s" in refused[waits]
        assert [(3.0,)] == fleet.rows("SELECT at FROM fleet.clock")
        # the one centre of from now on
        until(lambda: not centres.held())
        centre.alone(fleet.link)
        before = len(centres.said())
    until(lambda: len(centres.said()) >= before + 3)

    # revived, the first hears that its connection is gone, and then that there is another; its 1000 s count nothing
    assert not any(line.startswith("Turn(") for line in centres.said()[before:])
    assert [(3.0,)] == fleet.rows("SELECT at FROM fleet.clock")


def test_a_centre_that_is_slow_and_moves_is_not_displaced(fleet, centres):
    rival = centre.Rival()
    told = []
    for second in range(0, 600, 60):
        told.append(rival.displace(fleet.link, float(second)))
        fleet.pass_(0.5)

    assert [False] * 10 == told


def test_a_sensor_that_keeps_a_call_open_does_not_stop_the_clock_of_all(fleet, centres):
    """A stolen one could: it holds the row of its job for as long as it likes."""
    left = fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    job = left.post.fetch()
    with left.link.transaction():
        assert left.post.hold(job)
        fleet.pass_(31)
        assert (0, 33.0) == ((done := centres.turn(2.0)).again, done.clock)

    fleet.pass_(31)
    assert 1 == centres.turn().again
