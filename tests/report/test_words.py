"""The catalogue has a word for every code that the model knows."""

import pytest

from scanner.model.kinds import Band, Kind, Outcome, Profile, Reach, Role, Support
from scanner.report import texts, words


@pytest.mark.parametrize(
    ("codes", "catalogue"),
    [
        (Role, words.ROLES),
        (Support, words.SUPPORT),
        (Support, words.SUPPORT_MEANS),
        (Band, words.BANDS),
        (Reach, words.REACH),
        (Reach, words.REACH_MEANS),
        (Profile, words.PROFILES),
        (Outcome, words.OUTCOMES),
    ],
)
def test_every_code_has_its_words(codes, catalogue):
    assert set(codes) == set(catalogue)


def test_every_kind_of_device_has_its_words():
    assert [] == [kind for kind in Kind if not texts.known(f"kinds.{kind}")]


def test_a_kind_is_named_in_singular_and_plural():
    assert [words.kind(Kind.NAS), words.kind(Kind.NAS, 2)] == ["network storage box", "network storage boxes"]


def test_unknown_support_is_not_called_fine():
    assert "not counted as fine" in words.SUPPORT_MEANS[Support.UNKNOWN]


def test_a_table_of_the_knowledge_base_has_a_name_for_people():
    assert ("Support and release dates", "New table") == (words.source("releases"), words.source("new_table"))
