"""The line between sensor and server: cut, dead, or deaf in one direction. Everything arrives, and counts once."""

import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from scanner.errors import StoreError
from scanner.fleet import batch, link
from scanner.fleet.post import Post
from scanner.store import faults
from tests.fleet.processes import Ground, Line, end, until
from tests.fleet.test_ingest import change as seen


@pytest.fixture
def line(fleet):
    one = Line(fleet.server.port)
    yield one
    one.close()


def by(line, fleet, sensor):
    """How a sensor reaches the centre through the line."""
    return fleet.where(sensor.role, sensor.stem).replace(f"port={fleet.server.port}", f"port={line.port}")


def impatient(site):
    """From here on a second of silence is enough; before, a busy machine must not look like a dead line."""
    site.sent.with_name("sent.impatient").touch()
    until(site.sent.with_name("sent.impatient.heard").exists, site.err)


@pytest.fixture
def site(fleet, tmp_path):
    one = Ground(fleet, tmp_path)
    yield one
    one.close()


def test_a_line_that_is_cut_in_the_middle_of_a_chunk_and_mended_costs_nothing(fleet, line, site):
    left = fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    site.start(left, where=by(line, fleet, left))
    site.leave(0)
    until(lambda: len(site.lines()) == 1, site.err)
    line.mode = "still"
    line.cut()
    site.leave(1, 2, 3)
    until(lambda: site.waiting("left") == 4, site.err)
    until(lambda: faults.AWAY in site.err.read_text())
    assert (0, ["doing"]) == (site.batches(), site.status())
    line.mode = "through"
    until(lambda: site.batches() == 4, site.err)
    # it could not say that the chunk was done; its hold runs out, and it is looked at once more
    site.pass_(31)
    assert [(True,)] == site.rescue()
    until(site.ended, site.err)

    assert ["v0", "v1", "v2", "v3"] == site.seen()
    assert 8 == site.batches()


OURS, THEIRS = "192.0.2.1", "192.0.2.2"


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def cable(fleet):
    """A machine of the sensor's own, at the other end of a cable; and the door to the server at this one."""
    if [name for _number, name in socket.if_nameindex()] != ["lo"]:
        pytest.skip(
            "lays a cable, so it wants a network namespace with nothing in it: run under `unshare -rn`"
        )
    ours, holder = (
        Path("/proc/self/ns/net").readlink(),
        subprocess.Popen(["unshare", "--net", "sleep", "280"]),
    )
    there = ("nsenter", f"--target={holder.pid}", "--net")
    try:
        until(lambda: Path(f"/proc/{holder.pid}/ns/net").readlink() != ours)
        ip("link", "add", "name", "c0", "type", "veth", "peer", "name", "c1", "netns", str(holder.pid))
        ip("address", "add", f"{OURS}/30", "dev", "c0")
        ip("link", "set", "c0", "up")
        for words in (("address", "add", f"{THEIRS}/30", "dev", "c1"), ("link", "set", "c1", "up")):
            subprocess.run([*there, "ip", *words], check=True)
        door = Line(fleet.server.port, OURS)
        yield there, door
        door.close()
    finally:
        end(holder)
        with suppress(subprocess.CalledProcessError):
            ip("link", "delete", "c0")  # it may have gone with its other end


def test_a_cable_that_is_pulled_out_and_put_back_costs_nothing(fleet, cable, site):
    """No word comes that it is out: on the sensor's side frames just go nowhere."""
    there, door = cable
    left = fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    site.start(left, where=f"{by(door, fleet, left)} hostaddr={OURS}", before=there)
    site.leave(0)
    until(lambda: len(site.lines()) == 1, site.err)
    ip("link", "set", "c0", "down")
    impatient(site)
    site.leave(1, 2, 3)
    until(lambda: site.waiting("left") == 4, site.err)
    until(lambda: faults.AWAY in site.err.read_text())
    assert (0, ["doing"]) == (site.batches(), site.status())
    ip("link", "set", "c0", "up")
    site.sent.with_name("sent.impatient").unlink()
    until(lambda: site.batches() == 4, site.err)
    until(lambda: site.waiting("left") == 0, site.err)
    # it could not say that the chunk was done; its hold runs out, and it is looked at once more
    site.pass_(31)
    assert [(True,)] == site.rescue()
    until(site.ended, site.err)

    assert ["v0", "v1", "v2", "v3"] == site.seen()
    assert 8 == site.batches()


