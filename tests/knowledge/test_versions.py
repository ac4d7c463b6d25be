"""Whether a version lies in a branch."""

import pytest

from scanner.knowledge.versions import plain, within


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
