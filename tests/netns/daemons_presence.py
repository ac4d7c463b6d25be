"""Real servers of protocols that are asked nothing, for test_real_daemons_presence.py: see daemons.py, which runs them."""

import subprocess
import sys
from pathlib import Path

import daemons
import daemons_unix

HOME = daemons.HOME

KRB5 = """
[libdefaults]
default_realm = HOSPNET.EXAMPLE
[realms]
HOSPNET.EXAMPLE = {
  database_name = /run/daemon/principal
  key_stash_file = /run/daemon/stash
  kdc_listen = 127.0.0.1:88
  kdc_tcp_listen = 127.0.0.1:88
}
"""


def krb5kdc():
    conf = HOME / "krb5.conf"
    conf.write_text(KRB5)
    known = {"KRB5_CONFIG": str(conf), "KRB5_KDC_PROFILE": str(conf)}
    subprocess.run(
        ["/usr/sbin/kdb5_util", "create", "-s", "-P", "of this test alone"],
        check=True,
        capture_output=True,
        env=known,
    )
    words = [f"{name}={value}" for name, value in known.items()]
    return ["/usr/bin/env", *words, "/usr/sbin/krb5kdc", "-n"], "", 88


def tgtd():
    """Its port for commands is a socket in /run."""
    Path("/run/tgt").mkdir()
    # it is deaf to the signal that asks it to end, and ends with its process namespace
    words = "/usr/sbin/tgtd -f --iscsi portal=127.0.0.1:3260 & exec sleep 60"
    return ["/bin/sh", "-c", words], "", 3260


def fingerd():
    command, _, _ = daemons_unix.by_inetd("/usr/sbin/in.fingerd", 79)
    return command, "", 79


daemons.DAEMONS |= {"krb5kdc": krb5kdc, "tgtd": tgtd, "in.fingerd": fingerd}

if __name__ == "__main__":
    # the heads of the table have no colon: one colon is one card, the loopback
    if Path("/proc/net/dev").read_text().count(":") != 1:
        sys.exit("this starts servers: only in a network namespace that has nothing but loopback")
    daemons.main(sys.argv[1], sys.argv[2])
