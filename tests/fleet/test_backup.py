"""Follows the walk-through of docs/fleet.md: the commands are read out of the page, and a fleet comes back on another server."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from scanner.errors import StoreError
from scanner.fleet import admit, centre, install, private, restore
from scanner.fleet.batch import bodies
from scanner.fleet.link import connect
from scanner.fleet.post import Post
from scanner.fleet.restore import Restored
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.store.store import open_store
from tests import postgres
from tests.fleet.conftest import Fleet
from tests.fleet.shell import Machine

PAGE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text("utf-8")
[SECTION] = re.findall(r"^## Backup and restore\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
BACKUP, RESTORE, SERVER = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
[NO_REST] = re.findall(r"`(stalehost fleet rest --end .*?)`", SECTION)
PLACE, HOST = "/srv/stalehost/centre", "db.example"


class Over(Exception):  # noqa: N818 - it ends the centre's turns
    """Enough turns."""


def turns(where, store, ca, count):
    """A centre that is started, takes that many turns, each five seconds after the one before, and ends."""
    told, at = [], iter(range(0, 5 * count + 10, 5))

    def hear(what):
        told.append(what)
        if isinstance(what, StoreError):
            raise what
        if len([one for one in told if not isinstance(one, Restored)]) == count:
            raise Over

    with pytest.raises(Over):
        centre.serve(
            where, store, ca, now=lambda: datetime.now(UTC), clock=lambda: float(next(at)),
            sleep=lambda _: None, told=hear,
        )  # fmt: skip
    return told


def saw(value):
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Observation(
        source="probe:ssh", first=at, last=at + timedelta(minutes=1), field="ssh.banner", value=value,
        address=Address("10.20.0.9"), zone="radiology", vantage="radiology",
    )  # fmt: skip


def refused(link, statement):
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        link.execute(statement)


def test_a_fleet_comes_back_on_another_server_and_gives_nothing_twice(ground, tmp_path):  # noqa: PLR0915 - one story
    # a fleet at work
    ground.server.sql("CREATE DATABASE hospital TEMPLATE ground")
    fleet = Fleet(ground.server, ground.folder, ground.ca, "hospital")
    place, new = tmp_path / "centre", tmp_path / "new"
    private.put(place / "fleet" / "authority.pem", ground.ca.key + ground.ca.certificate)
    old = Machine(ground.server, tmp_path)
    old.types(f"stalehost fleet init --database postgresql:///hospital --host {HOST} --folder {PLACE}", place)
    one, two = fleet.enrol("one"), fleet.enrol("two", ("st-mary-office",))
    fleet.pass_(100)
    first, second = fleet.job(n=1), fleet.job(n=2)
    held = one.post.fetch()
    known = one.post.lease("known")
    assert 5 == one.post.spend(known, 5, 12)
    one.post.release(known)
    [body] = bodies(None, [saw("SSH-2.0-old")])
    batch = uuid4()
    one.post.push(batch, body, held.id, held.fence)
    with open_store(fleet.server.url("hospital"), "eng-1") as store:
        store.append([saw("SSH-2.0-before")])

    old.types(BACKUP, place)

    # what the backup does not know
    later = one.post.lease("later")
    assert 12 == one.post.spend(later, 12, 12)
    one.post.finish(held, done=True)
    job = one.post.fetch()
    assert [first, second] == [held.id, job.id]
    fleet.close()

    # the server burns down
    with postgres.server() as server:
        other = Machine(server, tmp_path)
        said = other.types(RESTORE, new).stderr
        other.types(SERVER, new)
        server.stop()
        server.start(ssl="on")

        assert ['role "postgres" already exists'] == re.findall(r"ERROR:  (.*)", said)
        assert "its authority as it was" in said
        link = connect(server.url("hospital"))
        where = fleet.where(one.role, one.stem).replace(f"port={ground.server.port}", f"port={server.port}")
        sensor = connect(where)
        post = Post(sensor, lambda: 0.0)
        try:
            # rights: a stranger may not even connect, a sensor only call its functions
            assert [(False,)] == link.execute(
                "SELECT has_database_privilege('pg_monitor', 'hospital', 'CONNECT')"
            ).fetchall()
            refused(sensor, "SELECT * FROM fleet.sensor")
            refused(sensor, "SELECT fleet.settle()")
            refused(sensor, "SELECT pg_advisory_lock(1)")
            with pytest.raises(StoreError, match="this database was restored"):
                post.beat("x")

            # the clock stands where it stood, and the centre takes the database into use
            assert [(100.0,)] == link.execute("SELECT at FROM fleet.clock").fetchall()
            with open_store(server.url("hospital"), "eng-1") as store:
                told = turns(server.url("hospital"), store, ground.ca, 5)
                with pytest.raises(StoreError, match="this database was restored"):
                    post.beat("x")
                again = turns(server.url("hospital"), store, ground.ca, 3)
                seen = {row.value for row in store.log(everywhere=True)}
            assert isinstance(told[0], Restored)
            assert not any(isinstance(what, Restored) for what in again)
            assert told[0].fence > max(job.fence, later.fence)

            # log and inbox: nothing lost of what was in the backup, and nothing counts twice
            assert {"SSH-2.0-old", "SSH-2.0-before"} == seen
            assert not post.push(batch, body, held.id, held.fence)

            # during the day of rest nobody is asked anything
            assert post.beat("x").stop
            assert (None, None, None) == (
                post.fetch(),
                post.lease("later"),
                post.share("st-mary-radiology", 1.0),
            )
            # and what was given after the backup is nobody's
            assert (False, None, 0) == (
                post.finish(job, done=True),
                post.renew(later),
                post.spend(later, 1, 99),
            )

            # who knows better ends it; what was spent before the backup is not forgotten
            other.types(f"cd {PLACE}\n{NO_REST}", new)
            lease = post.lease("known")
            assert lease.fence >= told[0].fence
            assert 7 == post.spend(lease, 12, 12)

            # and the work goes on: the chunk whose end was lost is done again, then the next
            mine = [post.fetch()]
            assert post.finish(mine[0], done=True)
            mine.append(post.fetch())
            assert {first, second} == {one_.id for one_ in mine}
            assert all(one_.fence > told[0].fence for one_ in mine)
            assert not post.finish(held, done=True)

            # the authority came back too: a new sensor is signed for
            assert admit.invite(link, "three", "st-mary", [])
            assert not install.install(link)
        finally:
            sensor.close()
            link.close()
    ground.server.sql("DROP DATABASE hospital WITH (FORCE)")
    assert two.name == "two"


@pytest.mark.parametrize("how", ["read in over the old tables", "copied"])
def test_an_older_state_is_noticed_though_the_server_is_the_same(fleet, tmp_path, how):
    machine = Machine(fleet.server, tmp_path)
    name = fleet.database
    if how == "copied":
        fleet.close()
        fleet.server.sql(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
        name += "_copy"
    else:
        machine.types(
            f"pg_dump --format=custom --file=x.dump {name}\n"
            f"pg_restore --exit-on-error --clean --if-exists --dbname={name} x.dump",
            tmp_path,
        )
    with connect(fleet.server.url(name)) as link:
        assert isinstance(restore.settle(link), Restored)
        assert restore.settle(link) is None
