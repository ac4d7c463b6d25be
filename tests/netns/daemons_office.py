"""Real servers of an ordinary office for test_real_daemons_office.py: see daemons.py, which runs them."""

import subprocess
import sys
from pathlib import Path

import daemons
import daemons_unix

from scanner.model.net import tcp, udp

HOME = daemons.HOME
APART = daemons_unix.APART
CARD = "office0"
SAYS = {"avahi-daemon": "successfully established"}
"""What a daemon says when it is ready, where it listens before."""

UNBOUND = """
server:
  interface: 127.0.0.1
  directory: /run/daemon
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  num-threads: 1
  hide-version: {hides}
remote-control:
  control-enable: no
"""

CHRONY = """
local stratum 10
allow 127.0.0.1
bindaddress 127.0.0.1
cmdport 0
bindcmdaddress /
user root
pidfile /run/daemon/chronyd.pid
"""

XRDP = """
[Globals]
ini_version=1
port=tcp://127.0.0.1:3389
fork=false
security_layer={layer}
certificate=/run/daemon/key.pem
key_file=/run/daemon/key.pem
ssl_protocols=TLSv1.2, TLSv1.3
[Logging]
LogFile=/run/daemon/xrdp.log
EnableSyslog=false
[Xvnc]
name=Xvnc
lib=libvnc.so
"""

AVAHI = """
[server]
host-name=nas-deb12
use-ipv6=no
allow-interfaces=office0
enable-dbus=no
[publish]
publish-workstation=no
[rlimits]
"""

SERVICE = """<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>Files</name>
  <service><type>_smb._tcp</type><port>445</port></service>
</service-group>
"""

IPMI = """
name "bmc"
set_working_mc 0x20
startlan 1
 addr 127.0.0.1 623
 priv_limit admin
 allowed_auths_callback none md2 md5 straight
 allowed_auths_user none md2 md5 straight
 allowed_auths_operator none md2 md5 straight
 allowed_auths_admin none md2 md5 straight
 guid 00112233445566778899aabbccddeeff
endlan
user 1 true "" "alone" user 10 none md2 md5 straight
"""

MANAGEMENT = """
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
"""

SIP = """
debug=0
log_stderror=yes
fork=no
listen=udp:127.0.0.1:5060
loadmodule "sl.so"
request_route { sl_send_reply("200", "OK"); }
"""


def written(name, text):
    """The path of a file of the daemon's own that says this."""
    path = HOME / name
    path.write_text(text)
    return str(path)


def private(command, folder, *files):
    """The command, for which this folder has these files alone: what it leaves there goes when it ends."""
    mount = f"mount -t tmpfs -o mode=1777 tmpfs {folder} && for one in {' '.join(files)}; do cp $one {folder}; done"
    return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", f'{mount} && exec "$@"', "sh", *command]


def telnetd():
    command, _, _ = daemons_unix.by_inetd("/usr/sbin/telnetd", 23)
    return private(command, "/var/log"), "telnet", tcp(23)


def smtpd():
    conf = written("smtpd.conf", "listen on 127.0.0.1\naction a maildir\nmatch for local action a\n")
    return private(["/usr/sbin/smtpd", "-d", "-f", conf], "/var/spool"), "smtp", tcp(25)


def unbound(hides="no"):
    conf = written("unbound.conf", UNBOUND.format(hides=hides))
    return ["/usr/sbin/unbound", "-d", "-c", conf], "dns", udp(53)


def dnsmasq():
    return [
        "/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--listen-address=127.0.0.1", "--bind-interfaces",
        "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
    ], "dns", udp(53)  # fmt: skip


def chronyd():
    """With -x it never touches the clock."""
    conf = written("chrony.conf", CHRONY)
    return ["/usr/sbin/chronyd", "-d", "-x", "-f", conf], "ntp", udp(123)


