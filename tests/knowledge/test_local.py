"""local.toml: what only the owner knows stands over every table, and a slip of the pen is named with its place."""

from datetime import UTC, date, datetime

import pytest

from scanner.errors import DataError
from scanner.knowledge import local
from scanner.knowledge.base import open_base, shipped
from scanner.knowledge.updater import run
from scanner.knowledge.updater.held import facts

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, tzinfo=UTC)

PRODUCT = """
[[product]]
name = "Ward Manager"
vendor = "Acme"
branch = "3"
released = 2015-01-01
ends = 2027-12-31
also = ["AWM"]
evidence = "contract 2024-17"
"""
DEVICE = '[[device]]\nvendor = "Acme"\nmodel = "PG-100"\nends = 2029-06-30\nevidence = "letter"\n'
BOUGHT = '[[contract]]\nbuild = "10.0.19045"\nbought = true\nuntil = 2027-10-12\nevidence = "invoice 4711"\n'
NOT_BOUGHT = '[[contract]]\nbuild = "10.0.19045"\nbought = false\nevidence = "purchasing"\n'
LINUX = '[[contract]]\nproduct = "Ubuntu Linux"\nbranch = "18.04"\nbought = false\nevidence = "nobody paid"\n'


@pytest.fixture
def read(tmp_path):
    def call(text):
        (tmp_path / "local.toml").write_text(text)
        with facts(shipped()) as known:
            return local.read(tmp_path / "local.toml", known, TODAY)

    return call


@pytest.fixture
def taken(tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_DATA", str(tmp_path / "data"))

    def call(text):
        (tmp_path / "local.toml").write_text(text)
        run.take_in(None, None, NOW, local=tmp_path / "local.toml")
        return open_base()

    return call


def test_a_product_of_the_owners_is_known_by_every_spelling(taken):
    base = taken(PRODUCT + DEVICE)

    for name in ("Ward Manager", "Acme Ward Manager", "awm"):
        assert base.product(name) == "acme:ward_manager"
    (branch,) = base.branches("acme:ward_manager", "3.1.7")
    assert (date(2027, 12, 31), "local: contract 2024-17", "high") == (
        branch.ends,
        branch.source,
        branch.confidence,
    )
    (device,) = base.branches(base.product("PG-100", "Acme"))
    assert ("Acme PG-100", date(2029, 6, 30)) == (device.label, device.ends)
    assert () == base.branches("acme:ward_manager", "4.0")


def test_a_bought_contract_decides_every_edition_of_a_build(taken):
    branches = taken(BOUGHT).windows("10.0.19045")

    assert {date(2027, 10, 12)} == {one.ends for one in branches}
    assert {"local: invoice 4711"} == {one.source for one in branches}
    assert {"high"} == {str(one.confidence) for one in branches}


def test_a_contract_that_was_not_bought_ends_with_the_ordinary_support(taken):
    assert {date(2025, 10, 14)} == {one.ends for one in taken(NOT_BOUGHT).windows("10.0.19045")}


def test_a_contract_may_name_a_product_and_its_branch(taken):
    base = taken(LINUX)
    assert {date(2023, 5, 31)} == {one.ends for one in base.branches("canonical:ubuntu_linux", "18.04")}


def test_the_owners_word_survives_an_update_and_a_second_one_takes_its_place(taken, tmp_path):
    taken(PRODUCT)
    base = taken(DEVICE)

    assert base.product("Ward Manager") is None
    assert base.product("PG-100", "Acme") is not None


def test_an_owners_date_for_a_product_that_we_know_stands_over_ours(taken):
    base = taken(
        '[[product]]\nname = "OpenSSH"\nvendor = "OpenBSD"\nbranch = "7.4"\nends = 2030-01-01\nevidence = "x"'
    )
    assert date(2030, 1, 1) in {one.ends for one in base.branches("openbsd:openssh", "7.4")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            PRODUCT.replace("branch", "branches"),
            r"\[\[product\]\] number 1: unknown key 'branches'; did you mean branch\?",
        ),
        (PRODUCT + "[[products]]\n", r"unknown table \[\[products\]\]; did you mean product\?"),
        ("[[zzz]]", r"unknown table \[\[zzz\]\]$"),
        (DEVICE + DEVICE.replace('model = "PG-100"\n', ""), r"\[\[device\]\] number 2: model is missing"),
        (DEVICE.replace("2029-06-30", '"2029-06-30"'), "ends is '2029-06-30', want a date such as"),
        (DEVICE.replace("2029-06-30", "2029-06-30T00:00:00"), "want a date such as"),
        (DEVICE.replace('"PG-100"', "100"), "model is 100, want a line of text"),
        (DEVICE.replace('"PG-100"', '"***"'), "holds no letter or digit"),
        (DEVICE.replace('"letter"', '"a\\nb"'), "evidence is .*, want a line of text"),
        (PRODUCT.replace("2015-01-01", "2028-01-01"), "before its release"),
        (PRODUCT.replace('["AWM"]', '"AWM"'), "also is a list of names"),
        (BOUGHT.replace("true", "false"), "want bought = true and until"),
        (BOUGHT.replace("true", '"yes"'), "want bought = true"),
        (NOT_BOUGHT.replace("10.0.19045", "10.0.1"), "no table knows 10.0.1"),
        (NOT_BOUGHT.replace('build = "10.0.19045"\n', ""), "want build, or product and branch"),
        (LINUX.replace("Ubuntu Linux", "No Such"), "no table knows No Such 18.04"),
        (LINUX.replace("18.04", "0.1"), "no table knows Ubuntu Linux 0.1"),
        ("[product]\nname = 1", r"want \[\[product\]\], in double brackets"),
        ("product = [1]", "want keys and values"),
        ("", "nothing in it"),
        ("[[product", "local.toml: "),
        ("#" * (local.CAP + 1), "not a local.toml"),
    ],
)
def test_a_slip_is_named_with_its_place(read, text, said):
    with pytest.raises(DataError, match=said):
        read(text)


def test_without_a_date_of_ordinary_support_no_contract_can_be_missing(tmp_path):
    class Open:
        def windows(self, _build):
            return [("windows_builds", {"edition": "standard", "ends": ""})]

    (tmp_path / "local.toml").write_text(NOT_BOUGHT)
    with pytest.raises(DataError, match="no table says when its ordinary support ends"):
        local.read(tmp_path / "local.toml", Open(), TODAY)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        local.read(tmp_path / "local.toml", None, TODAY)
