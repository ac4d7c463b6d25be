"""Cells of the fact tables: read by their kind, refused by file and line."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.cells import Row, rows, spelling, value
from scanner.knowledge.tables import Column, Kind

GOOD = [
    (Column("c"), "  as it is ", "  as it is "),
    (Column("c", need=False), "", ""),
    (Column("c", Kind.DAY), "0001-01-02", 2),
    (Column("c", Kind.DAY, need=False), "", None),
    (Column("c", Kind.FLAG), "yes", 1),
    (Column("c", Kind.FLAG), "no", 0),
    (Column("c", Kind.WHOLE), "65000", 65000),
    (Column("c", Kind.NUMBER, most=10.0), "9.8", 9.8),
    (Column("c", Kind.NUMBER, need=False), " ", None),
    (Column("c", Kind.WORD, words=("V", "B")), "B", "B"),
    (Column("c", Kind.CONFIDENCE), "unverified", "unverified"),
    (Column("c", Kind.PRODUCT), "erlang:erlang/otp", "erlang:erlang/otp"),
    (Column("c", Kind.HEX), "00001c", 28),
    (Column("c", Kind.PORTS), "tcp/445 udp/137", "tcp/445 udp/137"),
    (Column("c", Kind.PORTS, need=False), "", ""),
    (Column("c", Kind.OID), "1.3.6", "1.3.6"),
    (Column("c", Kind.SPELLING), "apache http server", "apache http server"),
]


@pytest.mark.parametrize(("column", "text", "want"), GOOD, ids=lambda one: str(one)[:40])
def test_a_cell_is_stored_by_its_kind(column, text, want):
    assert want == value(Row("x.csv:2", {"c": text}), column)


@pytest.mark.parametrize("kind", sorted(Kind))
def test_an_empty_cell_is_refused_where_one_is_needed(kind):
    with pytest.raises(DataError, match=r"x\.csv:2: c is ' ', want some text"):
        value(Row("x.csv:2", {"c": " "}), Column("c", kind))


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.TEXT}))
def test_what_is_no_such_thing_is_refused_by_file_and_line(kind):
    with pytest.raises(DataError, match=r"x\.csv:2: c is '<html>', want"):
        value(Row("x.csv:2", {"c": "<html>"}), Column("c", kind))


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(DataError, match=r"x\.csv:2: no column 'c'"):
        value(Row("x.csv:2", {}), Column("c"))


def test_rows_know_their_lines(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"two\nlines"\n3,4\n')

    assert [(f"{path}:3", "1"), (f"{path}:4", "3")] == [(row.where, row["a"]) for row in rows(path)]


@pytest.mark.parametrize("content", [b"a,b\n1\n", b"a,b\n1,2,3\n", b'a,b\n1,"2\n', b"a,b\n\xff,2\n"])
def test_a_file_that_is_no_table_is_refused_by_name(content, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(content)

    with pytest.raises(DataError, match=r"x\.csv"):
        list(rows(path))


def test_a_name_is_spelled_in_one_way():
    assert "apache http server" == spelling("  Apache:HTTP_Server ")
