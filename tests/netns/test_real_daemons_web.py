"""Our web probe meets Debian's web and print servers, in namespaces without a way out."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from scanner.age import inband
from scanner.identify.claims import identify
from scanner.knowledge.base import open_base

DRIVER = Path(__file__).with_name("daemons_web.py")
# --kill-child and a process namespace: when the driver ends, whatever the daemon forked ends with it
APART = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
TODAY = date(2026, 12, 2)
CHANGED = date(2015, 3, 4)
"""When the pages of daemons_web.py were last changed."""


def root():
    """Whether we are root over all users: under `unshare -r` only one user exists, and daemons cannot drop to theirs."""
    return os.geteuid() == 0 and int(Path("/proc/self/uid_map").read_text().split()[2]) > 1


pytestmark = pytest.mark.skipif(
    not root(), reason="starts real daemons: needs root (of the machine, not of unshare -r)"
)


def seen(daemon, profile="office"):
    """Every fact, in order."""
    program = daemon.split()[0]
    if not shutil.which(program, path="/usr/sbin:/usr/bin"):
        pytest.skip(f"{program} is not installed")
    run = subprocess.run(
        [*APART, sys.executable, str(DRIVER), daemon, profile],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(DRIVER.parents[2])},
    )
    assert (0, "") == (run.returncode, run.stderr)
    return [tuple(json.loads(line)) for line in run.stdout.splitlines()]


def upstream(package):
    """The upstream version of a Debian package."""
    run = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=True
    )
    return run.stdout.partition("-")[0].partition("+")[0]


@pytest.mark.parametrize(
    ("daemon", "product", "package"),
    [("nginx", "nginx", "nginx"), ("lighttpd", "lighttpd", "lighttpd"), ("apache2", "HTTPD", "apache2-bin")],
)
def test_a_web_server_is_named_dated_and_its_icon_hashed(daemon, product, package):
    got = dict(seen(daemon))

    said = identify("http_header.server", got["http_header.server"], open_base())[1]
    assert (product, upstream(package)) == (said["service.product"], said["service.version"])
    assert CHANGED == inband.last_modified(got["http.last_modified"], TODAY)
    assert got["http.favicon"].startswith("murmur3=-1522510080; sha256=693d949d")
    assert "ok" == got["probe.outcome"]["outcome"]


@pytest.mark.parametrize("daemon", ["nginx", "lighttpd", "apache2"])
def test_in_a_ward_only_the_front_page_is_asked(daemon):
    fields = [field for field, _ in seen(daemon, "clinical")]

    assert "html_title" in fields
    assert "http.favicon" not in fields


def test_the_date_of_a_page_is_in_the_mark_that_nginx_gives_it():
    got = dict(seen("nginx"))

    assert CHANGED == inband.etag(got["http.etag"], got["http_header.server"], TODAY)


def test_an_interface_that_answers_without_a_login_is_said_to_be_open():
    got = dict(seen("nginx as Docker"))

    assert "/version Version=20.10.7; ApiVersion=1.41; Os=linux; Arch=amd64" == got["http.page"]
    assert "docker" == got["http.open"]


def test_a_print_server_is_named_by_its_front_page_and_asked_nothing_else():
    got = dict(seen("cupsd"))

    said = identify("http_header.server", got["http_header.server"], open_base())[1]
    assert "CUPS" == said["service.product"]
    assert "ok" == got["probe.outcome"]["outcome"]
