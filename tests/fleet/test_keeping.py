"""What a sensor keeps: enrolled once, renewed in time, and no crash between two steps costs it its way in."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from scanner.errors import AdmissionError, DataError, StoreError
from scanner.fleet import admit, authority, keeping
from scanner.fleet.invitation import Invitation
from scanner.fleet.keeping import Rotation
from scanner.fleet.post import Post


def now():
    return datetime.now(UTC)


class World:
    """A fleet, and the folders of machines that want to be its sensors."""

    def __init__(self, fleet, folder):
        self.fleet, self.folder, self.said = fleet, folder, []
        self.seconds = 0.0

    def invited(self, name="left", **more):
        code = admit.invite(self.fleet.link, name, "st-mary", ["st-mary-radiology"])
        parts = {
            "sensor": name,
            "site": "st-mary",
            "host": "127.0.0.1",
            "port": self.fleet.server.port,
            "database": self.fleet.database,
            "code": code,
            "until": now() + timedelta(hours=24),
            "authority": self.fleet.ca.certificate.decode(),
        }
        return Invitation(**{**parts, **more})

    def sleep(self, seconds):
        """While the sensor waits, the centre takes a turn."""
        self.seconds += seconds
        self.sign()

    def sign(self):
        return admit.answer(self.fleet.link, self.fleet.ca, now())

    def enrol(self, by, folder="left", sleep=None):
        return keeping.enrol(
            self.folder / folder,
            by,
            now=now(),
            clock=lambda: self.seconds,
            sleep=sleep or self.sleep,
            patience=60.0,
            told=self.said.append,
        )

    def wait(self, seconds):
        self.seconds += seconds


@pytest.fixture
def world(fleet, tmp_path):
    return World(fleet, tmp_path)


def beats(kept):
    """Which sensor the centre takes this one for."""
    link, _ = kept.opened()
    with link:
        return Post(link, lambda: 0.0).beat("x").sensor


def serial(kept):
    pem = authority.split((kept.root / "certificate.pem").read_bytes(), "").certificate
    return x509.load_pem_x509_certificate(pem).serial_number


def test_an_invitation_makes_a_sensor_whose_key_stays_where_it_is(world, tmp_path):
    by = world.invited()
    kept = world.enrol(by)

    assert "left" == beats(kept)
    assert kept == keeping.find(tmp_path / "left" / "sensor") == keeping.find(tmp_path, tmp_path / "left")
    files = sorted(path for path in kept.root.rglob("*") if path.is_file())
    assert ["authority.crt", "certificate.pem", "sensor.toml"] == [path.name for path in files]
    assert {0o100600} == {path.stat().st_mode for path in files}
    assert not [path for path in files if by.code in path.read_text()]
    sent = str(world.fleet.rows("SELECT * FROM fleet.request r, fleet.code c"))
    assert "PRIVATE" not in sent
    assert by.code not in sent
    assert ["the code was taken; waiting for the centre to sign, 60 s at most"] == world.said


def test_the_same_file_again_changes_nothing(world):
    by = world.invited()
    first = world.enrol(by)
    before = serial(first)

    assert first == world.enrol(by)
    assert before == serial(first)
    assert [(1,)] == world.fleet.rows("SELECT count(*) FROM fleet.request")


def test_what_waits_too_long_says_so_and_goes_on_with_the_same_key(world):
    by = world.invited()
    with pytest.raises(StoreError, match=r"has not signed within 60 s; is `stalehost fleet centre` running"):
        world.enrol(by, sleep=world.wait)
    world.sign()

    assert "left" == beats(world.enrol(by, sleep=world.wait))
    assert [(1,)] == world.fleet.rows("SELECT count(*) FROM fleet.request")


def test_a_code_that_was_used_lets_nobody_else_in(world):
    by = world.invited()
    world.enrol(by)
    with pytest.raises(AdmissionError, match="unknown, used or out of date"):
        world.enrol(by, folder="thief")
    assert not (world.folder / "thief" / "sensor" / "certificate.pem").exists()


def test_a_code_that_is_out_of_date_lets_nobody_in(world):
    with pytest.raises(AdmissionError, match="ran out at"):
        world.enrol(world.invited(until=now() - timedelta(seconds=1)))
    by = world.invited()
    world.fleet.link.execute("UPDATE fleet.code SET expires = clock_timestamp() - interval '1 second'")
    with pytest.raises(AdmissionError, match="unknown, used or out of date"):
        world.enrol(by)


def test_who_is_not_by_the_authority_of_the_invitation_hears_no_code(world):
    other = authority.found("another fleet", now()).certificate.decode()
    by = world.invited(authority=other)
    with pytest.raises(StoreError, match="is not the centre of this fleet") as caught:
        world.enrol(by)

    assert not isinstance(caught.value, AdmissionError)
    assert [(0,)] == world.fleet.rows("SELECT count(*) FROM fleet.code WHERE used IS NOT NULL")


def test_who_answers_under_another_name_is_not_the_centre(world):
    with pytest.raises(StoreError, match="is not the centre of this fleet"):
        world.enrol(world.invited(host="localhost"))


def test_a_centre_that_is_away_is_said_to_be_away(world):
    with pytest.raises(StoreError, match="away") as caught:
        world.enrol(world.invited(port=1))
    assert not isinstance(caught.value, AdmissionError)


def test_a_folder_keeps_one_sensor(world):
    world.enrol(world.invited())
    with pytest.raises(DataError, match="is sensor left of st-mary; keep right elsewhere"):
        world.enrol(world.invited("right"))


def test_another_invitation_lets_a_sensor_in_again_with_a_new_key(world):
    first = world.enrol(world.invited())
    before = serial(first)
    again = world.enrol(world.invited())

    assert before != serial(again)
    assert "left" == beats(again)


def test_an_answer_for_another_key_is_not_kept(world):
    by = world.invited()

    def sleep(seconds):
        world.sleep(seconds)
        other = authority.sign(world.fleet.ca, authority.ask().certificate.decode(), "stalehost_s_x", now())[
            0
        ]
        world.fleet.link.execute("UPDATE fleet.request SET certificate = %s", (other,))

    with pytest.raises(DataError, match="for another key; nothing was kept"):
        world.enrol(by, sleep=sleep)
    assert not (world.folder / "left" / "sensor" / "certificate.pem").exists()


@pytest.mark.parametrize("name", ["certificate.pem", "sensor.toml", "authority.crt"])
def test_what_others_may_read_is_not_used(world, name):
    kept = world.enrol(world.invited())
    (kept.root / name).chmod(0o640)
    with pytest.raises(DataError, match=rf"{name}: others .* chmod 600"):
        keeping.find(world.folder / "left")


def test_where_no_sensor_is_one_is_told_how_to_make_it(tmp_path):
    with pytest.raises(DataError, match="stalehost fleet enrol FILE"):
        keeping.find(tmp_path)


@pytest.mark.parametrize("text", [b"", b"x", b"sensor = 1\n", b"\xff"])
def test_a_file_of_the_sensor_that_is_wrong_is_named(world, text):
    kept = world.enrol(world.invited())
    (kept.root / "sensor.toml").write_bytes(text)
    with pytest.raises(DataError, match=r"sensor.toml: .* enrol this sensor anew"):
        keeping.find(world.folder / "left")


def test_a_revoked_sensor_is_told_apart_from_a_centre_that_is_away(world):
    kept = world.enrol(world.invited())
    link, _ = kept.opened()
    admit.retire(world.fleet.link, serial(kept), now())
    with link, pytest.raises(AdmissionError, match="has revoked this sensor"), keeping.heard():
        Post(link, lambda: 0.0).beat("x")
    admit.revoke(world.fleet.link, "left", now())
    with pytest.raises(AdmissionError, match="has revoked this sensor"):
        kept.opened()


def test_a_certificate_that_has_ended_is_told_apart_too(world):
    kept = world.enrol(world.invited())
    pair = authority.split((kept.root / "certificate.pem").read_bytes(), "")
    asked = authority.ask()
    old = authority.sign(
        world.fleet.ca,
        asked.certificate.decode(),
        authority.named(pair.certificate.decode()),
        now() - timedelta(days=91),
    )[0]
    (kept.root / "certificate.pem").write_bytes(asked.key + old.encode())
    with pytest.raises(AdmissionError, match="has ended; ask for another invitation"):
        kept.opened()


def late(kept):
    """A moment at which a third of the certificate's life is left, and a little less."""
    return kept.ends() - timedelta(days=29, hours=23)


