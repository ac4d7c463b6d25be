"""Facts to SQLite: whole or not at all, and a wrong row is named by file and line."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from scanner.errors import DataError
from scanner.knowledge.build import build, facts_hash
from scanner.knowledge.tables import TABLES

ROWS = {
    "branches": (
        "product,branch,edition,label,released,ends,open_ended,aliases,source,looked_up,confidence",
        "acme:os,1,standard,AcmeOS 1,2000-01-01,2010-01-01,no,alpha,a page,2026-08-22,high",
    ),
    "windows_builds": (
        "build,product,branch,edition,label,released,ends,open_ended,source,looked_up,confidence",
        "6.1.7601,microsoft:windows_7,SP1,standard,Windows 7 SP1,,2020-01-14,no,a page,2026-08-22,high",
    ),
    "releases": ("product,version,day,precision,kind,source", "acme:web,1.0,2001-01-01,day,maker,a page"),
    "exchange_builds": (
        "build,product,update,day,precision,source",
        "15.0.1,Exchange2013,CU1,2013-04-02,day,a page",
    ),
    "debian_revisions": ("package,revision,suite,day,source", "web,1:1.0-1,sid,2001-01-02,a log"),
    "exposures": (
        (
            "id,name,gate,tier,cves,ports,fixed,in_kev,malware,present,success,never_do,pitfalls,remedy,min_profile,"
            "source,looked_up,confidence"
        ),
        "hole,A hole,smb-rce,3,CVE-2017-0144,tcp/445,2017-03-14,yes,Worm,0.5,0.5,,,Mend it,office,a page,2026-08-22,high",
    ),
    "distro_releases": (
        "distro,series,version,created,released,ends,source,looked_up,confidence",
        "debian,stretch,9,2015-04-26,2017-06-17,2027-06-30,a page,2026-08-22,high",
    ),
    "windows_updates": (
        "build,revision,day,kb,source,looked_up,confidence",
        "10.0.17763,557,2019-06-11,KB4503327,a page,2026-08-22,high",
    ),
    "ubuntu_revisions": ("package,revision,suite,day,source", "web,1.0-1ubuntu1,xenial,2016-01-02,a log"),
    "source_packages": ("product,package,source", "acme:web,web,own list"),
    "fixes": (
        "day,advisory,package,suite,fixed,cves",
        "2019-02-09,DSA-1,web,stretch,1:1.0-1+deb9u1,CVE-2018-0001 CVE-2018-0002",
    ),
    "ubuntu_fixes": ("day,advisory,package,suite,fixed,cves", "2019-02-09,USN-1,web,xenial,1.0-1ubuntu2,"),
    "kev": (
        "cve,vendor,product,added,due,ransomware,source,looked_up,confidence",
        "CVE-2017-0144,Microsoft,SMBv1,2022-02-10,2022-08-10,yes,a list,2026-08-07,high",
    ),
    "kev_readable": (
        "cve,readable,source,looked_up,confidence",
        "CVE-2017-0144,V,own rules,2026-08-07,medium",
    ),
    "epss": ("cve,score,percentile,day,source,confidence", "CVE-2017-0144,0.9,0.99,2026-08-22,FIRST,high"),
    "cvss": ("cve,score,source,looked_up,confidence", "CVE-2017-0144,8.8,NVD,2026-08-22,high"),
    "ssvc": (
        "cve,exploitation,automatable,impact,day,source,confidence",
        "CVE-2017-0144,active,yes,total,2024-08-01,a list,high",
    ),
    "affected": (
        "cve,product,start,below,upto,condition,source,looked_up,confidence",
        "CVE-2018-0001,acme:web,,1.1,,platform=windows,a record,2026-08-22,high",
    ),
    "advisories": ("id,day,cvss,cves", "ICSMA-1,2020-01-02,9.8,CVE-2018-0001"),
    "advisory_products": ("advisory,vendor,product,version", "ICSMA-1,Acme,Pump,all"),
    "enterprises": ("number,name", "9,Acme Networks"),
    "sysobjects": (
        "prefix,name,kind,source,looked_up,confidence",
        "1.3.6.1.4.1.9.1,Acme Switch,network,a page,2026-08-22,medium",
    ),
    "oui": ("bits,prefix,vendor", "24,00001c,Acme"),
    "dicom_roots": ("prefix,maker,kind,source,confidence", "1.2.3.,Acme,toolkit,a page,high"),
    "names": ("name,product,source", "acme web,acme:web,own list"),
}
SOURCES = "table,dated,source,licence\n" + "".join(f"{table},2026-08-22,a page,CC0\n" for table in ROWS)


@pytest.fixture
def facts(tmp_path):
    folder = tmp_path / "facts"
    folder.mkdir()
    for table, rows in ROWS.items():
        (folder / f"{table}.csv").write_text("\n".join(rows) + "\n")
    (folder / "sources.csv").write_text(SOURCES)
    return folder


def read(path, query):
    base = sqlite3.connect(path)
    try:
        return base.execute(query).fetchall()
    finally:
        base.close()


def test_every_table_lands_in_the_base(facts, tmp_path):
    build([facts], tmp_path / "kb.sqlite")

    assert TABLES.keys() == ROWS.keys()
    counts = dict(read(tmp_path / "kb.sqlite", "SELECT name, n FROM sources"))
    assert dict.fromkeys(ROWS, 1) | {"releases": 2} == counts  # an Exchange build is a release too
    for table in ROWS:
        assert [(counts[table],)] == read(tmp_path / "kb.sqlite", f"SELECT count(*) FROM {table}")


def test_names_that_two_products_share_belong_to_neither(facts, tmp_path):
    with (facts / "releases.csv").open("a") as table:
        table.write("other:web,1.0,2001-01-01,day,first-upload,a page\n")
    build([facts], tmp_path / "kb.sqlite")

    names = dict(read(tmp_path / "kb.sqlite", "SELECT name, product FROM spellings"))
    assert "web" not in names
    assert ("other:web", "acme:os") == (names["other web"], names["os"])


def over(tmp_path, name, **tables):
    """A later folder with these tables."""
    folder = tmp_path / name
    folder.mkdir()
    for table, rows in tables.items():
        (folder / f"{table}.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_later_folder_overrides_rows_by_key_and_adds_new_ones(facts, tmp_path):
    head, row = ROWS["branches"]
    own = row.replace("2010-01-01", "2012-12-31")
    later = over(tmp_path, "local", branches=(head, own, own.replace(",1,", ",2,", 1)))

    build([facts, later], tmp_path / "kb.sqlite")

    got = read(tmp_path / "kb.sqlite", "SELECT branch, ends FROM branches ORDER BY branch")
    assert [("1", date(2012, 12, 31).toordinal()), ("2", date(2012, 12, 31).toordinal())] == got


def test_a_feed_that_holds_everything_replaces_its_whole_table(facts, tmp_path):
    head, row = ROWS["kev"]
    later = over(tmp_path, "fetched", kev=(head, row.replace("CVE-2017-0144", "CVE-2026-0001")))

    build([facts, later], tmp_path / "kb.sqlite")

    assert [("CVE-2026-0001",)] == read(tmp_path / "kb.sqlite", "SELECT cve FROM kev")


def test_a_later_folder_tells_the_day_of_its_tables_or_leaves_it(facts, tmp_path):
    head, row = ROWS["epss"]
    fetched = over(
        tmp_path,
        "fetched",
        epss=(head, row),
        sources=("table,dated,source,licence", "epss,2026-11-01,FIRST,free"),
    )
    local = over(tmp_path, "local", branches=ROWS["branches"])

    build([facts, fetched, local], tmp_path / "kb.sqlite")

    days = dict(read(tmp_path / "kb.sqlite", "SELECT name, dated FROM sources"))
    assert date(2026, 11, 1).toordinal() == days["epss"]
    assert date(2026, 8, 22).toordinal() == days["branches"]


def test_folders_upon_a_built_base_give_the_same_rows_as_all_folders_at_once(facts, tmp_path):
    head, row = ROWS["releases"]
    later = over(tmp_path, "fetched", releases=(head, row.replace("acme:web", "other:web")))
    build([facts], tmp_path / "shipped.sqlite")

    build([later], tmp_path / "upon.sqlite", upon=tmp_path / "shipped.sqlite")
    build([facts, later], tmp_path / "once.sqlite")

    for table in [*TABLES, "spellings", "sources"]:
        query = f"SELECT * FROM {table} ORDER BY 1, 2"
        assert read(tmp_path / "once.sqlite", query) == read(tmp_path / "upon.sqlite", query)
    (shipped, upon) = (
        read(tmp_path / f"{name}.sqlite", "SELECT value FROM meta WHERE key = 'facts'")
        for name in ("shipped", "upon")
    )
    assert shipped != upon


def test_a_source_line_for_no_table_is_refused(facts, tmp_path):
    later = over(tmp_path, "fetched", sources=("table,dated,source,licence", "kevv,2026-11-01,CISA,CC0"))

    with pytest.raises(DataError, match=r"sources\.csv:2: table is 'kevv', want a table's name"):
        build([facts, later], tmp_path / "kb.sqlite")


WRONG = [
    ("branches", "2010-01-01", "1999-12-31", "ends is '1999-12-31', want no day before the release"),
    ("branches", "2010-01-01", "2010-02-30", "want a date"),
    ("branches", ",no,", ",yes,", "since an end is named"),
    ("branches", ",no,", ",maybe,", "want yes or no"),
    ("branches", ",high", ",sure", "want high | medium | low | unverified"),
    ("branches", "a page", "", "source is '', want some text"),
    ("branches", "acme:os,", "acme os,", "want vendor:product"),
    ("branches", ",high", "", "wants 11 cells"),
    ("branches", ",high", ",high,more", "wants 11 cells"),
    ("branches", "edition", "contract", "no column 'edition'"),
    ("windows_builds", "6.1.7601", "7601", "want a build"),
    ("exposures", ",3,", ",4,", "tier is '4', want 0 to 3"),
    ("exposures", ",0.5,0.5,", ",x,0.5,", "want a number"),
    ("exposures", "tcp/445", "445", "want ports"),
    ("oui", "24,", "25,", "want 24 | 28 | 36"),
    ("oui", "00001c", "00:00:1c", "want lower-case hex digits"),
    ("kev", "CVE-2017-0144", "2017-0144", "want CVE-year-number"),
    ("fixes", "CVE-2018-0001 CVE", "CVE-2018-0001; CVE", "want CVE ids, blanks between"),
    ("epss", "0.99", "99", "want 0 to 1"),
    ("windows_updates", ",557,", ",-1,", "want a whole number"),
    ("sysobjects", "1.3.6.1.4.1.9.1", ".1.3.6", "want numbers with dots between"),
    ("names", "acme web", "Acme  Web", "want 'acme web'"),
    ("releases", "2001-01-01", "2001", "want a date"),
    ("releases", "a page", '"a page', "releases.csv"),
]


@pytest.mark.parametrize(("table", "old", "new", "says"), WRONG, ids=[f"{w[0]}:{w[3]}" for w in WRONG])
def test_a_wrong_row_stops_the_build_and_is_named(table, old, new, says, facts, tmp_path):
    path = facts / f"{table}.csv"
    head, row = ROWS[table]
    text = f"{head.replace(old, new)}\n{row}\n" if old in head else f"{head}\n{row.replace(old, new, 1)}\n"
    path.write_text(text)

    with pytest.raises(DataError) as refused:
        build([facts], tmp_path / "out" / "kb.sqlite")

    assert says in str(refused.value)
    assert f"{table}.csv" in str(refused.value)
    assert [] == list((tmp_path / "out").iterdir())


def test_a_key_that_stands_twice_is_named_by_its_line(facts, tmp_path):
    with (facts / "oui.csv").open("a") as table:
        table.write("24,00001c,Other\n")

    with pytest.raises(DataError, match=r"oui\.csv:3: this key stands twice"):
        build([facts], tmp_path / "kb.sqlite")


def test_a_missing_table_and_one_without_a_source_are_refused(facts, tmp_path):
    (facts / "sources.csv").write_text(SOURCES.replace("oui,2026-08-22,a page,CC0\n", ""))
    with pytest.raises(DataError, match=r"sources\.csv: no source for oui"):
        build([facts], tmp_path / "kb.sqlite")

    (facts / "oui.csv").unlink()
    with pytest.raises(DataError, match=r"oui\.csv"):
        build([facts], tmp_path / "kb.sqlite")


def test_the_hash_names_the_content_and_nothing_else(facts, tmp_path):
    before = facts_hash([facts])
    copy = shutil.copytree(facts, tmp_path / "copy")
    assert before == facts_hash([copy])

    (copy / "oui.csv").write_text("bits,prefix,vendor\n24,00001c,Acme Ltd\n")
    assert before != facts_hash([copy])


def test_builders_at_the_same_time_leave_one_whole_file(facts, tmp_path):
    target = tmp_path / "cache" / "kb.sqlite"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: build([facts], target), range(16)))

    assert [target] == list(target.parent.iterdir())
    base = sqlite3.connect(target)
    assert ("ok",) == base.execute("PRAGMA integrity_check").fetchone()
    base.close()
