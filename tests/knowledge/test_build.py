"""Facts to SQLite: whole or not at all, and a wrong row is named by file and line."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from scanner.errors import DataError
from scanner.knowledge.build import build, facts_hash, spelling

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


def test_every_table_lands_in_the_base(facts, tmp_path):
    build(facts, tmp_path / "kb.sqlite")

    base = sqlite3.connect(tmp_path / "kb.sqlite")
    assert dict.fromkeys(ROWS, 1) == dict(base.execute("SELECT name, n FROM sources"))
    for table in ROWS.keys() - {"names"}:
        assert (1,) == base.execute(f"SELECT count(*) FROM {table}").fetchone()
    base.close()


def test_names_that_two_products_share_belong_to_neither(facts, tmp_path):
    with (facts / "releases.csv").open("a") as table:
        table.write("other:web,1.0,2001-01-01,day,first-upload,a page\n")
    build(facts, tmp_path / "kb.sqlite")

    base = sqlite3.connect(tmp_path / "kb.sqlite")
    names = dict(base.execute("SELECT name, product FROM names"))
    base.close()
    assert "web" not in names
    assert ("other:web", "acme:os") == (names["other web"], names["os"])


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
    ("oui", "24,", "25,", "want 24, 28 or 36 bits"),
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
        build(facts, tmp_path / "out" / "kb.sqlite")

    assert says in str(refused.value)
    assert f"{table}.csv" in str(refused.value)
    assert [] == list((tmp_path / "out").iterdir())


def test_a_key_that_stands_twice_is_named_by_its_line(facts, tmp_path):
    with (facts / "oui.csv").open("a") as table:
        table.write("24,00001c,Other\n")

    with pytest.raises(DataError, match=r"oui\.csv:3: this key stands twice"):
        build(facts, tmp_path / "kb.sqlite")


def test_a_missing_table_and_one_without_a_source_are_refused(facts, tmp_path):
    (facts / "sources.csv").write_text(SOURCES.replace("oui,2026-08-22,a page,CC0\n", ""))
    with pytest.raises(DataError, match=r"sources\.csv: no source for oui"):
        build(facts, tmp_path / "kb.sqlite")

    (facts / "oui.csv").unlink()
    with pytest.raises(DataError, match=r"oui\.csv"):
        build(facts, tmp_path / "kb.sqlite")


def test_the_hash_names_the_content_and_nothing_else(facts, tmp_path):
    before = facts_hash(facts)
    copy = shutil.copytree(facts, tmp_path / "copy")
    assert before == facts_hash(copy)

    (copy / "oui.csv").write_text("bits,prefix,vendor\n24,00001c,Acme Ltd\n")
    assert before != facts_hash(copy)


def test_builders_at_the_same_time_leave_one_whole_file(facts, tmp_path):
    target = tmp_path / "cache" / "kb.sqlite"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: build(facts, target), range(16)))

    assert [target] == list(target.parent.iterdir())
    base = sqlite3.connect(target)
    assert ("ok",) == base.execute("PRAGMA integrity_check").fetchone()
    base.close()


def test_a_name_is_spelled_in_one_way():
    assert "apache http server" == spelling("  Apache:HTTP_Server ")
