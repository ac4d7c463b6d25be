"""Real Redis and r-services for test_real_daemons_unix.py: see daemons.py, which runs them."""

import subprocess
import sys
from pathlib import Path

import daemons

HOME = daemons.HOME
APART = "192.0.2.1"
"""Not loopback's own address: there protected mode lets everybody in. RFC 5737 keeps it for documents."""

INETD = """
import socket, subprocess, sys
listening = socket.socket()
listening.bind(("127.0.0.1", int(sys.argv[1])))
listening.listen()
while True:
    caller, _ = listening.accept()
    with caller:
        subprocess.run(sys.argv[2:], stdin=caller.fileno(), stdout=caller.fileno(), check=False)
"""


def redis(address, *options):
    return [
        "/usr/bin/redis-server", "--bind", address, "--save", "", "--dir", str(HOME), "--daemonize", "no", *options,
    ], "redis", 6379  # fmt: skip


def by_inetd(program, port):
    """A server that expects its caller on its standard input."""
    script = HOME / "inetd.py"
    script.write_text(INETD)
    return [sys.executable, str(script), str(port), program], "rsh", port


def s_server(port, *options):
    """OpenSSL's own server, which hangs up without a word on whoever does not speak TLS."""
    key = HOME / "key.pem"
    subprocess.run(
        [
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", str(key), "-out", str(key), "-days", "9", "-subj", "/CN=odd",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    command = [
        "/usr/bin/openssl",
        "s_server",
        "-accept",
        f"127.0.0.1:{port}",
        "-cert",
        str(key),
        "-key",
        str(key),
    ]
    return [*command, "-quiet", *options], "", port


def sshd_on(port):
    command, _, _ = daemons.sshd()
    return [*command, "-p", str(port)], "", port


daemons.DAEMONS |= {
    "openssl on an odd port": lambda: s_server(7443),
    "openssl as a web server on an odd port": lambda: s_server(7443, "-www"),
    "sshd on telnet's port": lambda: sshd_on(23),
    "sshd on an odd port": lambda: sshd_on(7022),
    "redis-server in protected mode": lambda: redis(APART, "--protected-mode", "yes"),
    "redis-server": lambda: redis("127.0.0.1"),
    "in.rshd": lambda: by_inetd("/usr/sbin/in.rshd", 514),
    "in.rlogind": lambda: by_inetd("/usr/sbin/in.rlogind", 513),
}

if __name__ == "__main__":
    # the heads of the table have no colon: one colon is one card, the loopback
    if Path("/proc/net/dev").read_text().count(":") != 1:
        sys.exit("this starts servers: only in a network namespace that has nothing but loopback")
    daemons.main(sys.argv[1], sys.argv[2], APART if "protected" in sys.argv[1] else "127.0.0.1")
