"""A report is written whole and private, or the earlier one stays."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.report.save import save


def test_folders_are_made_and_the_text_arrives_byte_for_byte(tmp_path):
    target = tmp_path / "a" / "b" / "report.html"

    save(target, "röntgen\r\n\n画像")

    assert "röntgen\r\n\n画像".encode() == target.read_bytes()
    assert [target] == list(target.parent.iterdir())


def test_nobody_else_may_read_it_whatever_stood_there_before(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")
    target.chmod(0o666)

    save(target, "new")

    assert (0o600, "new") == (target.stat().st_mode & 0o777, target.read_text())


def test_a_link_is_replaced_and_what_it_led_to_is_left_alone(tmp_path):
    private, target = tmp_path / "private", tmp_path / "report.html"
    private.write_text("mine")
    target.symlink_to(private)

    save(target, "new")

    assert ("mine", "new", False) == (private.read_text(), target.read_text(), target.is_symlink())


@pytest.mark.parametrize("name", ["folder", "file/report.html", "."])
def test_a_place_that_cannot_be_written_is_one_clear_error_without_leftovers(tmp_path, monkeypatch, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(StoreError, match="cannot be written: "):
        save(tmp_path.joinpath(name).relative_to(tmp_path), "new")

    assert ({"folder", "file"}, "old") == (
        {path.name for path in tmp_path.iterdir()},
        (tmp_path / "file").read_text(),
    )


def test_a_full_disk_leaves_the_earlier_report(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old")
    real = os.fdopen

    def full(handle, mode):
        # the kernel's own full disk: every write to it fails with ENOSPC
        disk = os.open("/dev/full", os.O_WRONLY)
        os.dup2(disk, handle)
        os.close(disk)
        return real(handle, mode)

    monkeypatch.setattr(os, "fdopen", full)

    with pytest.raises(StoreError, match=r"report\.html: cannot be written: No space left on device"):
        save(target, "new")

    assert ([target], "old") == (list(tmp_path.iterdir()), target.read_text())


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_costs_the_report(tmp_path_factory, text):
    target = tmp_path_factory.getbasetemp() / "report.html"

    save(target, text)

    assert text.encode("utf-8", "backslashreplace") == target.read_bytes()
