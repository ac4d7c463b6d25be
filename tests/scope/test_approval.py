"""Who approved which plan: kept line by line, refused when it cannot be read."""

from datetime import UTC, datetime

import pytest

from scanner.errors import ScopeError
from scanner.scope.approval import FILE, approvals, approve, require

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)


def test_an_approved_plan_is_found_and_another_is_not(tmp_path):
    approve(tmp_path, "a" * 64, "  J.\n Doe ", NOW)
    approve(tmp_path, "b" * 64, "A. Roe", NOW)

    assert ("J. Doe", NOW) == (require(tmp_path, "a" * 64).by, require(tmp_path, "a" * 64).at)
    assert 2 == len(approvals(tmp_path))
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    with pytest.raises(ScopeError, match=r"plan c{16}\.\.\. .* is not approved"):
        require(tmp_path, "c" * 64)


def test_nothing_is_approved_to_begin_with(tmp_path):
    assert () == approvals(tmp_path)


def test_nobody_cannot_approve(tmp_path):
    with pytest.raises(ScopeError, match="needs the name"):
        approve(tmp_path, "a" * 64, " \n", NOW)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ScopeError, match=r"none/plan\.approved: cannot be written"):
        approve(tmp_path / "none", "a" * 64, "J. Doe", NOW)


@pytest.mark.parametrize("line", [b"nonsense", b"\xff", b'{"plan":"a","by":"b"}'])
def test_a_line_that_cannot_be_read_is_named(tmp_path, line):
    approve(tmp_path, "a" * 64, "J. Doe", NOW)
    with (tmp_path / FILE).open("ab") as file:
        file.write(line + b"\n")

    with pytest.raises(ScopeError, match=r"plan\.approved:2: "):
        require(tmp_path, "a" * 64)
