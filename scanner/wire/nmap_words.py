"""Every word that nmap may ever be told, by us: nothing that somebody typed is among them."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from scanner.model.kinds import Profile
from scanner.model.net import Port, number
from scanner.scope.profile import LIMITS
from scanner.wire.gear import STRANGERS
from scanner.wire.never import shipped

HARMLESS: Final = (
    "-sT",  # whole connections by the kernel; no raw packets
    "--unprivileged",
    "-n",  # no name lookups
    "-Pn",  # no echo, no ACK to port 80: the targets are known already
    "-T3",
    "--max-retries",
    "1",
    "--initial-rtt-timeout",
    "1s",
    "--max-rtt-timeout",
    "1s",
    "--host-timeout",
    "10m",
    "--packet-trace",  # it says each knock as it knocks: the only true count there is
)  # fmt: skip
"""What every run is told, but for targets, ports and rates; no script, no OS guess, no odd packet can be asked for."""

ASKING: Final = ("-sV", "--version-intensity", "2")
"""What names the services. No option holds its pace: eleven connections to one port within 2 ms were measured, with
bytes for other protocols than the one that answered. So only where devices are their owner's to break."""

ASKED: Final = frozenset({Profile.LAB, Profile.BENCH})
"""Where it may ask what speaks on a port."""

KNOCKS: Final = 2
"""The most connections that one port costs where nothing is asked: the first, and one retry."""

_TIMEOUT: Final = 1000
"""Milliseconds that an unanswered connection stays open (`--max-rtt-timeout`)."""


def words(
    profile: Profile,
    hosts: Sequence[IPv4Address | IPv6Address],
    ports: Sequence[Port],
    out: str,
    *,
    behind: bool = False,
) -> tuple[str, ...]:
    """The whole command line behind the program's name: options, rates of the profile, ports, hosts; XML goes to `out`.

    `--scan-delay` keeps the pace of a host and, since an unanswered connection is dropped after a second, also how many
    of them it has at once; `--max-rate` keeps the pace of all, which is that of strangers where some are `behind` a router.
    """
    limits = LIMITS[profile]
    most = min(limits.rate_total, limits.rate_host * len(hosts))
    if behind:
        # it goes from host to host: each knock may be the first at somebody whom the router has to look for
        most = min(most, STRANGERS.get(profile, most))
    never = sorted({number(port) for port in shipped() if port.startswith("tcp/")})
    delay = max(1, round(1000 / limits.rate_host), round(_TIMEOUT / limits.per_host))
    return (
        *(("-6",) if hosts[0].version == 6 else ()),
        *HARMLESS,
        *(ASKING if profile in ASKED else ()),
        "--max-rate",
        str(max(1, int(most))),
        "--scan-delay",
        f"{delay}ms",
        "--max-parallelism",
        str(limits.per_host),
        "--exclude-ports",
        ",".join(map(str, never)),
        "-p",
        ",".join(str(number(port)) for port in ports),
        "-oX",
        out,
        *map(str, hosts),
    )