def card():
    """A card beside the loopback, whose other end is here too: what is meant for everybody reaches nobody."""
    for words in (
        f"addr del {APART}/32 dev lo",
        f"link add {CARD} type veth peer name far0",
        f"addr add {APART}/24 brd + dev {CARD}",
        f"link set {CARD} up",
        "link set far0 up",
        f"route add 224.0.0.0/4 dev {CARD}",
    ):
        subprocess.run(["ip", *words.split()], check=True)


def nmbd():
    card()
    daemons.smbd()
    Path("/run/samba").mkdir()
    conf = HOME / "smb.conf"
    conf.write_text(conf.read_text().replace("interfaces = lo", f"interfaces = {CARD}"))
    return ["/usr/sbin/nmbd", "-F", "--no-process-group", "-s", str(conf)], "netbios", udp(137)


def vnc(kind):
    command = [
        "/usr/bin/Xtigervnc", ":0", "-rfbport", "5900", "-interface", "127.0.0.1", "-SecurityTypes", kind,
        "-nolisten", "unix",
    ]  # fmt: skip
    return private(command, "/tmp"), "vnc", tcp(5900)


def key():
    """A file with a display's key, without which nobody gets in then (Xau(3): five fields, four with their lengths)."""
    fields = (b"", b"0", b"MIT-MAGIC-COOKIE-1", b"of this test one")
    path = HOME / "xauthority"
    path.write_bytes(b"\xff\xff" + b"".join(len(one).to_bytes(2, "big") + one for one in fields))
    return str(path)


def xvfb(*options):
    command = ["/usr/bin/Xvfb", ":0", "-listen", "tcp", "-nolisten", "unix", "-screen", "0", "64x64x8"]
    return private([*command, *options], "/tmp"), "x11", tcp(6000)


def xrdp(layer):
    daemons_unix.s_server(3389)
    conf = written("xrdp.ini", XRDP.format(layer=layer))
    return private(["/usr/sbin/xrdp", "--nodaemon", "--config", conf], "/var/log"), "rdp", tcp(3389)


def avahi():
    card()
    conf, service = written("avahi.conf", AVAHI), written("nas.service", SERVICE)
    command = [
        "/usr/sbin/avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", conf,
    ]  # fmt: skip
    return private(command, "/etc/avahi/services", service), "mdns", udp(5353)


def wsdd2():
    card()
    return ["/usr/sbin/wsdd2", "-4", "-w", "-i", CARD, "-N", "NAS-DEB12", "-G", "HOSPNET"], "wsd", udp(3702)


def ipmi_sim():
    lan, board = written("lan.conf", IPMI), written("board.emu", MANAGEMENT)
    return ["/usr/bin/ipmi_sim", "-n", "-c", lan, "-f", board, "-s", str(HOME)], "ipmi", udp(623)


def kamailio():
    return ["/usr/sbin/kamailio", "-DD", "-E", "-f", written("sip.cfg", SIP)], "sip", udp(5060)


daemons.DAEMONS |= {
    "telnetd": telnetd,
    "smtpd": smtpd,
    "unbound": unbound,
    "unbound that does not tell": lambda: unbound("yes"),
    "dnsmasq": dnsmasq,
    "chronyd": chronyd,
    "nmbd": nmbd,
    "Xtigervnc": lambda: vnc("None"),
    "Xtigervnc with a password": lambda: vnc("TLSVnc,VncAuth"),
    "Xvfb": xvfb,
    "Xvfb with a lock": lambda: xvfb("-auth", key()),
    "xrdp": lambda: xrdp("negotiate"),
    "xrdp as of old": lambda: xrdp("rdp"),
    "avahi-daemon": avahi,
    "wsdd2": wsdd2,
    "ipmi_sim": ipmi_sim,
    "kamailio": kamailio,
}

if __name__ == "__main__":
    # the heads of the table have no colon: one colon is one card, the loopback
    if Path("/proc/net/dev").read_text().count(":") != 1:
        sys.exit("this starts servers: only in a network namespace that has nothing but loopback")
    at = APART if sys.argv[1] in {"nmbd", "avahi-daemon", "wsdd2"} else "127.0.0.1"
    daemons.main(sys.argv[1], sys.argv[2], at, SAYS.get(sys.argv[1], ""))
