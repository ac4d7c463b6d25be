"""Say what each probe sends, for the people who must allow it: docs/probes.md is this page."""

from collections.abc import Iterable, Mapping

from scanner.model.kinds import Profile
from scanner.model.net import number
from scanner.observe.probe import Probe

_SEEN_OPEN = """## Ports that are seen open and asked nothing
For some protocols there is no harmless first word. Their ports are knocked on in office and lab, so that it is known that
they are open; what a device says there by itself is read.

| ports | protocol | why nothing is asked |
| --- | --- | --- |
| tcp/79 | finger | every question is about people |
| tcp/88 | Kerberos | a ticket request names an account, which is a login attempt; one without names has stopped old servers (CVE-2021-3671) |
| tcp/427 | SLP | the service behind it falls to its first bytes (ESXi) |
| tcp/512, tcp/513, tcp/514 | rexec, rlogin, rsh | the handshake is a login |
| tcp/631 | IPP | its questions are HTTP POST, which is on the never-list; the front page is asked as of any web server |
| tcp/902, tcp/912 | VMware | speaks first; its `/sdk` is on the never-list |
| tcp/1801, tcp/4899, tcp/5555, tcp/5631 | MSMQ, Radmin, ADB, pcAnywhere | the first message begins a session |
| tcp/1883 | MQTT | a CONNECT without a name is a login of nobody: it is sent in a lab alone |
| tcp/2049 | NFS | nothing is mounted or listed; the port mapper on tcp/111 says that it is there |
| tcp/3260 | iSCSI | even discovery begins with a login |
| tcp/4786 | Cisco Smart Install | what it is sent is acted upon |
| tcp/6379 | Redis | no command is sent to a database that asks for no password; in protected mode it speaks first |
| tcp/7001 | WebLogic T3 | its handshake opens the protocol that takes objects |
| tcp/7547 | CWMP | routers have been taken over by a single request to it |
| tcp/8291 | MikroTik Winbox | its first message begins a session, in which CVE-2018-14847 reads the passwords |
| tcp/16992 | Intel AMT | its login opens to an empty answer; its page is left alone |
| tcp/37777 | Dahua | its first message is a login |

"""

_HEAD = """# What is sent, protocol by protocol

This page is made from the probes themselves (`python -m scanner.observe.describe`); a test compares the two.
Nothing is sent to a TCP port that was not seen open, nothing outside the scope file, and never a password. A UDP port shows
nothing before it is asked: in office, lab and bench it gets the one datagram below, once. A number is
how many connections a probe may use on one port in that profile, the first included; `-` forbids it.
In clinical and ot, http and tls ask on ports 80 and 443 only; on any port that no probe names, the device is given
two seconds to speak first, and only a protocol that it speaks itself is answered. In lab and bench alone, one that keeps
silent is then asked what http asks, and the protocol that its answer names, if that is another, is asked once.
Where a device speaks first, its own words choose the probe, whatever the port.
"""


def page(probes: Mapping[str, Probe]) -> str:
    """Write the whole page in Markdown."""
    profiles = [profile for profile in Profile if profile is not Profile.PASSIVE]
    rows = [
        _row(("probe", "ports", "touch", *(profile.value for profile in profiles))),
        _row("---" for _ in range(3 + len(profiles))),
        *(_row(_cells(probe, profiles)) for probe in probes.values()),
    ]
    parts = [f"## {probe.name}\n{probe.sends}\n" for probe in probes.values()]
    return "\n".join((_HEAD, *rows, "", _SEEN_OPEN.rstrip("\n"), "", *parts))


def _cells(probe: Probe, profiles: Iterable[Profile]) -> Iterable[str]:
    yield probe.name
    ports = sorted(probe.ports, key=number)
    yield ", ".join(ports) or "as recognised"
    yield probe.touch.name.lower()
    for profile in profiles:
        yield str(probe.connections.get(profile, "-"))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    import sys

    from scanner.observe.active import load_probes

    sys.stdout.write(page(load_probes()))
