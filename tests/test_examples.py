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


NAMES = ("monthly", "listen")


def unit(name):
    text = (EXAMPLES / f"stalehost-{name}.service").read_text()
    return re.findall(r"^ExecStart=\S+ stalehost (.*)$", text, re.MULTILINE)


def task(name):
    tree = ElementTree.parse(EXAMPLES / f"stalehost-{name}.xml")
    return [
        one.findtext(f"{TASKS}Arguments")
        for one in tree.iter(f"{TASKS}Exec")
        if one.findtext(f"{TASKS}Command") == "stalehost.exe"
    ]


@pytest.mark.parametrize("line", [line for name in NAMES for line in (*unit(name), *task(name))])
def test_each_command_is_ours_with_options_that_it_has(line):
    name, *words = line.split()
    command = stalehost.get_command(click.Context(stalehost), name)

    assert command.make_context(name, list(words)).params


def test_both_systems_do_the_same():
    assert 3 == len(unit("monthly"))
    assert unit("monthly") == task("monthly")


def test_both_systems_listen_for_the_better_part_of_every_hour():
    """Linux by itself; Windows by what its own Packet Monitor recorded."""
    text = (EXAMPLES / "stalehost-listen.xml").read_text("utf-8")

    assert ["listen -i eth0 --for 59m"] == unit("listen")
    assert ["listen --read heard.pcapng"] == task("listen")
    assert "--out heard.pcapng" in text
    assert 57 * 60 == int(re.search(r"Start-Sleep (\d+)", text)[1])
    assert "<Interval>PT1H</Interval><Duration>P1D</Duration>" in text


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, of Debian's systemd"
)
@pytest.mark.parametrize(
    ("name", "when", "told"),
    [
        ("monthly", "Sat *-*-1..7 22:30", "Sat *-*-01..07 22:30:00"),
        ("listen", "hourly", "*-*-* *:00:00"),
    ],
)
def test_systemd_takes_the_timer_and_its_hours(tmp_path, name, when, told):
    for one in EXAMPLES.glob(f"stalehost-{name}.*r*"):
        shutil.copy(one, tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / f"stalehost-{name}.timer"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    read = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=False)

    assert "stalehost" not in done.stderr, done.stderr
    assert 0 == done.returncode, done.stderr
    assert told in read.stdout
    assert f"OnCalendar={when}\n" in (EXAMPLES / f"stalehost-{name}.timer").read_text()
