"""NVD's pages become affected ranges that keep what else must be there as a condition."""

import json

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import nvd
from scanner.knowledge.updater.fetch import Web


@pytest.fixture
def found(feeds, held):
    return nvd.read([feeds / "nvd-000000.json"], held)


def test_a_range_keeps_its_bounds_and_what_it_runs_with(found):
    row = next(row for row in found.tables["affected"] if row["start"] == "2.0")

    assert ("CVE-2099-10001", "example:gateway_firmware", "2.0", "2.4.1", "") == tuple(
        row[name] for name in ("cve", "product", "start", "below", "upto")
    )
    assert row["condition"] == "with example:gw100 or example:gw200"


def test_one_exact_version_is_a_range_of_one_with_its_update_as_a_condition(found):
    row = next(row for row in found.tables["affected"] if row["start"] == "1.9")

    assert ("1.9", "", "1.9") == (row["start"], row["below"], row["upto"])
    assert row["condition"] == "update sp1; with example:gw100 or example:gw200"


def test_a_product_takes_our_name_and_a_left_out_start_is_said(found):
    row = next(row for row in found.tables["affected"] if row["product"] == "openbsd:openssh")

    assert ("8.0", "8.4", "on linux, not 8.0 itself") == (row["start"], row["upto"], row["condition"])


def test_hardware_that_is_only_stood_on_is_never_named_as_affected(found):
    assert {"example:gateway_firmware", "openbsd:openssh"} == {
        row["product"] for row in found.tables["affected"]
    }


def test_what_cannot_be_said_is_counted(found):
    """A negated condition, and a name that is no name of ours."""
    assert ("2 version ranges whose condition cannot be put into words",) == found.left_out


def test_the_primary_score_of_the_newest_scale_counts(found):
    assert [("CVE-2099-10001", "9.8")] == [(row["cve"], row["score"]) for row in found.tables["cvss"]]


def test_a_missing_page_is_noticed(feeds, held, tmp_path):
    page = json.loads((feeds / "nvd-000000.json").read_text())
    page["totalResults"] = 3
    (tmp_path / "nvd-000000.json").write_text(json.dumps(page))

    with pytest.raises(DataError, match="NVD has 3 entries, but these pages hold 2"):
        nvd.read([tmp_path / "nvd-000000.json"], held)


def test_a_negated_neighbour_and_a_crowd_of_neighbours():
    crowd = [{"vulnerable": False, "criteria": f"cpe:2.3:h:e:x{at}:-:*:*:*:*:*:*:*"} for at in range(8)]
    node = nvd.raw.decoded("x", json.dumps({"cpeMatch": crowd}).encode(), nvd._Node)

    assert nvd._with(node).endswith("e:x5 or 2 others")
    assert nvd._with(nvd._Node()) == ""


def test_quoted_colons_stay_inside_their_part():
    assert ["cpe", "2.3", "a", "ex:ample", "odd!name"] == nvd.split(r"cpe:2.3:a:ex\:ample:odd\!name:*")[:5]
    assert len(nvd.split("cpe:2.3:a")) == 13


def test_a_count_that_cannot_be_ends_the_paging(server, tmp_path):
    server.put("/cves", b'{"totalResults": 99999999}')
    with pytest.raises(DataError, match="entries in KEV cannot be"):
        nvd.gather(Web(sleep=print), server.url("/cves"), tmp_path, {}, "")
    assert len(server.asked) == 1
