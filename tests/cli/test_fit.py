"""What people read in a terminal breaks between words where the window ends; a pipe gets whole lines."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli import fit

LINE = "  one device that stands in a zone of its own and has a name of many words, as they do"


def test_a_long_line_is_broken_between_words_and_set_in():
    told = list(fit.fitted([LINE], 44))

    assert LINE.split() == " ".join(told).split()
    assert ["  one", "      ", "      "] == [
        line[:5] if at == 0 else line[:6] for at, line in enumerate(told)
    ]


@given(st.lists(st.text("ab -|", max_size=200)), st.integers(0, 120))
def test_no_word_is_lost_and_only_a_word_that_is_too_long_is_cut(lines, columns):
    told = list(fit.fitted(lines, columns))

    assert "".join(lines).replace(" ", "") == "".join(told).replace(" ", "")
    assert columns < 40 or all(len(line) <= columns for line in told)


@pytest.mark.parametrize("columns", [0, 39, 200])
def test_what_fits_or_has_no_window_stays_as_it_is(columns):
    assert [LINE, ""] == list(fit.fitted([LINE, ""], columns))


@pytest.mark.parametrize(("window", "want"), [(True, 3), (False, 1)])
def test_only_a_terminal_has_a_width(window, want, monkeypatch):
    class Out(io.StringIO):
        def isatty(self):
            return window

    out = Out()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((44, 20)))

    fit.echo([LINE])

    assert want == len(out.getvalue().splitlines())