def step(world, kept, rotation=None):
    link, _ = kept.opened()
    with link:
        return (rotation or Rotation(kept)).step(Post(link, lambda: 0.0), late(kept))


def test_a_certificate_is_renewed_when_a_third_of_its_life_is_left_and_no_sooner(world):
    kept = world.enrol(world.invited())
    before, rotation = serial(kept), Rotation(kept)
    link, changed = kept.opened()
    with link:
        post = Post(link, lambda: 0.0)
        assert not rotation.step(post, kept.ends() - timedelta(days=31))
        assert [(0,)] == world.fleet.rows("SELECT count(*) FROM fleet.request WHERE hash IS NULL")
        assert [False, False] == [rotation.step(post, late(kept)) for _ in range(2)]
        assert [(1,)] == world.fleet.rows("SELECT count(*) FROM fleet.request WHERE hash IS NULL")
        world.sign()
        assert [True, True] == [rotation.step(post, late(kept)) for _ in range(2)]
        # the one before goes on until the next has worked
        assert (before, False) == (serial(kept), changed)
    link, changed = kept.opened()
    link.close()

    assert changed
    assert before != serial(kept)
    assert "left" == beats(kept)
    assert ["authority.crt", "certificate.pem", "sensor.toml"] == sorted(
        path.name for path in kept.root.iterdir()
    )