def test_a_line_on_which_nothing_moves_is_given_up_and_what_was_seen_waits(fleet, line, site):
    """No packet says that it is dead: the machine at the other end takes what is sent, and is silent."""
    left, right = fleet.enrol("left"), fleet.enrol("right")
    fleet.job(chunk="10.20.0.0/24")
    site.start(left, where=by(line, fleet, left))
    site.leave(0)
    until(lambda: len(site.lines()) == 1, site.err)
    line.mode = "still"
    impatient(site)
    site.leave(1, 2)
    until(lambda: len(site.lines()) == 3, site.err)
    site.pass_(31)
    # its own clock ended the sending while it heard of nobody; the chunk goes to another
    site.leave(3)
    assert [(True,)] == site.rescue()
    until(lambda: faults.AWAY in site.err.read_text())
    job = right.post.fetch()
    assert (3, 3) == (len(site.lines()), site.waiting("left"))
    site.sent.with_name("sent.impatient").unlink()
    line.mode = "through"
    until(lambda: site.batches() >= 3, site.err)
    until(lambda: site.waiting("left") == 0, site.err)

    assert right.post.finish(job, done=True)
    assert ["v0", "v1", "v2"] == site.seen()
    assert [(True,)] == fleet.rows("SELECT bool_and(late) FROM fleet.inbox")
    assert {"left"} == {who for who, _, _ in site.lines()}


def test_a_batch_whose_answer_is_lost_after_the_commit_counts_once(fleet, line, site):
    left = fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    site.start(left, where=by(line, fleet, left))
    site.leave(0, 1, 2)
    until(lambda: site.waiting("left") == 3, site.err)
    # from now on the server hears and is not heard
    impatient(site)
    line.mode = "deaf"
    site.leave(3)
    until(lambda: site.batches() == 1, site.err)
    until(lambda: faults.AWAY in site.err.read_text())
    assert (4, ["doing"]) == (site.waiting("left"), site.status())
    site.sent.with_name("sent.impatient").unlink()
    line.mode = "through"
    line.cut()
    until(lambda: site.waiting("left") == 0, site.err)

    assert 4 == site.batches()
    site.pass_(31)
    site.rescue()
    until(site.ended, site.err)
    assert ["v0", "v1", "v2", "v3"] == site.seen()


def test_each_word_of_a_sensor_may_be_said_and_its_answer_lost(fleet, line):
    """The same word again does no harm: nothing is given twice, nothing is spent that is not counted."""
    left, right = fleet.enrol("left"), fleet.enrol("right")
    fleet.job(chunk="10.20.0.0/24")

    def lost(word, done):
        """Say it, and hear no answer though the server did it."""
        with link.connect(by(line, fleet, left)) as deaf:
            post = Post(deaf, lambda: 0.0)
            post.beat("x")
            line.mode, deaf.silent_s = "deaf", 0.3
            with pytest.raises(StoreError, match=faults.AWAY):
                word(post)
            until(lambda: fleet.rows(f"SELECT 1 FROM fleet.{done}"))
            line.mode = "through"
        line.cut()

    lost(lambda post: post.fetch(), "held")
    # given, though nobody knows: it is nobody's until its hold runs out
    assert (None, None) == (left.post.fetch(), right.post.fetch())
    lost(lambda post: post.lease("a"), "probe_lease")
    assert (None, None) == (left.post.lease("a"), right.post.lease("a"))
    lost(lambda post: post.share("st-mary-radiology", 6), "rate_lease")
    right.post.beat("x")
    assert right.post.share("st-mary-radiology", 6) is None
    fleet.pass_(31)
    device = left.post.lease("a")
    lost(lambda post: post.spend(device, 5, 12), "spent")
    # five may have been begun
    assert [7, 0] == [left.post.spend(device, 12, 12) for _ in range(2)]
    number = uuid4()
    (body,) = batch.bodies(None, [seen(value="v")])
    lost(lambda post: post.push(number, body), "inbox")
    assert left.post.push(number, body) is False
    fleet.rows("SELECT again FROM fleet.rescue()")
    job = left.post.fetch()
    lost(lambda post: post.finish(job, done=True), "procrastinate_jobs WHERE status = 'succeeded'")
    assert left.post.finish(job, done=True) is False


def test_a_server_notices_that_a_sensor_has_gone_within_half_a_minute(fleet):
    """Without a word of it, its open call would hold what others wait for, for two hours."""
    with link.connect(fleet.where((one := fleet.enrol("left")).role, one.stem)) as door:
        ours = [
            int(door.execute("SELECT current_setting(%s)", (name,)).fetchone()[0].removesuffix("s") or 0)
            for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
        ]

    assert [10, 5, 3] == ours
