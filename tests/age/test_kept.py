"""Versions that enterprise distributions keep."""

from datetime import date

import pytest

from scanner.age.kept import KEEPERS, KEPT, Kept, keeper


@pytest.mark.parametrize("version", ["5.3", "5.3p1"])
def test_a_version_is_found_with_and_without_its_portable_letter(version):
    assert Kept("6") == keeper("openbsd:openssh", version)


def test_what_nobody_keeps_has_no_keeper():
    assert keeper("openbsd:openssh", "7.3") is None
    assert keeper("vendor:frob", "1.0") is None


@pytest.mark.parametrize(
    ("product", "version"), [(product, version) for product, kept in KEPT.items() for version in kept]
)
def test_a_kept_version_came_out_before_its_branch_ended_and_left_it_while_it_lived(
    product, version, knowledge
):
    kept = keeper(product, version)
    lives = [one for name in KEEPERS for one in knowledge.branches(name, kept.branch)]
    came = knowledge.bracket(product, version).earliest

    assert lives
    assert all(one.branch == kept.branch for one in lives)
    assert came is None or all(came < one.ends for one in lives)
    assert kept.until is None or all(one.released < kept.until < one.ends for one in lives)


def test_point_releases_follow_each_other():
    steps = [one.until for one in KEPT["openbsd:openssh"].values() if one.branch == "7"]

    assert [date(2015, 11, 19), date(2017, 8, 1), None] == steps
