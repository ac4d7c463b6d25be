"""XML is read element by element; bombs, entities and broken files end it with their place."""

import pytest

from scanner.observe.files import elements as module
from scanner.observe.files.elements import children, elements, local, said
from scanner.observe.files.opened import opened


def read(tmp_path, text, *tags):
    path = tmp_path / "x.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with opened(path) as source:
        found = [(local(one.tag), one.get("n"), (one.text or "").strip()) for one in elements(source, *tags)]
        return found, str(source.trouble() or "")


def test_outermost_elements_of_the_names_come_in_order_without_their_name_space(tmp_path):
    text = '<r xmlns="urn:x"><a n="1"><a n="2"/></a><skip/><b n="3">t</b></r>'

    assert ([("a", "1", ""), ("b", "3", "t")], "") == read(tmp_path, text, "a", "b")


def test_what_is_whole_comes_before_the_place_of_the_cut(tmp_path):
    found, complaint = read(tmp_path, '<r>\n<a n="1"/>\n<a n="2"', "a")

    assert [("a", "1", "")] == found
    assert "line 3, column" in complaint
    assert "cut short or not XML" in complaint


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r><a>&b;</a></r>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r><a>&x;</a></r>',
        '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://192.0.2.1/x"> %x;]><r><a/></r>',
        '<?xml version="1.0" encoding="nosuch"?><r><a/></r>',
    ],
    ids=["billion laughs", "a file of ours", "somebody else's server", "an encoding that is none"],
)
def test_entities_and_unknown_encodings_are_refused(tmp_path, text):
    found, complaint = read(tmp_path, text, "a")

    assert [] == found
    assert "x.xml: not read: " in complaint


def test_utf_16_is_read_as_its_declaration_says(tmp_path):
    text = '<?xml version="1.0" encoding="utf-16"?><r><a n="ä"/></r>'

    assert ([("a", "ä", "")], "") == read(tmp_path, text.encode("utf-16"), "a")


def test_depth_and_size_are_bounded(tmp_path, monkeypatch):
    deep, complaint = read(tmp_path, "<a>" * 200, "a")
    assert [] == deep
    assert "more than 128 elements inside each other" in complaint

    monkeypatch.setattr(module, "ELEMENT", 1 << 17)
    large, complaint = read(tmp_path, f"<r><a n='1'/><a n='2'>{'x' * (1 << 19)}</a></r>", "a")
    assert [("a", "1", "")] == large
    assert "one element takes more than" in complaint


def test_texts_at_the_end_of_a_path(tmp_path):
    path = tmp_path / "x.xml"
    path.write_text("<r><a><b> x </b><b/></a></r>")
    with opened(path) as source:
        (one,) = elements(source, "a")

    assert ("x", "", "") == (said(one, "b"), said(one, "c", "d"), said(None))
    assert 2 == len(list(children(one, "b")))
