"""CSV is read under the names of its heading, wherever that stands and whatever divides the cells."""

import pytest

from scanner.observe.files import rows as module
from scanner.observe.files.opened import opened
from scanner.observe.files.rows import headings, plain, rows

NAMES = {"name": ("hostname", "name"), "address": ("ip", "ipaddress"), "owner": ("owner",)}


def read(tmp_path, text, needed=2):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with opened(path) as source:
        return list(rows(source, NAMES, needed)), str(source.trouble() or "")


@pytest.mark.parametrize("divider", list(",;\t|"))
def test_any_divider_will_do(tmp_path, divider):
    text = "Host name,IP (v4),Other\npc-1,192.0.2.1,x\n".replace(",", divider)

    assert ([(2, {"name": "pc-1", "address": "192.0.2.1"})], "") == read(tmp_path, text)


def test_titles_before_the_heading_are_passed_over(tmp_path):
    text = '#TYPE x\nReport of November\n\n"Hostname","Owner"\n"pc-1","Radiology, room 2\nsecond line"\n"pc-2",""\n'

    found, _ = read(tmp_path, text)
    assert [(5, {"name": "pc-1", "owner": "Radiology, room 2\nsecond line"}), (7, {"name": "pc-2"})] == found


def test_the_better_heading_comes_first_and_the_other_fills_its_gaps(tmp_path):
    text = "Name,Hostname,IP\nlabel,pc-1,\nlabel,,192.0.2.1\nN/A,-,none\n"

    assert [(2, {"name": "pc-1"}), (3, {"name": "label", "address": "192.0.2.1"})] == read(tmp_path, text)[0]


def test_without_a_heading_nothing_is_read_and_it_is_said(tmp_path):
    for text in ("", "a,b\n" * 50, "Hostname\npc-1\n"):
        assert [] == read(tmp_path, text)[0]
        assert "line 1: no heading with address or name or owner" in read(tmp_path, text)[1]


def test_a_quote_that_is_never_closed_swallows_a_cell_and_not_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CELL", 100)
    text = "Hostname,IP\npc-1,1\n" + '"' + "x,y\n" * 40 + "pc-2,2\n" + "pc-3,3\n"

    found, complaint = read(tmp_path, text)

    assert (2, {"name": "pc-1", "address": "1"}) == found[0]
    assert {"name": "pc-3", "address": "3"} == found[-1][1]
    assert "field larger than field limit (100)" in complaint


def test_headings_are_those_of_the_line_with_most_cells():
    assert {"hostname", "ipaddress"} == headings(b"title\nHost name,IP-Address\npc-1,\n")
    assert frozenset() == headings(b"")
    assert "ip" == plain("IP (v4)")
