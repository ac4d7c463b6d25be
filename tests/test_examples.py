"""The examples under docs/examples: every command in them is one of ours with its options, and every file is whole."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from defusedxml import ElementTree

from scanner.cli import stalehost

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
TASKS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def unit():
    return re.findall(
        r"^ExecStart=\S+ stalehost (.*)$", (EXAMPLES / "stalehost-monthly.service").read_text(), re.MULTILINE
    )


def task():
    tree = ElementTree.parse(EXAMPLES / "stalehost-monthly.xml")
    return [one.findtext(f"{TASKS}Arguments") for one in tree.iter(f"{TASKS}Exec")]


@pytest.mark.parametrize("line", [*unit(), *task()])
def test_each_command_is_ours_with_options_that_it_has(line):
    name, *words = line.split()
    command = stalehost.get_command(click.Context(stalehost), name)

    assert command.make_context(name, list(words)).params


def test_both_systems_do_the_same():
    assert 3 == len(unit())
    assert unit() == task()


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, of Debian's systemd"
)
def test_systemd_takes_the_timer_and_its_hours(tmp_path):
    for one in EXAMPLES.glob("stalehost-monthly.*r*"):
        shutil.copy(one, tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / "stalehost-monthly.timer"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    when = subprocess.run(
        ["systemd-analyze", "calendar", "Sat *-*-1..7 22:30"], capture_output=True, text=True, check=False
    )

    assert "stalehost" not in done.stderr, done.stderr
    assert 0 == done.returncode, done.stderr
    assert "Sat *-*-01..07 22:30:00" in when.stdout
    assert "OnCalendar=Sat *-*-1..7 22:30\n" in (EXAMPLES / "stalehost-monthly.timer").read_text()
