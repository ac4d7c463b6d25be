"""Files that hold keys: whole or not at all, and read only while they are private."""

import pytest

from scanner.errors import DataError, StoreError
from scanner.fleet import private


def test_a_file_is_its_owner_s_alone_and_takes_the_place_of_the_one_before(tmp_path):
    path = tmp_path / "new" / "key.pem"
    private.put(path, b"one")
    private.put(path, b"two")

    assert (b"two", 0o100600, 0o40700) == (
        private.read(path),
        path.stat().st_mode,
        path.parent.stat().st_mode,
    )
    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_file_that_others_may_read_or_write_is_refused_with_what_to_do(tmp_path, mode):
    path = tmp_path / "key.pem"
    private.put(path, b"one")
    path.chmod(mode)

    with pytest.raises(DataError, match=rf"mode {mode:04o}\); chmod 600 .*key.pem"):
        private.read(path)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match=r"none: No such file"):
        private.read(tmp_path / "none")


def test_what_cannot_be_written_leaves_the_one_before(tmp_path):
    path = tmp_path / "key.pem"
    private.put(path, b"one")
    (tmp_path / "key.pem.part").mkdir()

    with pytest.raises(StoreError, match=r"key.pem: cannot be written"):
        private.put(path, b"two")
    assert b"one" == private.read(path)


def test_a_link_that_somebody_laid_is_not_followed(tmp_path):
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / "key.pem.part").symlink_to(tmp_path / "other")

    private.put(tmp_path / "key.pem", b"key")

    assert b"mine" == (tmp_path / "other").read_bytes()
    assert not (tmp_path / "key.pem").is_symlink()
