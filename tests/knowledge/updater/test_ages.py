"""Status puts the source that is most overdue first, and says what the owners of data want said."""

from datetime import UTC, date, datetime

import msgspec

from scanner.knowledge import installed
from scanner.knowledge.base import open_base
from scanner.knowledge.updater import ages, run
from tests.knowledge.updater import world

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_each_table_tells_its_age_and_the_age_it_may_have(data, tmp_path):
    (tmp_path / "kev.json").write_bytes(world.kev(dated="2026-11-20"))
    run.update("kev", str(tmp_path / "kev.json"), "", NOW)

    found = {
        row.table: row for row in ages.rows(open_base().sources(), installed.current(), date(2026, 12, 25))
    }

    assert (35, 30, True) == (found["kev"].age, found["kev"].limit, found["kev"].old)
    assert found["kev"].fetched is not None
    assert (None, None, False) == (found["names"].limit, found["names"].fetched, found["names"].old)


def test_the_most_overdue_comes_first_and_lines_say_so():
    found = ages.rows(open_base().sources(), None, date(2027, 1, 1))
    overdue = [row.age / row.limit if row.limit else 0 for row in found]

    assert sorted(overdue, reverse=True) == overdue
    first = next(iter(ages.lines(found)))
    assert " OLD " in first
    assert found[0].table in first
    assert "no limit" in "\n".join(ages.lines(found))


def test_notices_are_said_once(data, tmp_path, feeds):
    (tmp_path / "kev.json").write_bytes(world.kev())
    base = run.update("kev", str(tmp_path / "kev.json"), "", NOW).base
    assert () == ages.notices(base) == ages.notices(None)
    state = msgspec.structs.replace(base.manifest.feeds["kev"], notice="say this")
    manifest = msgspec.structs.replace(base.manifest, feeds={"kev": state, "epss": state})
    assert ("say this",) == ages.notices(msgspec.structs.replace(base, manifest=manifest))


def test_a_base_that_is_passed_over_is_told(data, tmp_path):
    for at in (1, 2):
        (tmp_path / "kev.json").write_bytes(world.kev(more=[f"CVE-2099-1000{at}"]))
        base = run.update("kev", str(tmp_path / "kev.json"), "", NOW).base
    assert [] == list(ages.broken(data))
    base.database.write_bytes(b"x")
    (said,) = ages.broken(data)
    assert "1 bytes, want" in said
