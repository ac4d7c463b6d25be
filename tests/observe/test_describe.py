"""docs/probes.md says what the probes say."""

import subprocess
import sys
from pathlib import Path

import pytest

from scanner.model.kinds import Profile
from scanner.observe import unasked
from scanner.observe.active import load_probes
from scanner.observe.describe import page
from scanner.scope.profile import LIMITS

PAGE = Path(__file__).parents[2] / "docs" / "probes.md"


def test_the_page_is_made_from_the_probes():
    assert page(load_probes()) == PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", load_probes())
def test_each_probe_says_in_words_what_it_sends(name):
    sends = load_probes()[name].sends

    assert 40 < len(sends)
    assert f"## {name}\n{sends}\n" in page(load_probes())


def test_a_profile_that_a_probe_does_not_name_is_shown_as_forbidden():
    ssh = load_probes()["ssh"]

    row = next(line for line in page({"ssh": ssh}).splitlines() if line.startswith("| ssh |"))

    assert "| ssh | tcp/22, tcp/2222 | ask | 1 | 1 | 1 | 1 | 1 |" == row


def test_ports_that_are_asked_nothing_are_named_on_the_page_and_knocked_on_in_an_office():
    table = page(load_probes()).partition("asked nothing")[2].partition("\n## ")[0]

    assert all(f"| {', '.join(one.ports)} | {one.protocol} |" in table for one in unasked.TABLE)
    assert set() == unasked.PORTS - set(LIMITS[Profile.OFFICE].ports)


def test_the_page_is_printed_by_the_module_itself():
    done = subprocess.run(
        [sys.executable, "-m", "scanner.observe.describe"], capture_output=True, check=True, text=True
    )

    assert PAGE.read_text("utf-8") == done.stdout
