"""Our probes meet Debian's mail, database, directory and port mapper servers, in namespaces without a way out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("daemons_servers.py")
# --kill-child and a process namespace: when the driver ends, whatever the daemon forked ends with it
APART = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]


def root():
    """Whether we are root over all users: under `unshare -r` only one user exists, and daemons cannot drop to theirs."""
    return os.geteuid() == 0 and int(Path("/proc/self/uid_map").read_text().split()[2]) > 1


# Debian keeps a PostgreSQL of each release beside the path, and Samba's helpers in a folder of their own
PLACES = ":".join(
    ["/usr/sbin", "/usr/bin", "/usr/libexec/samba", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
)

pytestmark = pytest.mark.skipif(
    not root(), reason="starts real daemons: needs root (of the machine, not of unshare -r)"
)


def seen(daemon, profile="office"):
    program = daemon.split()[0]
    if not shutil.which(program, path=PLACES):
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
    return dict(json.loads(line) for line in run.stdout.splitlines())


def installed(package):
    """The upstream version of a Debian package: without epoch, what Debian adds, and its revision."""
    run = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=True
    )
    version = run.stdout.partition(":")[2] or run.stdout
    return version.partition("-")[0].partition("+")[0]


@pytest.mark.parametrize(
    ("daemon", "field", "product", "package"),
    [
        ("dovecot", "imap4.banner", "Dovecot", None),
        ("dovecot by POP3", "pop3.banner", "Dovecot", None),
        ("mariadbd", "mysql.banners", "MariaDB", "mariadb-server-core"),
        ("memcached", "memcached.version", "Memcached", "memcached"),
        ("postgres", "postgres.ssl", "PostgreSQL", None),
        ("slapd", "ldap.search_result", "OpenLDAP", None),
    ],
)
def test_product_and_where_it_is_said_version_are_identified(daemon, field, product, package):
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base

    got = seen(daemon)

    said = identify(field, got[field], open_base())[1]
    assert product == said["service.product"]
    assert (installed(package) if package else None) == said.get("service.version")
    assert "ok" == got["probe.outcome"]["outcome"]


def test_the_port_mapper_lists_itself():
    assert {"programs": ["portmapper"], "versions": ["portmapper 2,3,4"]} == seen("rpcbind")[
        "rpcbind.programs"
    ]


def test_an_endpoint_mapper_that_is_bound_to_tells_its_names_by_ntlm():
    got = seen("samba-dcerpcd")

    assert {"accepted": ["ndr", "features"]} == got["msrpc.bind"]
    assert "NAS-DEB12" == got["ntlm.names"]["netbios_name"]
    assert "ok" == got["probe.outcome"]["outcome"]


@pytest.mark.parametrize(
    ("daemon", "want"), [("mosquitto open to all", "open"), ("mosquitto", "refused: not authorised")]
)
def test_a_broker_in_a_lab_says_whether_it_takes_anybody(daemon, want):
    got = seen(daemon, "lab")

    assert want == got["mqtt.access"]
    assert "ok" == got["probe.outcome"]["outcome"]
