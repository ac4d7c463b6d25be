"""The executive page becomes one sheet of paper, with the browser that is there; without one it is said what to install."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from scanner.cli import printing
from scanner.errors import HostError

CHROMIUM = shutil.which("chromium")
JUDGED = "2026-11-23T13:00:00+00:00"
PAGE = "<!doctype html><title>x</title><p>Hello"


def command(folder: Path, name: str, script: str) -> str:
    """A program of ours that plays a browser."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport sys, pathlib\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_the_first_browser_that_is_there_is_taken(tmp_path):
    command(tmp_path, "msedge", "")
    chrome = command(tmp_path, "google-chrome", "")

    assert chrome == printing.browser(str(tmp_path))


def test_a_browser_at_its_usual_place_is_found_without_a_path(tmp_path):
    place = command(tmp_path, "Google Chrome", "")

    assert place == printing.browser(str(tmp_path), (str(tmp_path / "none"), place))


def test_without_a_browser_it_is_said_what_to_install(tmp_path):
    with pytest.raises(HostError, match="install Chromium, Chrome or Edge"):
        printing.browser(str(tmp_path), ())


WRITES = """
out = next(one for one in sys.argv if one.startswith("--print-to-pdf="))
pathlib.Path(out.partition("=")[2]).write_bytes(pathlib.Path(sys.argv[-1].removeprefix("file://")).read_bytes())
"""


def test_what_the_browser_prints_arrives_private_and_whole(tmp_path):
    target = tmp_path / "out" / "board.pdf"

    printing.pdf(PAGE, target, command(tmp_path, "chromium", WRITES))

    assert (PAGE, 0o600) == (target.read_text(), target.stat().st_mode & 0o777)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("print('first\\nno display', file=sys.stderr); sys.exit(7)", "status 7, no display"),
        ("", "status 0, it said nothing"),
    ],
)
def test_a_browser_that_does_not_print_is_told_with_its_own_words(tmp_path, script, said):
    target = tmp_path / "board.pdf"

    with pytest.raises(HostError, match=said):
        printing.pdf(PAGE, target, command(tmp_path, "chromium", script))

    assert not target.exists()


def test_a_browser_that_does_not_start_is_told(tmp_path):
    with pytest.raises(HostError, match="did not print"):
        printing.pdf(PAGE, tmp_path / "board.pdf", str(tmp_path / "none"))


def test_a_report_that_finds_no_browser_ends_before_it_judges(run, tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "BROWSERS", ())
    monkeypatch.setattr(printing, "PLACES", ())

    done = run("report", "--pdf", str(tmp_path / "board.pdf"))

    assert isinstance(done.exception, HostError)
    assert "install Chromium" in str(done.exception)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize(("paper", "box"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_the_executive_page_of_a_real_scan_is_one_sheet(run, engagement, paper, box):
    target = engagement / "board.pdf"

    done = run("report", "--now", JUDGED, "--no-since", "--paper", paper, "--pdf", str(target))

    assert (0, "") == (done.exit_code, done.stdout)
    printed = target.read_bytes()
    assert 1 == len(re.findall(rb"/Type\s*/Page\b(?!s)", printed))
    [size] = re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    assert box == tuple(round(float(one)) for one in size)
