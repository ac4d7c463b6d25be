"""The shipped knowledge base answers, and opens wherever it may."""

import os
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.knowledge import base as module
from scanner.knowledge.base import cache_dir, open_base
from scanner.knowledge.build import build
from scanner.model.knowledge import Confidence

FACTS = Path(module.__file__).parent / "facts"


def labels(branches):
    return {(one.label, one.ends) for one in branches}


@pytest.mark.parametrize(
    ("build_text", "want"),
    [
        ("6.1.7601", ("Windows Embedded POSReady 7 with ESU", date(2024, 10, 14))),
        ("6.1.7601.24214", ("Windows 7 SP1 with ESU", date(2023, 1, 10))),
        ("6.1 (Build 7601)", ("Windows Server 2008 R2 SP1", date(2020, 1, 14))),
        ("7601", ("Windows 7 SP1", date(2020, 1, 14))),
        ("6.0.6002", ("Windows Vista SP2", date(2017, 4, 11))),
        ("5.1.2600", ("Windows Embedded POSReady 2009", date(2019, 4, 9))),
        ("10.0.17763", ("Windows 10 1809 Enterprise LTSC", date(2029, 1, 9))),
        ("10.0.17763", ("Windows Server 2019", date(2029, 1, 9))),
        ("10.0.14393", ("Windows Server 2016", date(2027, 1, 12))),
        ("10.0.19045", ("Windows 10 22H2 with commercial ESU", date(2028, 10, 10))),
        ("10.0.19044", ("Windows 10 21H2 IoT Enterprise LTSC", date(2032, 1, 13))),
    ],
)
def test_a_windows_build_gives_each_edition_with_its_end(build_text, want, shipped):
    assert want in labels(shipped.windows(build_text))


@pytest.mark.parametrize("build_text", ["", "6.1.0", "10.0.99999", "99999", "6.0.6200", "garbage"])
def test_an_unknown_build_gives_nothing(build_text, shipped):
    assert () == shipped.windows(build_text)


@pytest.mark.parametrize(
    ("product", "version", "want"),
    [
        ("canonical:ubuntu_linux", "22.04.3", "Ubuntu 22.04 LTS"),
        ("canonical:ubuntu_linux", "xenial", "Ubuntu 16.04 LTS"),
        ("redhat:enterprise_linux", "7.9", "Red Hat Enterprise Linux 7"),
        ("freebsd:freebsd", "13.2-RELEASE-p3", "FreeBSD 13.2"),
        ("debian:debian_linux", "10.13", "Debian 10 (Buster)"),
        ("cisco:ios", "12.2(55)SE", "Cisco IOS 12.2"),
        ("fortinet:fortios", "v6.0.4", "FortiOS 6.0"),
        ("microsoft:windows_7", "6.1.7601", "Windows 7 SP1"),
        ("microsoft:windows_10", "21H2", "Windows 10 21H2 Enterprise LTSC"),
    ],
)
def test_a_version_falls_into_its_longest_branch(product, version, want, shipped):
    got = shipped.branches(product, version)

    assert want in {one.label for one in got}
    assert 1 == len({one.branch for one in got})


def test_without_a_version_every_branch_is_a_reading(shipped):
    assert len({one.branch for one in shipped.branches("canonical:ubuntu_linux")}) > 20
    assert () == shipped.branches("canonical:ubuntu_linux", "99.04")
    assert () == shipped.branches("acme:nothing")


def test_branches_come_oldest_end_first(shipped):
    ends = [one.ends or date.max for one in shipped.branches("debian:debian_linux")]

    assert sorted(ends) == ends


@pytest.mark.parametrize(
    ("name", "vendor", "product"),
    [
        ("Windows 7 Professional", None, "microsoft:windows_7"),
        ("Microsoft Windows Server 2008 R2 Standard", None, "microsoft:windows_server_2008_r2"),
        ("Windows Server 2008", "Microsoft", "microsoft:windows_server_2008"),
        ("Windows 8.1", "Microsoft", "microsoft:windows_8.1"),
        ("Windows 7 or Server 2008 R2", None, None),
        ("Windows", "Microsoft", None),
        ("cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:*:*", None, "microsoft:windows_7"),
        ("IOS", "Cisco", "cisco:ios"),
        ("iOS", "Apple", "apple:iphone_os"),
        ("HTTPD", "Apache", "apache:http_server"),
        ("nginx", None, "f5:nginx"),
        ("iLO 4", "HP", "hp:integrated_lights-out_4"),
        ("DCMTK", "OFFIS", "offis:dcmtk"),
        ("AOS", "APC", None),
        ("AOS", "Nutanix Inc.", "nutanix:aos"),
        ("AOS", None, "nutanix:aos"),
        ("HTTP Server", "Canon", None),
        ("Frobnicator", None, None),
        ("", None, None),
    ],
)
def test_a_name_for_people_is_found_or_honestly_not(name, vendor, product, shipped):
    assert product == shipped.product(name, vendor)


def test_a_release_is_known_by_its_exact_version_only(shipped):
    got = shipped.released("openbsd:openssh", "7.4p1")

    assert (date(2016, 12, 19), Confidence.HIGH) == (got.day, got.confidence)
    assert shipped.released("openbsd:openssh", "7.4p99") is None
    assert date(2013, 4, 2) == shipped.released("microsoft:exchange_server", "15.0.620.29").day


def test_a_package_revision_is_dated_without_its_epoch(shipped):
    assert date(2019, 2, 9) == shipped.released("deb:openssh", "7.4p1-10+deb9u5").day
    assert shipped.released("deb:openssh", "0-0") is None


