"""A comparison of two bases names every row that came, went or reads otherwise."""

import pytest

from scanner.errors import DataError
from scanner.knowledge import installed
from scanner.knowledge.base import shipped
from scanner.knowledge.updater import check, diff, run
from tests.knowledge.updater import world
from tests.knowledge.updater.test_run import NOW

NEW = "CVE-2099-10001"


@pytest.fixture
def updated(data, tmp_path):
    (tmp_path / "kev.json").write_bytes(world.kev(dated="2026-08-07", more=[NEW]))
    (tmp_path / "endoflife.json").write_bytes(world.endoflife(**{"apache:http_server 2.2": "2031-01-01"}))
    run.update("kev", str(tmp_path / "kev.json"), "", NOW)
    return run.update("eol", str(tmp_path / "endoflife.json"), "", NOW).base


def test_a_new_row_says_what_it_holds(updated):
    found = [one for one in diff.changes(*check.pair("shipped", None)) if one.table == "kev"]

    assert [(NEW, None)] == [(one.key, one.before) for one in found]
    assert "2026-08-07" in found[0].after


def test_a_row_that_went_is_the_same_the_other_way_round(updated):
    (gone,) = [one for one in diff.changes(*check.pair(updated.manifest.id, "shipped")) if one.table == "kev"]
    assert (NEW, None) == (gone.key, gone.after)


def test_a_changed_row_says_both(updated):
    (one,) = [
        one
        for one in diff.changes(*check.pair(None, None))
        if one.table == "branches" and one.key == "apache:http_server 2.2 standard"
    ]
    assert "2031-01-01" in one.after
    assert "2031-01-01" not in one.before


def test_a_base_does_not_differ_from_itself():
    assert [] == list(diff.changes(shipped(), shipped()))


@pytest.mark.parametrize(("name", "said"), [("../x", "is not the id"), ("20200101-00000000", "not a whole")])
def test_a_base_that_is_not_here_cannot_be_compared(data, name, said):
    with pytest.raises(DataError, match=said):
        check.pair(name, None)


def test_with_the_shipped_one_alone_nothing_differs(data):
    assert installed.current() is None
    assert check.pair(None, None) == (shipped(), shipped())
