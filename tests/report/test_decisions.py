"""The file of decisions: what is written is read again, and what is wrong names its line."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.model.decision import Decision, Trigger
from scanner.report import decisions

GOOD = """\
[[decision]]
finding = "F-00042"
by = "J. Doe"
reason = "replaced in May"
decided = 2026-11-01
until = 2027-05-31
reopen_on = ["worsens", "exploit"]
score = 47
devices = 3
exploited = ["CVE-2017-0144"]
"""

DAYS = st.dates(date(2000, 1, 1), date(2099, 1, 1))
WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40).filter(str.strip)


@st.composite
def made(draw):
    first = draw(DAYS)
    return Decision(
        about=draw(WORDS | st.sampled_from(["F-00001", "dev-0123456789", "exposure:smb1"])),
        by=draw(WORDS),
        reason=draw(WORDS),
        decided=first,
        until=draw(st.dates(first, date(2100, 1, 1))),
        reopen_on=tuple(draw(st.sets(st.sampled_from(list(Trigger))))),
        score=draw(st.integers(0, 100)),
        devices=draw(st.integers(0, 9)),
        exploited=tuple(sorted(draw(st.sets(WORDS, max_size=3)))),
    )


@given(st.lists(made(), max_size=4))
def test_what_is_written_is_read_again(those):
    assert tuple(those) == decisions.parse(decisions.written(those), "d")


def test_half_a_surrogate_pair_in_a_reason_does_not_spoil_the_file():
    one = Decision(
        about="F-00001", by="x\udc80", reason="r", decided=date(2026, 1, 1), until=date(2026, 1, 2)
    )

    assert "x?" == decisions.parse(decisions.written([one]), "d")[0].by


def test_a_good_file_is_read():
    (one,) = decisions.parse(GOOD, "d")

    assert ("F-00042", 47, (Trigger.WORSENS, Trigger.EXPLOIT)) == (one.about, one.score, one.reopen_on)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reason =", "raeson =", "d:4: unknown key 'raeson'; did you mean reason?"),
        ("[[decision]]", "[[decisions]]", "d:1: unknown key 'decisions'; did you mean decision?"),
        ("[[decision]]", "[decision]", "d:1: write each decision below a line"),
        ("[[decision]]", "decision = [1]\n[[x]]", "d:"),
        ('finding = "F-00042"', 'finding = "F-1"\ndevice = "x"', "d:1: name exactly one of"),
        ('finding = "F-00042"\n', "", "d:1: name exactly one of"),
        ("until = 2027-05-31", "until = 2026-05-31", "d:6: until lies before decided"),
        ("until = 2027-05-31", 'until = "soon"', "d:6: until is missing or no day"),
        ("until = 2027-05-31", "until = 2027-05-31T00:00:00", "d:6: until is missing or no day"),
        ('by = "J. Doe"', "by = 3", "d:3: by is missing or no text"),
        ('by = "J. Doe"', 'by = "  "', "d:3: by is missing or no text"),
        ('by = "J. Doe"', f'by = "{"x" * 2049}"', "d:3: by is missing or no text"),
        ("score = 47", "score = -1", "d:8: score is a whole number"),
        ("score = 47", "score = true", "d:8: score is a whole number"),
        ("score = 47\n", "", "d:7: worsens compares with score"),
        ('"exploit"]', '"exploits"]', "d:7: 'exploits' is not one of worsens, exploit, change; did you mean exploit?"),
        ('"worsens", "exploit"]', "1]", "d:7: reopen_on is a list"),
        ("[[decision]]", "[[decision]", "d: "),
    ],
)  # fmt: skip
def test_a_wrong_file_names_the_line(old, new, said):
    with pytest.raises(DataError) as caught:
        decisions.parse(GOOD.replace(old, new), "d")

    assert str(caught.value).startswith(said)


def test_the_line_is_that_of_the_second_decision():
    with pytest.raises(DataError, match="d:17"):
        decisions.parse(GOOD + "\n" + GOOD.replace("until = 2027-05-31", "until = 3"), "d")


def test_a_file_of_a_million_decisions_is_refused(monkeypatch):
    monkeypatch.setattr(decisions, "MOST", 1)

    with pytest.raises(DataError, match="at most 1 are read"):
        decisions.parse(GOOD + GOOD, "d")


def test_no_file_holds_no_decisions(tmp_path):
    assert () == decisions.read(tmp_path / "decisions.toml")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "d.toml").write_bytes(b"\xff")

    with pytest.raises(DataError, match=r"d\.toml: cannot read it"):
        decisions.read(tmp_path / "d.toml")


def test_a_later_word_stands_in_place_of_an_earlier():
    (old,) = decisions.parse(GOOD, "d")
    (new,) = decisions.parse(GOOD.replace("2026-11-01", "2026-12-01").replace("J. Doe", "K. Roe"), "d")

    assert (new,) == decisions.added([old], [new]) == decisions.added([new], [old])


def test_a_good_file_on_disk_is_read(tmp_path):
    (tmp_path / "d.toml").write_text(GOOD)

    assert decisions.parse(GOOD, "d") == decisions.read(tmp_path / "d.toml")


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("decisions.toml", True),
        ("ward-decisions.toml", True),
        ("decisions (1).toml", True),
        ("decisions(12).toml", True),
        ("decisions.toml.bak", False),
        ("scope.toml", False),
    ],
)
def test_a_file_of_decisions_is_known_by_its_name(name, want):
    assert want == decisions.is_named(Path("x") / name)
