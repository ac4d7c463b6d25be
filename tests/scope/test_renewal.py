from datetime import UTC, date, datetime

import pytest

from scanner.errors import ScopeError
from scanner.scope.parse import read
from scanner.scope.renewal import renew


@pytest.fixture
def path(tmp_path, text):
    (tmp_path / "scope.toml").write_text(
        text.replace("valid_until = 2026-12-31", "valid_until=2026-12-31 # end")
    )
    (tmp_path / "scope.toml.sig").write_text("signed")
    return tmp_path / "scope.toml"


def test_a_renewed_scope_has_new_dates_and_the_old_one_keeps_its_signatures(path):
    old = path.read_bytes()

    kept = renew(path, date(2027, 2, 28), date(2026, 12, 20))

    engagement = read(path).engagement
    assert (datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)) == (
        engagement.valid_from,
        engagement.valid_until,
    )
    assert "valid_until=2027-02-28 # end\n" in path.read_text()
    assert not (path.parent / "scope.toml.sig").exists()
    assert (old, "signed") == (kept.read_bytes(), (path.parent / "scope.toml.bak.sig").read_text())
    assert 0o600 == path.stat().st_mode & 0o777


def test_a_start_that_is_still_to_come_stays_and_nothing_kept_is_lost(path):
    names = [renew(path, date(2026, 12, day), date(2026, 11, 1)).name for day in (30, 29)]

    assert ["scope.toml.bak", "scope.toml.bak2"] == names
    assert datetime(2026, 12, 1, tzinfo=UTC) == read(path).engagement.valid_from


@pytest.mark.parametrize(
    ("until", "complaint"),
    [(date(2027, 6, 1), "at most 90 days"), (date(2026, 11, 1), "must be after")],
)
def test_dates_that_are_not_allowed_change_nothing(path, until, complaint):
    old = path.read_bytes()
    with pytest.raises(ScopeError, match=complaint):
        renew(path, until, date(2026, 12, 20))
    assert (old, ["scope.toml", "scope.toml.sig"]) == (
        path.read_bytes(),
        sorted(one.name for one in path.parent.iterdir()),
    )


def test_dates_that_are_not_found_change_nothing(path):
    inline = path.read_text().replace("valid_until=2026", '"valid_until"=2026')
    path.write_text(inline)
    with pytest.raises(ScopeError, match="change valid_until by hand"):
        renew(path, date(2027, 2, 28), date(2026, 12, 20))
    assert inline == path.read_text()
