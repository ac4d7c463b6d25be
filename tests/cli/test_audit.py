"""`audit verify` names the line that someone touched; `audit show` is the harm budget."""

import json

import pytest

from scanner.errors import StoreError

NOW = "2026-11-23T13:00:00+00:00"


def test_an_untouched_record_verifies_with_the_end_that_the_database_kept(run, engagement):
    said = run("audit", "verify")

    assert said.exit_code == 0
    assert "none changed, lost or moved; 1 known ends found" in said.stdout


def drop(lines):
    del lines[5]
    return 6


def change(lines):
    lines[7] = lines[7].replace(b'"port"', b'"p0rt"', 1).replace(b'"event"', b'"Event"', 1)
    return 9


def swap(lines):
    lines[3], lines[4] = lines[4], lines[3]
    return 4


def put_in(lines):
    lines.insert(2, lines[2])
    return 4


def cut(lines):
    del lines[-3:]
    return len(lines)


def change_last(lines):
    lines[-1] = lines[-1].replace(b'"event"', b'"Event"')
    return len(lines)


@pytest.mark.parametrize("harm", [drop, change, swap, put_in, cut, change_last], ids=lambda one: one.__name__)
def test_every_kind_of_tampering_is_refused_with_its_line(run, engagement, harm):
    lines = (engagement / "audit.jsonl").read_bytes().splitlines(keepends=True)
    at = harm(lines)
    (engagement / "audit.jsonl").write_bytes(b"".join(lines))

    said = run("audit", "verify")

    assert isinstance(said.exception, StoreError)
    assert f"audit.jsonl:{at}: " in str(said.exception)


def test_an_end_that_a_report_printed_is_looked_for(run, engagement):
    said = run("audit", "verify", "--head", "f" * 64)

    assert "was once its last: it is gone" in str(said.exception)


def test_without_a_database_the_chain_alone_is_held(run, engagement):
    assert "0 known ends" in run("audit", "verify", "--db", "none.db").stdout


def test_show_tells_what_each_address_had_to_bear(run, engagement):
    rows = [json.loads(line) for line in run("audit", "show", "--json").stdout.splitlines()]
    text = run("audit", "show").stdout

    assert len(rows) > 30
    assert {row["schema"] for row in rows} == {"stalehost/1"}
    assert all(row["initiations"] >= row["connections"] for row in rows)
    assert sum(row["sent"] for row in rows) > 1000
    assert text.splitlines()[0].split()[0] == "address"
    assert str(sum(row["sent"] for row in rows)) in text


def test_the_report_prints_the_harm_budget_and_the_end_of_the_record(run, engagement):
    page = run("report", "--now", NOW, "--static").stdout
    shown = json.loads(run("audit", "show", "--json").stdout.splitlines()[0])

    assert "Harm budget" in page
    assert shown["address"] in page
    assert "stalehost audit verify --head" in page
