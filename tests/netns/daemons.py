"""Start one real daemon on loopback, run its probe against it through the wire, print what was seen as JSON lines.

Run by test_real_daemons.py as root in network, mount and host name namespaces of its own: nothing leads out of them.
"""

import asyncio
import json
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import address, is_udp, number, tcp, udp
from scanner.observe.active import exchange, load_probes, observe
from scanner.observe.packets import questions
from scanner.scope.approval import granted
from scanner.scope.file import Authority, Known, Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.wire.audit import Audit
from scanner.wire.dial import Dialer
from scanner.wire.ledger import Ledger
from scanner.wire.pace import Pacer

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
HOME = Path("/run/daemon")
KNOWN_AS = (Kind.MODALITY,)
"""What somebody says that the daemon's address is."""
SCOPE = """
[engagement]
name = "real daemons"
owner = "us"
authorized_by = "us"
contact = "us"
reference = "test"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "office"

[[network]]
cidr = "HOST/32"
zone = "here"
profile = "PROFILE"
"""

VSFTPD = """
listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
background=NO
anonymous_enable=NO
local_enable=YES
secure_chroot_dir=/run/daemon
seccomp_sandbox=NO
"""

SMB_CONF = """
[global]
 server min protocol = {least}
 netbios name = NAS-DEB12
 workgroup = HOSPNET
 private dir = /run/daemon/private
 lock directory = /run/daemon/lock
 state directory = /run/daemon/state
 cache directory = /run/daemon/cache
 pid directory = /run/daemon/pid
 ncalrpc dir = /run/daemon/pid
 log file = /run/daemon/log
 load printers = no
 disable spoolss = yes
 interfaces = lo
 bind interfaces only = yes
"""


def sshd():
    key = HOME / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    return [
        "/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-h", str(key), "-o", "ListenAddress=127.0.0.1",
    ], "ssh", tcp(22)  # fmt: skip


def vsftpd():
    conf = HOME / "vsftpd.conf"
    conf.write_text(VSFTPD)
    return ["/usr/sbin/vsftpd", str(conf)], "ftp", tcp(21)


def smbd(least="NT1"):
    for name in ("private", "lock", "state", "cache", "pid"):
        (HOME / name).mkdir(mode=0o700)
    conf = HOME / "smb.conf"
    conf.write_text(SMB_CONF.format(least=least))
    return ["/usr/sbin/smbd", "-F", "--no-process-group", "-s", str(conf)], "smb", tcp(445)


def smbd_without_smb1():
    return smbd("SMB2_02")


def smbd_on_139():
    command, _, _ = smbd()
    return command, "nbss", tcp(139)


def storescp():
    return ["/usr/bin/storescp", "-od", str(HOME), "11112"], "dicom", tcp(11112)


def snmpd():
    """Without a community and without a user: what it tells then, it tells anybody."""
    conf = HOME / "snmpd.conf"
    conf.write_text("agentAddress udp:127.0.0.1:161\n")
    state = {"SNMP_PERSISTENT_DIR": str(HOME / "state")}
    command = ["/usr/sbin/snmpd", "-f", "-Lo", "-C", "-c", str(conf), "-p", str(HOME / "pid")]
    return ["/usr/bin/env", *(f"{name}={value}" for name, value in state.items()), *command], "snmp", udp(161)


DAEMONS = {
    "snmpd": snmpd,
    "sshd": sshd,
    "vsftpd": vsftpd,
    "smbd": smbd,
    "smbd without SMB1": smbd_without_smb1,
    "smbd on 139": smbd_on_139,
    "storescp": storescp,
}


def listens(port, until):
    """Whether somebody listens on the port, by the kernel's table: looking must not connect."""
    table, state = ("udp", "07") if is_udp(port) else ("tcp", "0A")
    while time.monotonic() < until:
        lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if any(
            line.split()[3] == state and line.split()[1].endswith(f":{number(port):04X}") for line in lines
        ):
            return True
        time.sleep(0.05)
    return False


def says(text, until):
    """Whether the daemon has written this."""
    while text not in (HOME / "out").read_text(errors="replace"):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


async def ask(name, port, profile, at):
    """What the probe of that name sees; where there is none, what a scan that met this port would."""
    scope = parse(SCOPE.replace("PROFILE", profile).replace("HOST", at), "test")
    signers = tuple(Signer(principal=name, key=name) for name in ("a", "b"))
    approval = granted(scope, questions(scope), "C. Board", NOW)
    authority = Authority(signers=signers, approval=approval)
    known = tuple(Known(kind=kind, address=address(at)) for kind in KNOWN_AS)
    gate = Gate(msgspec.structs.replace(scope, authority=authority, known=known))
    probe = load_probes().get(name)
    with Audit(HOME / "audit", lambda: NOW) as audit, Ledger(HOME / "ledger") as ledger:
        dialer = Dialer(gate, pacer=Pacer(), audit=audit, ledger=ledger, clock=lambda: NOW)
        conn = await dialer.open(address(at), port, probe.touch if probe else Touch.ASK)
        if isinstance(conn, Outcome):
            return [("connect", conn.value)]
        if probe is None:
            things = exchange(conn, Profile(profile), zone="here", vantage="here", clock=lambda: NOW)
            return [(one.field, one.value) async for one in things]
        conn.allow(probe.connections[Profile(profile)], name)
        things = observe(probe, conn, zone="here", vantage="here", clock=lambda: NOW)
        return [(one.field, one.value) async for one in things]


def main(daemon, profile, at="127.0.0.1", says_ready=""):
    """`at` is the daemon's address; another than loopback's own is put on the loopback card. `says_ready`: what it writes."""
    socket.sethostname("nas-deb12")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    if at != "127.0.0.1":
        subprocess.run(["ip", "addr", "add", f"{at}/32", "dev", "lo"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], check=True)
    HOME.mkdir(mode=0o755)
    command, probe, port = DAEMONS[daemon]()
    port = tcp(port) if isinstance(port, int) else port
    with (HOME / "out").open("wb") as out:
        # a session of its own: smbd passes the signal that ends it on to its whole process group
        running = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        until = time.monotonic() + 15
        if not (listens(port, until) and says(says_ready, until)):
            sys.exit(f"{command[0]} does not listen on {port}: {(HOME / 'out').read_text()[-2000:]}")
        for field, value in asyncio.run(ask(probe, port, profile, at)):
            sys.stdout.write(json.dumps([field, value]) + "\n")
    finally:
        running.terminate()
        running.wait(10)


if __name__ == "__main__":
    # the heads of the table have no colon: one colon is one card, the loopback
    if Path("/proc/net/dev").read_text().count(":") != 1:
        sys.exit("this starts servers: only in a network namespace that has nothing but loopback")
    main(sys.argv[1], sys.argv[2])
