"""What every test of real daemons needs: to be root, and what a daemon's driver prints, from namespaces without a way out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# --kill-child and a process namespace: when the driver ends, whatever the daemon forked ends with it
APART = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
# Debian keeps a PostgreSQL of each release beside the path, and Samba's helpers in a folder of their own
PLACES = ":".join(
    ["/usr/sbin", "/usr/bin", "/usr/libexec/samba", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
)


def root():
    """Whether we are root over all users: under `unshare -r` only one user exists, and daemons cannot drop to theirs."""
    return os.geteuid() == 0 and int(Path("/proc/self/uid_map").read_text().split()[2]) > 1


only = pytest.mark.skipif(
    not root(), reason="starts real daemons: needs root (of the machine, not of unshare -r)"
)
"""The mark of a file that starts daemons."""


def need(program):
    """Skip where a program, or a file by its whole path, is not installed."""
    here = Path(program).exists() if "/" in program else shutil.which(program, path=PLACES)
    if not here:
        pytest.skip(f"{program} is not installed")


def facts(driver, daemon, profile, *words):
    """Every field and value that the driver prints, in order."""
    run = subprocess.run(
        [*APART, sys.executable, str(HERE / driver), daemon, profile, *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=90,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )
    assert (0, "") == (run.returncode, run.stderr)
    return [tuple(json.loads(line)) for line in run.stdout.splitlines()]


def upstream(package):
    """The upstream version of a Debian package: without epoch, what Debian adds, and its revision."""
    run = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=True
    )
    version = run.stdout.partition(":")[2] or run.stdout
    return version.partition("-")[0].partition("+")[0]
