"""Advisories are read out of CSAF 2.0 documents: affected products only, with the worst score."""

import json

import pytest

from scanner.errors import DataError, HostError
from scanner.knowledge.updater.feeds import csaf
from scanner.knowledge.updater.fetch import Web


def test_each_affected_product_becomes_a_row(feeds, held, day):
    found = csaf.read([feeds / "csaf"], held)

    assert {
        ("ICSMA-26-310-01", "Example Medical", "Pump Gateway", "<3.2"),
        ("ICSMA-26-310-01", "Example Medical", "Pump Charger", "not said"),
        ("ICSA-26-322-04", "Example Grid", "Relay 7", "vers:all/*"),
    } == {tuple(row.values()) for row in found.tables["advisory_products"]}
    assert {
        ("ICSMA-26-310-01", "2026-11-06", "9.1", "CVE-2099-20001 CVE-2099-20002"),
        ("ICSA-26-322-04", "2026-11-18", "", "CVE-2099-20003"),
    } == {tuple(row.values()) for row in found.tables["advisories"]}
    assert (day("2026-11-18"), 2) == (found.dated, found.rows)
    assert ("1 documents of other kinds",) == found.left_out


def test_a_tree_without_end_is_cut(tmp_path, held):
    branch = {"category": "product_name", "name": "x", "product": {"product_id": "P"}}
    for _ in range(30):
        branch = {"category": "product_family", "name": "x", "branches": [branch]}
    tracking = {
        "id": "ICSA-26-001-01",
        "initial_release_date": "2026-01-01",
        "current_release_date": "2026-01-01",
    }
    document = {
        "document": {"csaf_version": "2.0", "tracking": tracking},
        "product_tree": {"branches": [branch]},
        "vulnerabilities": [{"product_status": {"known_affected": ["P"]}}],
    }
    (tmp_path / "icsa-26-001-01.json").write_text(json.dumps(document))

    assert () == csaf.read([tmp_path / "icsa-26-001-01.json"], held).tables["advisory_products"]


def test_a_folder_without_advisories_is_refused(feeds, held):
    with pytest.raises(DataError, match="no advisory named ICSA"):
        csaf.read([feeds / "csaf" / "other-0001.json"], held)


@pytest.mark.parametrize(
    ("since", "names"),
    [
        ("2024-10-24", ["icsma-26-310-01", "icsa-26-322-04"]),
        ("2026-11-06T07:00:00.000Z", ["icsa-26-322-04"]),
        ("2026-11-18T07:00:00.000Z", []),
    ],
)
def test_what_changed_since_is_fetched_oldest_first_and_odd_paths_never(feeds, since, names):
    paths = [path for path, _ in csaf._changed(feeds / "changes.csv", since)]

    assert [f"2026/{name}.json" for name in names] == paths


def test_a_list_of_changes_in_another_form_is_refused(tmp_path):
    (tmp_path / "changes.csv").write_text("path\n")
    with pytest.raises(DataError, match=r"changes.csv:1: want a path and a time"):
        csaf._changed(tmp_path / "changes.csv", "")


def test_one_odd_document_among_many_is_left_out_and_counted(feeds, held, tmp_path):
    text = (feeds / "csaf" / "icsa-26-322-04.json").read_text()
    for at in range(1, 21):
        (tmp_path / f"icsa-26-{at:03}-01.json").write_text(
            text.replace("icsa-26-322-04", f"icsa-26-{at:03}-01")
        )
    (tmp_path / "icsa-26-099-01.json").write_text("<html>")

    found = csaf.read([tmp_path], held)

    assert found.rows == 20
    assert found.left_out[0].startswith("1 documents that cannot be read: icsa-26-099-01.json: an HTML page")
    (tmp_path / "icsa-26-001-01.json").write_text("<html>")
    with pytest.raises(DataError, match="an HTML page"):
        csaf.read([tmp_path], held)


def listing(server, names):
    server.put("/provider-metadata.json", b'{"distributions": [{"directory_url": "white/"}]}')
    server.put("/white/changes.csv", "".join(f'"{name}","2026-01-01T00:00:00Z"\n' for name in names).encode())


def test_a_document_that_is_gone_is_passed_over_but_not_many(feeds, server, tmp_path):
    names = [f"icsa-26-00{at}-01.json" for at in range(csaf.MISSED + 1)]
    listing(server, [*names, "icsa-26-322-04.json"])
    server.put("/white/icsa-26-322-04.json", (feeds / "csaf" / "icsa-26-322-04.json").read_bytes())
    server.put(f"/white/{names[0]}", (feeds / "csaf" / "icsa-26-322-04.json").read_bytes())
    web, root = Web(sleep=lambda _: None), server.url("/provider-metadata.json")

    came = csaf.gather(web, root, tmp_path, {}, "")
    assert {names[0], "icsa-26-322-04.json", csaf.CHANGES} == {one.name for one in came}

    listing(server, [f"icsa-26-10{at}-01.json" for at in range(csaf.MISSED + 1)])
    with pytest.raises(HostError, match="HTTP 404"):
        csaf.gather(web, root, tmp_path, {}, "")


def test_a_provider_that_names_no_folder_is_refused(server, tmp_path):
    server.put("/provider-metadata.json", b'{"distributions": [{}]}')
    with pytest.raises(DataError, match="names no folder of documents"):
        csaf.gather(Web(sleep=print), server.url("/provider-metadata.json"), tmp_path, {}, "")
