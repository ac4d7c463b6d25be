"""Our probes meet Debian's Redis and r-services, and servers on ports that do not tell, in namespaces without a way out."""

import pytest

from .real import facts, need, only  # noqa: TID252 - shared by the tests of real daemons

pytestmark = only


def seen(daemon, profile="office"):
    need(daemon.split()[0])
    return dict(facts("daemons_unix.py", daemon, profile))


def test_redis_in_protected_mode_says_so_by_itself():
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base

    got = seen("redis-server in protected mode")

    assert "protected" == got["redis.access"]
    assert "Redis" == identify("redis.greeting", got["redis.greeting"], open_base())[1]["service.product"]
    assert "ok" == got["probe.outcome"]["outcome"]


def test_redis_that_waits_for_a_command_gets_none():
    got = seen("redis-server")

    assert {"probe.outcome": {"probe": "redis", "outcome": "silent"}} == got


@pytest.mark.parametrize("daemon", ["in.rshd", "in.rlogind"])
def test_an_r_service_hangs_up_on_an_ordinary_port_and_is_told_nothing(daemon):
    got = seen(daemon)

    assert {"probe.outcome": {"probe": "rsh", "outcome": "garbled"}} == got


@pytest.mark.parametrize("daemon", ["openssl on an odd port", "openssl as a web server on an odd port"])
def test_tls_on_an_odd_port_in_a_lab_is_recognised(daemon):
    got = seen(daemon, "lab")

    assert "CN=odd" == got["x509.subject"]
    assert {"probe": "tls", "outcome": "ok"} == got["probe.outcome"]
    # its page is made by itself; without one it only echoes
    assert ("Ciphers supported in s_server binary" == got.get("http.text")) == ("web" in daemon)


@pytest.mark.parametrize(
    ("daemon", "profile"), [("sshd on telnet's port", "office"), ("sshd on an odd port", "lab")]
)
def test_ssh_is_spoken_to_as_ssh_wherever_it_greets(daemon, profile):
    got = seen(daemon, profile)

    assert got["ssh.banner"].startswith("OpenSSH")
    # on telnet's port nothing is sent but refused options, so there the greeting is all
    assert ("ssh.host_key" in got) == ("odd" in daemon)
    assert "ssh" == got["probe.outcome"]["probe"]
    assert got["probe.outcome"]["outcome"] != "bug"
