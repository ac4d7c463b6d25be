"""What waits at a sensor: nothing is lost, nothing is sent under two numbers, order is kept."""

import os

import pytest

from scanner.errors import StoreError
from scanner.fleet.outbox import Outbox


class Centre:
    """Takes batches, and can be away, or have its answer lost."""

    def __init__(self):
        self.taken, self.bodies, self.away, self.deaf = {}, [], False, False

    def push(self, batch, body, job=None, fence=None):
        if self.away:
            raise StoreError("away")
        new = batch not in self.taken
        self.taken[batch] = (body, job, fence)
        if new:
            self.bodies.append(body)
        if self.deaf:
            raise StoreError("the answer was lost")
        return new


@pytest.fixture
def centre():
    return Centre()


def test_what_waits_is_sent_in_order_once_the_centre_is_back(tmp_path, centre):
    box, centre.away = Outbox(tmp_path / "out"), True
    for n in range(12):
        box.put(b"line\n%d" % n, job=n, fence=n + 100)
    with pytest.raises(StoreError):
        box.send(centre)
    centre.away = False

    assert (12, 12, 0) == (len(Outbox(tmp_path / "out")), Outbox(tmp_path / "out").send(centre), len(box))
    assert [b"line\n%d" % n for n in range(12)] == centre.bodies
    assert (b"line\n3", 3, 103) in centre.taken.values()


def test_a_lost_answer_counts_once(tmp_path, centre):
    box, centre.deaf = Outbox(tmp_path), True
    box.put(b"one")
    for _ in range(3):
        with pytest.raises(StoreError):
            box.send(centre)
    centre.deaf = False

    assert (1, [b"one"]) == (box.send(centre), centre.bodies)


def test_a_process_that_died_while_writing_leaves_nothing_torn(tmp_path, centre):
    box = Outbox(tmp_path)
    box.put(b"one")
    (tmp_path / "000000000002.part").write_bytes(b'{"bat')

    again = Outbox(tmp_path)
    again.put(b"two")

    assert 2 == again.send(centre)
    assert ([b"one", b"two"], []) == (centre.bodies, list(tmp_path.iterdir()))


def test_a_full_disk_is_said_and_what_was_kept_stays(tmp_path, centre, monkeypatch):
    box = Outbox(tmp_path)
    box.put(b"one")
    with monkeypatch.context() as patched:
        patched.setattr(
            os, "fsync", lambda _handle: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
        with pytest.raises(StoreError, match="No space left on device; what was kept before is safe"):
            box.put(b"two")
    box.put(b"three")

    assert 2 == box.send(centre)
    assert [b"one", b"three"] == centre.bodies


def test_files_are_private(tmp_path):
    Outbox(tmp_path / "out").put(b"one")

    assert [0o700, 0o600] == [
        path.stat().st_mode & 0o777 for path in (tmp_path / "out", *(tmp_path / "out").iterdir())
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path, centre):
    (tmp_path / "000000000001.batch").write_bytes(b"hello")
    with pytest.raises(StoreError, match=r"000000000001\.batch: cannot be read"):
        Outbox(tmp_path).send(centre)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        Outbox(tmp_path / "file" / "out")


def test_two_processes_with_one_folder_keep_what_each_of_them_put(tmp_path, centre):
    left, right = Outbox(tmp_path), Outbox(tmp_path)
    for body in (b"1", b"2", b"3"):
        left.put(b"left" + body)
        right.put(b"right" + body)

    assert 6 == left.send(centre)
    assert [b"left1", b"left2", b"left3", b"right1", b"right2", b"right3"] == sorted(centre.bodies)
    assert 0 == right.send(centre)


def test_what_another_process_has_sent_meanwhile_is_not_missed(tmp_path, centre):
    box, other = Outbox(tmp_path), Outbox(tmp_path)
    for body in (b"one", b"two"):
        box.put(body)

    class Between(Centre):
        def push(self, *words):
            if not self.taken:
                other.send(centre)
            return super().push(*words)

    assert 1 == box.send(Between())
    assert [b"one", b"two"] == centre.bodies


def test_no_room_is_said_before_anything_is_begun_and_nothing_is_left_behind(tmp_path, monkeypatch):
    box = Outbox(tmp_path)
    box.ready()
    with monkeypatch.context() as patched:
        patched.setattr(
            os, "posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
        with pytest.raises(
            StoreError, match="No space left on device; nothing is begun until 8 MiB are free"
        ):
            box.ready()

    assert [] == list(tmp_path.iterdir())


def test_a_batch_that_cannot_be_taken_off_the_disk_is_said_and_counts_once(tmp_path, centre, monkeypatch):
    box = Outbox(tmp_path)
    box.put(b"one")
    with monkeypatch.context() as patched:
        patched.setattr(
            type(tmp_path),
            "unlink",
            lambda *_, **__: (_ for _ in ()).throw(OSError(30, "Read-only file system")),
        )
        with pytest.raises(StoreError, match="Read-only file system; the centre has it"):
            box.send(centre)

    assert (1, [b"one"]) == (box.send(centre), centre.bodies)