def renew(world, kept):
    """Ask for the next certificate and keep it; it has not been used yet."""
    rotation = Rotation(kept)
    assert not step(world, kept, rotation)
    world.sign()
    assert step(world, kept, rotation)


def crash_after_asking(world, kept):
    step(world, kept)


def crash_after_the_answer(world, kept):
    step(world, kept)
    world.sign()


def crash_with_both_on_disk(world, kept):
    step(world, kept)
    asked = (kept.root / "asked-next.pem").read_bytes()
    renew(world, kept)
    # the next is on disk, and what was asked for it not yet gone
    (kept.root / "asked-next.pem").write_bytes(asked)
    (kept.root / "asked-next.pem").chmod(0o600)


def crash_while_writing(world, kept):
    step(world, kept)
    world.sign()
    (kept.root / "next.pem.part").write_bytes(b"-----BEGIN")


@pytest.mark.parametrize(
    "crash", [crash_after_asking, crash_after_the_answer, crash_with_both_on_disk, crash_while_writing]
)
def test_a_crash_between_two_steps_of_a_renewal_loses_nothing(world, crash):
    kept = world.enrol(world.invited())
    before = serial(kept)
    crash(world, kept)

    # a new life
    kept = keeping.find(world.folder / "left")
    link, changed = kept.opened()
    link.close()
    if not changed:
        renew(world, kept)
        link, changed = kept.opened()
        link.close()
    assert changed
    assert before != serial(kept)
    assert "left" == beats(kept)
    # and the time after that another key is asked for
    step(world, kept)
    asked = authority.split((kept.root / "asked-next.pem").read_bytes(), "")
    current = authority.split((kept.root / "certificate.pem").read_bytes(), "")
    assert not authority.fits(asked, current.certificate.decode())


def test_a_next_certificate_that_the_centre_does_not_take_leaves_the_one_before(world):
    kept = world.enrol(world.invited())
    before = serial(kept)
    renew(world, kept)
    world.fleet.link.execute(
        "UPDATE fleet.certificate SET revoked = clock_timestamp() WHERE serial <> %s", (before,)
    )

    link, changed = kept.opened()
    link.close()
    assert (False, before, "left") == (changed, serial(kept), beats(kept))


def test_a_next_certificate_waits_while_the_centre_is_away(world):
    kept = world.enrol(world.invited())
    renew(world, kept)
    away = keeping.Kept(
        root=kept.root, sensor="left", site="st-mary", host="127.0.0.1", port=1, database="x", invited=""
    )
    with pytest.raises(StoreError):
        away.opened()
    assert (kept.root / "next.pem").exists()
    link, changed = kept.opened()
    link.close()
    assert changed


def test_a_user_s_own_certificate_and_settings_are_not_used(world, monkeypatch):
    kept = world.enrol(world.invited())
    for name, value in {
        "PGSSLMODE": "disable",
        "PGSSLCERT": "/nowhere",
        "PGSSLROOTCERT": "/nowhere",
        "PGUSER": "postgres",
        "PGHOST": "/nowhere",
        "PGGSSENCMODE": "require",
        "PGSSLCRL": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    link, _ = kept.opened()
    with link:
        row = link.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert (True,) == row
