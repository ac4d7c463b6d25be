"""Say what each probe sends, for the people who must allow it: docs/probes.md is this page."""

from collections.abc import Iterable, Mapping

from scanner.model.kinds import Profile
from scanner.model.net import number
from scanner.observe import unasked, wrapped
from scanner.observe.probe import Probe

_SEEN_OPEN = """## Ports that are seen open and asked nothing
For some protocols there is no harmless first word. Their ports are knocked on in office and lab, so that it is known that
they are open; what a device says there by itself is read. MikroTik's discovery (udp/5678) is not asked either: a router answers
it to everybody on the link, so it is only heard.
"""

_WRAPPED = """## Ports on which TLS is wrapped round another protocol
In office, lab and bench: one connection, a TLS handshake, and inside it what the probe of the other protocol sends.
"""

_HEAD = """# What is sent, protocol by protocol

This page is made from the probes themselves (`python -m scanner.observe.describe`); a test compares the two.
Nothing is sent to a TCP port that was not seen open, nothing outside the scope file, and never a password. A UDP port shows
nothing before it is asked: in office, lab and bench it gets the one datagram below, once. A number is
how many connections a probe may use on one port in that profile, the first included; `-` forbids it.
What says "by permit only" is asked where the signers of the scope file wrote `ot_read_identity = true`, in ot networks and labs,
and there of each device one such question in a run at most.
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
    return "\n".join((_HEAD, *rows, "", _SEEN_OPEN, *_seen_open(), "", _WRAPPED, *_wrapped(), "", *parts))


def _seen_open() -> Iterable[str]:
    yield _row(("ports", "protocol", "why nothing is asked"))
    yield _row("---" for _ in range(3))
    for one in unasked.TABLE:
        yield _row((", ".join(one.ports), one.protocol, one.why))


def _wrapped() -> Iterable[str]:
    yield _row(("port", "inside"))
    yield _row("---" for _ in range(2))
    for port, name in wrapped.INNER.items():
        yield _row((port, name))


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
