"""The order of versions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.knowledge.versions import key, plain, within

ORDERS = [
    [
        "1.0alpha1",
        "1.0beta2",
        "1.0rc1",
        "1.0rc2",
        "1.0",
        "1.0p1",
        "1.0p2",
        "1.0.1",
        "1.1",
        "1.9",
        "1.10",
        "2",
    ],
    ["0.9.8", "0.9.8a", "0.9.8zh", "0.9.8.1", "1.0.1", "1.0.1e", "1.0.1g", "1.0.2"],
    ["2.3~rc1", "2.3", "2.3-1", "2.3-2"],
    ["6.6p1", "6.6.1p1", "6.7p1", "10.0p1"],
    ["12.2(33)SXI", "12.2(55)EX", "12.2(55)SE", "12.2(55)SE11", "12.4(15)T"],
    ["2012.55", "2013.62", "2016.74"],
    ["3.0.0-beta1", "3.0.0-rc1", "3.0.0", "3.0.1-dev", "3.0.1"],
]


@pytest.mark.parametrize("ordered", ORDERS, ids=lambda row: row[0])
def test_versions_sort_as_their_makers_count_them(ordered):
    for earlier, later in itertools.pairwise(ordered):
        assert key(earlier) < key(later), (earlier, later)


@given(st.text(max_size=300))
def test_any_text_has_a_key_that_case_does_not_change(text):
    assert isinstance(key(text), bytes)
    if text.isascii():
        assert key(text.upper()) == key(text.lower())


@given(
    st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
    st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
)
def test_numbers_sort_by_value_place_by_place(one, other):
    assert (one < other) == (key(".".join(map(str, one))) < key(".".join(map(str, other))))


@given(
    st.from_regex(r"\d{1,4}(\.\d{1,4}){0,3}", fullmatch=True),
    st.from_regex(r"[a-z]{1,3}\d{0,3}", fullmatch=True),
)
def test_a_release_lies_between_its_candidates_and_its_patches(version, patch):
    assert key(version + "rc1") < key(version) < key(version + "p1") < key(version + ".1")
    assert key(version + patch) < key(version + ".1")


@pytest.mark.parametrize(
    ("version", "branch", "inside"),
    [
        ("7", "7", True),
        ("7.9", "7", True),
        ("70.9", "7", False),
        ("12.2(55)SE", "12.2", True),
        ("12.20", "12.2", False),
        ("v5.4.1", "5.4", True),
        ("7.4p1", "7.4", True),
        ("SP1", "SP1", True),
        ("sp10", "SP1", False),
        ("9.x-beta", "9.x", True),
        ("9.xy", "9.x", False),
        ("7", "7.9", False),
        ("7", "", False),
    ],
)
def test_a_version_lies_in_a_branch_only_up_to_a_boundary(version, branch, inside):
    assert inside == within(version, branch)


def test_a_leading_v_goes_only_before_a_number():
    assert ("5.4", "vrp") == (plain(" V5.4 "), plain("VRP"))
