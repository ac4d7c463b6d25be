"""Our questions to controllers meet real Modbus and KNX servers, by permit and not without, in namespaces without a way out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("daemons_control.py")
APART = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
NEEDS = {
    "libmodbus": ("/usr/include/modbus/modbus.h", "/usr/bin/gcc"),
    "pymodbus": ("/usr/lib/python3/dist-packages/pymodbus",),
    "knxd": ("/usr/bin/knxd",),
}


def root():
    """Whether we are root over all users: under `unshare -r` daemons cannot have a /run of their own."""
    return os.geteuid() == 0 and int(Path("/proc/self/uid_map").read_text().split()[2]) > 1


pytestmark = pytest.mark.skipif(
    not root(), reason="starts real daemons: needs root (of the machine, not of unshare -r)"
)


def seen(daemon, profile="ot", permit="with permit"):
    for need in NEEDS[daemon]:
        if not Path(need).exists():
            pytest.skip(f"{need} is not installed")
    run = subprocess.run(
        [*APART, sys.executable, str(DRIVER), daemon, profile, permit],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(DRIVER.parents[2])},
    )
    assert (0, "") == (run.returncode, run.stderr)
    return dict(json.loads(line) for line in run.stdout.splitlines())


@pytest.mark.parametrize("profile", ["ot", "lab"])
def test_a_modbus_server_tells_who_it_is(profile):
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base

    got = seen("pymodbus", profile)

    said = identify("modbus.device", got["modbus.device"], open_base())[1]
    assert "Pymodbus | PM | 1.2.3" == got["modbus.device"]
    assert ("Pymodbus", "1.2.3") == (said["service.product"], said["service.version"])
    assert "ok" == got["probe.outcome"]["outcome"]


def test_a_modbus_server_that_knows_no_identification_says_so():
    assert "1" == seen("libmodbus")["modbus.exception"]


def test_a_knx_server_describes_itself_and_its_card():
    got = seen("knxd")

    assert ("House of tests", "0.0.1") == (got["knx.name"], got["knx.device"]["place"])
    assert 17 == len(got["knx.mac"])


@pytest.mark.parametrize(
    ("daemon", "profile", "permit"),
    [
        ("libmodbus", "ot", "without"),
        ("libmodbus", "lab", "without"),
        ("libmodbus", "office", "with permit"),
        ("libmodbus", "clinical", "with permit"),
        ("knxd", "ot", "without"),
        ("knxd", "office", "with permit"),
    ],
)
def test_without_permit_and_outside_of_plants_and_labs_nobody_is_asked(daemon, profile, permit):
    assert {"connect": "refused"} == seen(daemon, profile, permit)
