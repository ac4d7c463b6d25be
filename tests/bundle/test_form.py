"""A bundle is a tar that others can open, of which only one spelling is read."""

import subprocess
import tarfile

import pytest

from scanner.bundle import form
from scanner.errors import DataError
from tests.bundle.conftest import NOW


def test_any_tar_opens_it_and_openssh_verifies_it(north, signers, tmp_path):
    path = north.export()

    with tarfile.open(path) as opened:
        assert [form.HEAD, form.SIGNATURE, form.BODY] == opened.getnames()
        opened.extractall(tmp_path / "out", filter="data")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", signers.list, "-I", "north", "-n", form.NAMESPACE, "-s", tmp_path / "out" / form.SIGNATURE],
        input=(tmp_path / "out" / form.HEAD).read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert (0, b"Good") == (done.returncode, done.stdout[:4])


def test_equal_rows_give_equal_bytes(north):
    assert north.export("1").read_bytes() == north.export("2").read_bytes()


@pytest.mark.parametrize("name", ["", "a/b", "-x", "x" * 41, "a b", "ä", "x\n"])
def test_what_cannot_stand_before_a_zone_is_no_site(name):
    with pytest.raises(DataError, match="is no name of a site"):
        form.site_name(name)


def test_a_bundle_is_recognised_by_its_first_bytes(north, tmp_path):
    (tmp_path / "x").write_bytes(b"head.json but not a tar")

    assert form.is_bundle(north.export())
    assert not form.is_bundle(tmp_path / "x")
    assert not form.is_bundle(tmp_path / "missing")


@pytest.mark.parametrize("data", [b"", b"x" * 4000, b"head.json"])
def test_another_file_is_no_bundle(data, tmp_path):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(DataError, match=r"byte 0: no head.json of a bundle"):
        form.opened(tmp_path / "x")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        form.opened(tmp_path / "x")


def test_a_head_that_is_too_large_is_not_read(tmp_path):
    (tmp_path / "x").write_bytes(form.wrapping(form.HEAD, 1 << 20) + b"{}")
    with pytest.raises(DataError, match=r"head\.json has 1,048,576 bytes; at most 65,536"):
        form.opened(tmp_path / "x")


@pytest.mark.parametrize("head", [b"[]", b"{", b'{"format":"stalehost-bundle/1"}'])
def test_a_head_that_says_too_little_is_refused(head, tmp_path):
    parts = [(form.HEAD, head), (form.SIGNATURE, b""), (form.BODY, b"")]
    (tmp_path / "x").write_bytes(
        b"".join(form.wrapping(name, len(data)) + data + form.padding(len(data)) for name, data in parts)
        + form.END
    )
    with pytest.raises(DataError, match=r"x: head\.json: "):
        form.opened(tmp_path / "x")


def test_a_body_that_shrinks_while_it_is_read_is_said(north):
    opened = form.opened(north.export())
    whole = opened.path.read_bytes()
    opened.path.write_bytes(whole[: opened.at + 3])

    with pytest.raises(DataError, match="cut off"):
        list(form.checked(opened))


def test_its_own_name_comes_from_what_is_signed(north):
    from datetime import timedelta

    first, second = (
        form.opened(north.export("1")),
        form.opened(north.export("2", now=NOW + timedelta(hours=1))),
    )
    assert first.digest != second.digest
    assert (first.head.identity, first.head.site) == (second.head.identity, second.head.site)