@pytest.mark.parametrize(
    ("mac", "vendor"),
    [
        ("00:00:01:12:34:56", "Xerox Corporation"),
        ("00:1b:21:3c:4d:5e", "Intel Corporate"),
        ("02:1b:21:3c:4d:5e", None),
        ("01:00:5e:00:00:01", None),
        ("fc:ff:fe:00:00:01", None),
    ],
)
def test_a_card_is_known_by_its_longest_prefix(mac, vendor, shipped):
    assert vendor == shipped.vendor(mac)


def test_a_small_block_beats_the_registry_that_split_it(shipped):
    big, small = shipped.vendor("8c:1f:64:ff:ff:ff"), shipped.vendor("8c:1f:64:00:00:01")

    assert small is not None
    assert big != small


@pytest.mark.parametrize(
    ("uid", "maker"),
    [
        ("1.2.276.0.7230010.3.0.3.6.2", "OFFIS DCMTK"),
        ("1.2.40.0.13.1.1", "dcm4che 2"),
        ("1.2.40.0.13.1.1.5", "dcm4che 2"),
        ("1.2.40.0.13.1.15", None),
        ("9.9", None),
    ],
)
def test_a_dicom_root_is_matched_at_a_dot(uid, maker, shipped):
    got = shipped.dicom_root(uid)

    assert (got or "").startswith(maker or "")
    assert (got is None) == (maker is None)


def test_exposures_come_by_id_with_their_parts_split(shipped):
    got = {one.id: one for one in shipped.exposures()}

    assert sorted(got) == [one.id for one in shipped.exposures()]
    blue = got["bluekeep"]
    assert (("CVE-2019-0708",), ("tcp/3389",), date(2019, 5, 14), True) == (
        blue.cves,
        blue.ports,
        blue.fixed,
        blue.in_kev,
    )
    assert Confidence.UNVERIFIED is got["ms03-026"].confidence
    assert "WannaCry" in got["ms17-010"].malware


def test_every_table_says_where_it_is_from(shipped):
    assert {"branches", "oui", "releases"} < {one.name for one in shipped.sources()}
    assert all(one.rows > 0 and one.source and one.licence for one in shipped.sources())


def test_the_version_is_the_same_for_the_same_facts_and_rules(shipped):
    assert open_base().version == shipped.version
    assert 16 == len(shipped.version)
    assert () == shipped.rules("no.such.field")


def test_a_base_is_opened_by_its_path(tmp_path):
    build([FACTS], tmp_path / "own kb.sqlite")

    assert open_base(tmp_path / "own kb.sqlite").windows("6.1.7601")


def test_a_shipped_base_is_used_where_there_are_no_facts(tmp_path, monkeypatch):
    build([FACTS], tmp_path / "kb.sqlite")
    monkeypatch.setattr(module, "_SHIPPED", tmp_path / "kb.sqlite")
    monkeypatch.setattr(module, "_FACTS", tmp_path / "gone")

    assert open_base().windows("6.1.7601")
    assert ["kb.sqlite"] == [one.name for one in tmp_path.iterdir()]


def test_what_is_no_base_is_refused(tmp_path):
    (tmp_path / "text").write_text("no database at all, only a long enough text " * 30)
    sqlite3.connect(tmp_path / "other").executescript(
        "CREATE TABLE meta (key TEXT, value TEXT)"
    ).connection.close()

    for name in ("text", "missing", "other"):
        with pytest.raises(DataError, match=name):
            open_base(tmp_path / name)


def test_a_first_use_builds_into_the_cache_and_a_second_reads_it(tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_CACHE", str(tmp_path))
    open_base()
    (built,) = tmp_path.iterdir()
    stamp = built.stat().st_mtime_ns

    open_base()

    assert [stamp] == [one.stat().st_mtime_ns for one in tmp_path.iterdir()]


def test_the_cache_keeps_only_the_newest_few(tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_CACHE", str(tmp_path))
    for age in range(5):
        old = tmp_path / f"kb-1-{age}.sqlite"
        old.touch()
        os.utime(old, (1_000_000 - age, 1_000_000 - age))

    open_base()

    kept = {one.name for one in tmp_path.iterdir()}
    assert 3 == len(kept)
    assert {"kb-1-0.sqlite", "kb-1-1.sqlite"} < kept


def test_a_cut_off_cache_file_is_built_again(tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_CACHE", str(tmp_path))
    open_base()
    (built,) = tmp_path.iterdir()
    built.write_bytes(b"")

    assert open_base().windows("6.1.7601")
    assert built.stat().st_size > 0


def test_without_a_place_to_write_the_base_is_kept_in_memory(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("a file where the folder would be")
    monkeypatch.setenv("STALEHOST_CACHE", str(tmp_path / "file" / "cache"))

    assert open_base().windows("6.1.7601")


@pytest.mark.parametrize(
    ("platform", "variables", "want"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/stalehost"),
        ("linux", {}, "/home/me/.cache/stalehost"),
        ("darwin", {}, "/home/me/Library/Caches/stalehost"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/stalehost"),
        ("win32", {}, "/home/me/AppData/Local/stalehost"),
    ],
)
def test_the_cache_stands_where_the_platform_keeps_caches(platform, variables, want, monkeypatch):
    for name in ("STALEHOST_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module.sys, "platform", platform)
    monkeypatch.setattr(module.Path, "home", lambda: Path("/home/me"))

    assert Path(want) == cache_dir()
