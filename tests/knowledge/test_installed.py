"""Which base is in use: the first of the list that is whole, or the one that an engagement is pinned to."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.errors import DataError, StoreError
from scanner.knowledge import base as bases
from scanner.knowledge import installed
from scanner.knowledge.base import open_base
from scanner.knowledge.updater import run
from tests.knowledge.updater import world

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "knowledge"


@pytest.fixture
def two(data, tmp_path):
    """Ids of two bases, the older first."""
    names = []
    for at in (1, 2):
        (tmp_path / "kev.json").write_bytes(world.kev(more=[f"CVE-2099-1000{at}"]))
        names.append(run.update("kev", str(tmp_path / "kev.json"), "", NOW).base.manifest.id)
    return names


def test_the_newest_is_in_use(two):
    assert installed.current().manifest.id == two[1]
    assert (two[1], two[0]) == installed.listed(installed.home())


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "kb.sqlite").write_bytes(b"x"),
        lambda folder: (folder / "kb.sqlite").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text(
            (folder / "manifest.json").read_text().replace("stalehost-kb/1", "stalehost-kb/9")
        ),
    ],
)
def test_one_that_is_not_whole_is_passed_over(data, two, harm):
    harm(data / two[1])

    assert installed.current().manifest.id == two[0]
    assert open_base().kev("CVE-2099-10001") is not None
    with pytest.raises(DataError):
        installed.load(data / two[1])


def test_without_any_the_shipped_one_is_in_use(data):
    assert installed.current() is None
    assert open_base().kev("CVE-2017-0144") is not None


def test_a_list_with_odd_names_leads_nowhere_else(data, two):
    (data / "current").write_text(f"../../etc\n{two[0]}\n")
    assert (two[0],) == installed.listed(data)
    (data / "current").write_bytes(b"\xff")
    with pytest.raises(StoreError, match="cannot read"):
        installed.listed(data)


def test_an_engagement_is_judged_with_the_base_that_it_is_pinned_to(two, tmp_path):
    root = tmp_path / "e"
    root.mkdir()
    assert open_base(engagement=root).kev("CVE-2099-10002") is not None
    (root / "kb.pin").write_text(two[0] + "\n")
    assert open_base(engagement=root).kev("CVE-2099-10002") is None
    assert open_base(engagement=root).kev("CVE-2099-10001") is not None
    (root / "kb.pin").write_text("shipped")
    assert open_base(engagement=root).kev("CVE-2099-10001") is None


@pytest.mark.parametrize(
    ("pin", "said"),
    [
        ("20260101-00000000", "is not here"),
        ("../x", "is not the id of a knowledge base"),
        ("", "is not the id"),
    ],
)
def test_a_pin_to_a_base_that_is_not_here_is_never_passed_over(two, tmp_path, pin, said):
    (tmp_path / "kb.pin").write_text(pin)
    with pytest.raises(DataError, match=said):
        open_base(engagement=tmp_path)


def test_a_newer_program_lays_the_same_updates_over_its_own_facts(two, tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_CACHE", str(tmp_path / "cache"))
    other = tmp_path / "facts"
    other.mkdir()
    for table in bases._FACTS.glob("*.csv"):
        text = table.read_text(encoding="utf-8")
        (other / table.name).write_text(
            text + "zzz example,example:zzz,test,2026-11-23,high\n" if table.stem == "names" else text,
            encoding="utf-8",
        )
    monkeypatch.setattr(bases, "_FACTS", other)

    first, second = open_base(), open_base()

    assert first.product("zzz example") == "example:zzz"
    assert first.kev("CVE-2099-10002") is not None
    assert first.version == second.version


def test_a_wheel_which_carries_no_tables_is_updated_too(data, tmp_path, monkeypatch):
    built = tmp_path / "site-packages" / "kb.sqlite"
    bases.build([bases._FACTS], built)
    built.chmod(0o444)
    monkeypatch.setattr(bases, "_SHIPPED", built)
    monkeypatch.setattr(bases, "_FACTS", tmp_path / "none")
    (tmp_path / "kev.json").write_bytes(world.kev(more=["CVE-2099-10001"]))

    run.update("kev", str(tmp_path / "kev.json"), "", NOW)

    assert open_base().kev("CVE-2099-10001") is not None
    assert bases.shipped() == built


def test_where_nothing_can_be_kept_an_update_says_so(data, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STALEHOST_CACHE", str(tmp_path / "file" / "x"))
    with pytest.raises(StoreError, match="cannot write"):
        bases.shipped()


def test_updates_that_do_not_fit_a_newer_program_are_named(two, tmp_path, monkeypatch):
    monkeypatch.setattr(bases, "content", lambda _path: "another")
    monkeypatch.setenv("STALEHOST_CACHE", str(tmp_path / "cache"))
    table = installed.current().folder / "tables" / "kev" / "kev.csv"
    table.write_text(table.read_text().replace("ransomware", "ransom", 1))
    with pytest.raises(DataError, match="does not fit this version of the program"):
        open_base()


def test_a_run_holds_the_bases_and_never_fails_for_it(data, tmp_path, monkeypatch):
    with (
        installed.in_use(),
        pytest.raises(StoreError, match="because"),
        installed.alone(data, "lock", "because"),
    ):
        pass
    with installed.alone(data, "lock", "because"), installed.in_use():
        pass
    (tmp_path / "file").write_text("")
    with installed.in_use(tmp_path / "file" / "x"):
        pass
    with (
        pytest.raises(StoreError, match="cannot write"),
        installed.alone(tmp_path / "file" / "x", "lock", "because"),
    ):
        pass


def test_without_locks_as_on_windows_both_still_work(data, monkeypatch):
    monkeypatch.setattr(installed, "fcntl", None)
    with installed.in_use(), installed.alone(data, "lock", "because"):
        pass


@pytest.mark.parametrize(
    ("platform", "variable", "want"),
    [
        ("linux", "XDG_DATA_HOME", "x/stalehost"),
        ("win32", "LOCALAPPDATA", "x/stalehost"),
        ("darwin", "", "Library/Application Support/stalehost"),
        ("linux", "", ".local/share/stalehost"),
        ("win32", "", "AppData/Local/stalehost"),
    ],
)
def test_data_lies_where_each_system_wants_it(monkeypatch, platform, variable, want):
    monkeypatch.delenv("STALEHOST_DATA")
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "x")
    monkeypatch.setattr(sys, "platform", platform)

    assert installed.data_dir() == (Path(want) if variable else Path.home() / want)


def test_the_owners_tables_come_last(tmp_path):
    for name in ("kev", "local", "ubuntu", "csaf"):
        (tmp_path / "tables" / name).mkdir(parents=True)
    assert ["csaf", "kev", "ubuntu", "local"] == [one.name for one in installed.overlays(tmp_path)]
