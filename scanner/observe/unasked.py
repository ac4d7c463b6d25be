"""Ports of protocols that have no harmless first word: they are knocked on, what is said there is read, nothing is asked.

The table says why, for docs/probes.md; a probe that is named for one of these ports only reads, or asks in a lab alone.
"""

from typing import Final

from msgspec import Struct

from scanner.model.net import Port, tcp


class Unasked(Struct, frozen=True):
    """One protocol that is asked nothing."""

    ports: tuple[Port, ...]
    protocol: str
    why: str


def _on(*numbers: int) -> tuple[Port, ...]:
    return tuple(tcp(number) for number in numbers)


TABLE: Final = (
    Unasked(_on(79), "finger", "every question is about people"),
    Unasked(
        _on(88),
        "Kerberos",
        "a ticket request names an account, which is a login attempt; one without names has stopped old servers (CVE-2021-3671)",
    ),
    Unasked(_on(427), "SLP", "the service behind it falls to its first bytes (ESXi)"),
    Unasked(_on(512, 513, 514), "rexec, rlogin, rsh", "the handshake is a login"),
    Unasked(
        _on(631),
        "IPP",
        "its questions are HTTP POST, which is on the never-list; the front page is asked as of any web server",
    ),
    Unasked(_on(902, 912), "VMware", "speaks first; its `/sdk` is on the never-list"),
    Unasked(
        _on(1801, 4899, 5555, 5631), "MSMQ, Radmin, ADB, pcAnywhere", "the first message begins a session"
    ),
    Unasked(_on(1883), "MQTT", "a CONNECT without a name is a login of nobody: it is sent in a lab alone"),
    Unasked(
        _on(2049), "NFS", "nothing is mounted or listed; the port mapper on tcp/111 says that it is there"
    ),
    Unasked(_on(3260), "iSCSI", "even discovery begins with a login"),
    Unasked(_on(4786), "Cisco Smart Install", "what it is sent is acted upon"),
    Unasked(
        _on(6379),
        "Redis",
        "no command is sent to a database that asks for no password; in protected mode it speaks first",
    ),
    Unasked(_on(7001), "WebLogic T3", "its handshake opens the protocol that takes objects"),
    Unasked(_on(7547), "CWMP", "routers have been taken over by a single request to it"),
    Unasked(_on(8009), "AJP", "a forwarded request reads files"),
    Unasked(
        _on(8291),
        "MikroTik Winbox",
        "its first message begins a session, in which CVE-2018-14847 reads the passwords",
    ),
    Unasked(_on(16992), "Intel AMT", "its login opens to an empty answer; its page is left alone"),
    Unasked(_on(34567, 37777), "recorders of XM and Dahua", "the first message is a login"),
)
"""In the order of their ports."""

PORTS: Final = frozenset(port for one in TABLE for port in one.ports)
"""All of them."""
