"""Real mail, database, directory and port mapper servers for test_real_daemons_servers.py: see daemons.py, which runs them."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import daemons

HOME = daemons.HOME

DOVECOT = """
protocols = imap pop3
listen = 127.0.0.1
base_dir = /run/daemon/dovecot
state_dir = /run/daemon
log_path = /dev/stderr
ssl = no
passdb {
  driver = static
  args = nopassword=n
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}
"""

SLAPD = """
include /etc/ldap/schema/core.schema
pidfile /run/daemon/slapd.pid
argsfile /run/daemon/slapd.args
"""


def dovecot(probe, port):
    conf = HOME / "dovecot.conf"
    conf.write_text(DOVECOT)
    return ["/usr/sbin/dovecot", "-F", "-c", str(conf)], probe, port


def mariadbd():
    data = HOME / "mysql"
    data.mkdir()
    # without its tables of users: nobody logs in here
    return [
        "/usr/sbin/mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={data}/s", "--skip-grant-tables",
        "--bind-address=127.0.0.1", "--lc-messages-dir=/usr/share/mysql", "--skip-innodb", "--default-storage-engine=Aria",
    ], "mysql", 3306  # fmt: skip


def memcached():
    return ["/usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-U", "0"], "memcached", 11211


def mosquitto(anonymous):
    conf = HOME / "mosquitto.conf"
    conf.write_text(f"listener 1883 127.0.0.1\nallow_anonymous {anonymous}\n")
    return ["/usr/sbin/mosquitto", "-c", str(conf)], "mqtt", 1883


def postgres():
    owner, programs = pwd.getpwnam("postgres"), max(Path("/usr/lib/postgresql").iterdir()) / "bin"
    data = HOME / "postgres"
    data.mkdir(mode=0o700)
    os.chown(data, owner.pw_uid, owner.pw_gid)
    as_owner = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    subprocess.run(
        [*as_owner, str(programs / "initdb"), "--no-sync", "-A", "reject", "-D", str(data)],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=data,
    )
    options = ["-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
    return [*as_owner, str(programs / "postgres"), "-D", str(data), *options], "postgres", 5432


def rpcbind():
    # it keeps its state there, under /run, which is empty here
    state = Path("/run/rpcbind")
    state.mkdir()
    shutil.chown(state, "_rpc")
    return ["/sbin/rpcbind", "-f"], "rpcbind", 111


def samba_dcerpcd():
    """Samba's own endpoint mapper, which answers a bind as Windows does."""
    daemons.smbd()
    # it refuses a folder for its sockets that others cannot enter
    (HOME / "pid").chmod(0o755)
    conf = HOME / "smb.conf"
    conf.write_text(daemons.SMB_CONF.format(least="NT1") + " rpc start on demand helpers = no\n")
    program = "/usr/libexec/samba/samba-dcerpcd"
    return [program, "-F", "--libexec-rpcds", "--no-process-group", "-s", str(conf)], "msrpc", 135


def slapd():
    conf = HOME / "slapd.conf"
    conf.write_text(SLAPD)
    return ["/usr/sbin/slapd", "-h", "ldap://127.0.0.1", "-f", str(conf), "-d", "0"], "ldap", 389


daemons.DAEMONS |= {
    "dovecot": lambda: dovecot("imap", 143),
    "dovecot by POP3": lambda: dovecot("pop3", 110),
    "mariadbd": mariadbd,
    "memcached": memcached,
    "mosquitto": lambda: mosquitto("false"),
    "mosquitto open to all": lambda: mosquitto("true"),
    "postgres": postgres,
    "rpcbind": rpcbind,
    "samba-dcerpcd": samba_dcerpcd,
    "slapd": slapd,
}

if __name__ == "__main__":
    # the heads of the table have no colon: one colon is one card, the loopback
    if Path("/proc/net/dev").read_text().count(":") != 1:
        sys.exit("this starts servers: only in a network namespace that has nothing but loopback")
    daemons.main(sys.argv[1], sys.argv[2])
