"""The files under docs/deploy: every command in them is one of ours with its options, and systemd takes the units."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from scanner.cli import stalehost

DEPLOY = Path(__file__).parents[1] / "docs" / "deploy"
UNITS = ("centre", "sensor")


def text(name):
    return (DEPLOY / name).read_text("utf-8")


def commands():
    """What the units, the container and compose start."""
    for unit in UNITS:
        yield from (
            line.split()
            for line in re.findall(
                r"^ExecStart=\S+ stalehost (.*)$", text(f"stalehost-{unit}.service"), re.MULTILINE
            )
        )
    yield json.loads(re.search(r"^CMD (\[.*\])$", text("Containerfile"), re.MULTILINE)[1])
    yield json.loads(re.search(r"command: (\[.*\])$", text("compose.yaml"), re.MULTILINE)[1])
    yield json.loads(
        re.search(r'\["CMD", "stalehost", (.*\])$', text("compose.yaml"), re.MULTILINE)[1].join(("[", ""))
    )


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_each_command_is_ours_with_options_that_it_has(words):
    group, name, *rest = words
    command = stalehost.get_command(click.Context(stalehost), group).get_command(
        click.Context(stalehost), name
    )

    assert command.make_context(name, list(rest)).params


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, of Debian's systemd"
)
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_unit(tmp_path, unit):
    file = shutil.copy(DEPLOY / f"stalehost-{unit}.service", tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(("unit", "may"), [("centre", ""), ("sensor", "CAP_NET_RAW")])
def test_a_unit_may_do_what_it_needs_and_no_more(unit, may):
    """The centre sends nothing to any device; a sensor's raw helper needs one capability."""
    said = dict(re.findall(r"^(\w+)=(.*)$", text(f"stalehost-{unit}.service"), re.MULTILINE))

    assert (may, may, "yes", "strict") == tuple(
        said[key]
        for key in ("AmbientCapabilities", "CapabilityBoundingSet", "NoNewPrivileges", "ProtectSystem")
    )
    assert said["WorkingDirectory"] == said["ReadWritePaths"]


def test_a_revoked_sensor_is_not_started_again_and_again():
    assert "RestartPreventExitStatus=2" in text("stalehost-sensor.service")


def test_containers_run_as_nobody_special_and_name_no_registry():
    assert "USER 10001" in text("Containerfile")
    assert ["${BASE} AS build", "${BASE}"] == re.findall(r"^FROM (.*)$", text("Containerfile"), re.MULTILINE)
    assert "/" not in re.search(r"^ARG BASE=(.*)$", text("Containerfile"), re.MULTILINE)[1]
    assert all("/" not in image for image in re.findall(r"image: (.*)$", text("compose.yaml"), re.MULTILINE))
    for word in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "service_healthy"):
        assert word in text("compose.yaml")
