"""JSON is read object by object, in arrays however long and in lines, and what is broken is named with its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.files import records as module
from scanner.observe.files.opened import BLOCK, opened
from scanner.observe.files.records import each_line, members, part, parts, whole


def read(path, data, reader=members):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with opened(path) as source:
        got = reader(source)
        found = got if isinstance(got, dict | None) else list(got)
        return found, str(source.trouble() or "")


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('[{"a": 1}, {"b": {"c": [{"d": 2}]}}]', [("", {"a": 1}), ("", {"b": {"c": [{"d": 2}]}})]),
        ('{"meta": {"rc": "ok"}, "Data": [{"a": "]}"}]}', [("data", {"a": "]}"})]),
        ('{"x": [{"a": 1}]}\n{"y": [{"b": "\\"{"}]}', [("x", {"a": 1}), ("y", {"b": '"{'})]),
        ("[[1, 2], 3]", []),
        ("", []),
        ("}}]]", []),
    ],
)
def test_members_of_outer_arrays_come_with_the_arrays_name(tmp_path, text, want):
    found, complaint = read(tmp_path / "x", text)

    assert want == [(name, value) for name, _, value in found]
    assert "" == complaint


def test_what_is_whole_comes_before_the_cut_and_a_broken_member_between_others(tmp_path):
    cut, complaint = read(tmp_path / "x", '[{"a": 1}, {"b": ')
    broken, why = read(tmp_path / "x", '[{"a": 1}, {"b": nope}, {"c": 1}]')

    assert [{"a": 1}] == [value for _, _, value in cut]
    assert "cut short" in complaint
    assert [{"a": 1}, {"c": 1}] == [value for _, _, value in broken]
    assert "byte 11: no JSON" in why


def test_an_old_encoding_costs_accents_and_no_object(tmp_path):
    found, complaint = read(tmp_path / "x", '[{"a": "ä"}]'.encode("cp1252"))

    assert ([("", 1, {"a": "ä"})], "") == (found, complaint)


def test_an_object_without_end_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "OBJECT", 1 << 16)

    found, complaint = read(tmp_path / "x", '[{"a": 1}, {"b": "' + "x" * (4 * BLOCK))
    _, deep = read(tmp_path / "x", "[" * 200)
    assert [{"a": 1}] == [value for _, _, value in found]
    assert "takes more than" in complaint
    assert "is deeper than" in deep


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.text(alphabet='a"\\{}[]é', max_size=20), max_size=3),
        max_size=5,
    )
)
def test_every_member_comes_whole_wherever_blocks_end(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("x") / "x"
    space = b" " * (BLOCK - 40)

    found, complaint = read(path, space + json.dumps({"list": values}).encode())

    assert (values, "") == ([value for _, _, value in found], complaint)


def test_lines_that_are_no_objects_are_named(tmp_path):
    found, complaint = read(tmp_path / "x", '{"a": 1}\n\n[1]\n{\n', each_line)

    assert [(1, {"a": 1})] == found
    assert "line 3: no JSON object" in complaint
    assert "line 4: no JSON" in complaint


def test_a_whole_file_may_have_comments_and_is_bounded(tmp_path):
    assert ({"a": "# // no comment"}, "") == read(
        tmp_path / "x", '// x\n{"a": "# // no comment" /* y */} # z\n', whole
    )
    assert read(tmp_path / "x", "[]", whole)[1].endswith("no JSON object")
    found, complaint = read(tmp_path / "x", '{"a": 1}', lambda source: whole(source, 4))
    assert found is None
    assert "takes more than 4 bytes" in complaint


def test_parts_are_texts_lists_or_nothing():
    of = {"a": {"b": 7}, "c": True, "d": "", "e": [1], "f": " x "}

    assert ("7", "", "x", "") == (part(of, "d", "a.b"), part(of, "c"), part(of, "f"), part(of, "f.g"))
    assert ([1], []) == (parts(of, "e"), parts(of, "a"))
