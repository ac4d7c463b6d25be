"""Follows docs/fleet.md from nothing to two sensors and a joint report: the commands are read out of the page, and what they say too."""

import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import postgres
from tests.fleet.shell import Machine, until
from tests.fleet.test_chain import device

PAGE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text("utf-8")
YOURS = {
    "192.0.2.0/24": "127.0.7.2/32",
    "198.51.100.0/24": "127.0.8.2/32",
    'profile = "office"': 'profile = "lab"',
}
"""The ranges of the page, which nobody has, and those of the test: its own loopback, which bears a quicker pace."""


def part(title):
    """The steps of one part of the page: what is typed, and what it says on the page that one reads then."""
    [text] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    return text, [
        (commands, said.splitlines())
        for commands, said in re.findall(
            r"^```sh\n(.*?)^```$(?:\n```text\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL
        )
    ]


TEXT, STEPS = part("From nothing to two sensors and a joint report")
_, WHEN = part("When a site is looked at")
_, HOW = part("How the fleet fares")


def yours(text):
    for page, own in YOURS.items():
        text = text.replace(page, own)
    return text


def scopes(folder):
    """The two scope files as the page has them: one whole, and what is different in the other."""
    [north] = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    today = datetime.now(UTC).date()
    for day, moved in (("2026-11-01", today), ("2026-12-01", today + timedelta(days=30))):
        north = north.replace(day, str(moved))
    south = north
    for line in re.findall(r"`((?:name|cidr|zone) = [^`]*)`", TEXT):
        south, many = re.subn(rf"^{line.split()[0]} = .*$", line, south, flags=re.MULTILINE)
        assert 1 == many
    (folder / "north.toml").write_text(yours(north))
    (folder / "south.toml").write_text(yours(south))


class Reader:
    """Who reads the page and types what it says."""

    def __init__(self, machine):
        self.machine, self.centre = machine, machine.folder / "centre"

    def types(self, step):
        commands, want = step
        done = self.machine.types(yours(commands), self.centre)
        said = done.stdout + done.stderr
        assert [] == [line for line in want if yours(line) not in said], said
        return said

    def keeps(self, step, log):
        return self.machine.keeps(yours(step[0]), self.centre, self.machine.folder / log)


def heard(log, want):
    until(lambda: all(line in log.read_text() for line in want), log)


@pytest.fixture(scope="module")
def server():
    with postgres.server() as one:
        yield one


def test_a_newcomer_comes_to_two_sensors_and_a_joint_report(server, tmp_path):
    found, settings, centre, sites, north, south, order, state, report = STEPS
    reader = Reader(Machine(server, tmp_path))
    # what a database's own installer writes, and this test's server does without
    reader.types(found)
    reader.types(settings)
    server.stop()
    server.start(ssl="on")
    with ExitStack() as terminals:
        heard(terminals.enter_context(reader.keeps(centre, "centre.log")), centre[1])
        scopes(reader.centre)
        reader.types(sites)
        for step, name, address in ((north, "north", "127.0.7.2"), (south, "south", "127.0.8.2")):
            terminals.enter_context(device(address))
            heard(terminals.enter_context(reader.keeps(step, f"{name}.log")), step[1])
        reader.types(order)
        written = reader.centre / "reports" / "fleet.json"
        until(
            lambda: written.exists() and 2 == len(json.loads(written.read_text())["devices"]),
            tmp_path / "centre.log",
        )
        reader.types(state)
        reader.types(report)
        joint = json.loads((reader.centre / "joint.json").read_text())
        assert [["north/north-office"], ["south/south-office"]] == sorted(
            one["zones"] for one in joint["devices"]
        )
        for step in (*WHEN, *HOW):
            reader.types(step)
    assert (reader.centre / "health.html").read_text().startswith("<!doctype html>")
    assert "stalehost_centre_up 1" in (reader.centre / "fleet.prom").read_text()
    for name in ("centre", "north", "south"):
        assert "was told to end, and did" in (tmp_path / f"{name}.log").read_text()
