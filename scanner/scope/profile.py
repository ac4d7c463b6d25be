"""What each profile allows, as data: rates count initiations (a new connection, a datagram, a raw frame)."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from scanner.model.kinds import Profile, Touch
from scanner.model.net import Port, tcp, udp
from scanner.scope.file import Network, Scope


class Limits(Struct, frozen=True, kw_only=True):
    """The ceilings of one profile; a zero forbids."""

    touch: Touch
    """The highest step of the ladder."""
    rate_total: float
    """Initiations per second, all hosts together."""
    rate_host: float
    """Initiations per second to one host."""
    per_host: int
    """Connections open to one host at a time."""
    gap: float
    """Seconds between the end of one connection to a host and the start of the next."""
    budget: int | None
    """Connections to one host within 24 h, over all runs; None = no limit."""
    hosts_parallel: int
    """Hosts worked on at a time within one network."""
    connect_seconds: float
    """How long a connection may take to open."""
    read_seconds: float
    """How long one read may wait."""
    arp_rate: float
    """ARP requests per second on one segment."""
    arp_tries: int
    """How often an address that stays silent is asked, in spaced passes."""
    ports: tuple[Port, ...]
    """TCP ports knocked on, in this order."""
    syn: bool
    """Whether a TCP handshake may be left half-open: a firewall keeps it in mind, and old devices choke on many."""
    icmp: bool
    """Whether ICMP echo may be sent without the scope's word for it (flag `icmp_echo`)."""
    udp: tuple[Port, ...]
    """UDP ports that may get a datagram, one each; empty forbids UDP."""
    multicast: bool
    """Whether something may be sent to a group or to everyone, other than asking for one neighbour (ARP, ND)."""


_CLINICAL_PORTS: Final = tuple(tcp(n) for n in (104, 11112, 445, 80, 443, 22, 3389, 23))
"""At most eight, the most telling first: an association names the modality, one negotiation its Windows."""

_OT_PORTS: Final = tuple(tcp(n) for n in (80, 443, 22, 23))

_OFFICE_PORTS: Final = tuple(
    tcp(n)
    for n in (
        22, 445, 80, 443, 3389, 23, 21, 25, 139, 135, 53, 88, 389, 110, 143, 587, 5900, 5901, 104, 11112, 4242, 8080,
        8443, 8000, 8081, 8008, 8042, 5000, 5001, 5985, 1433, 3306, 5432, 6379, 27017, 1883, 554, 631, 902, 2049, 111,
        2222, 2323, 5060, 5357, 623, 6000, 7080, 9200, 9443, 10443, 1723, 512, 513, 514, 79, 873, 11434, 427, 1900,
        1521, 2375, 4786, 5672, 5984, 7547, 8554, 11211, 119, 1801, 3260, 4899, 5555, 5631, 6443, 7001, 16992, 37777, 61616,
        1234, 2376, 5601, 7860, 8001, 9400, 10250, 8291, 912, 8009, 34567,
        993, 995, 465, 636, 990, 992, 5671, 3269, 563, 199,
    )
)  # fmt: skip
"""Ports that name the most devices or open the most gates; raw print and control ports are never among them."""

_UDP_PORTS: Final = tuple(udp(n) for n in (161, 137, 53, 123, 1900, 3702, 5353, 5060, 623, 10001))
"""Ports where one well-formed question gets an answer that names the device."""

LIMITS: Final[Mapping[Profile, Limits]] = {
    Profile.PASSIVE: Limits(
        # nothing is sent; the pause is as long as the longest, so that no knob is looser than a milder profile's
        touch=Touch.LISTEN, rate_total=0, rate_host=0, per_host=0, gap=3, budget=0, hosts_parallel=0,
        connect_seconds=0, read_seconds=0, arp_rate=0, arp_tries=0, ports=(),
        syn=False, icmp=False, udp=(), multicast=False,
    ),
    Profile.CLINICAL: Limits(
        touch=Touch.ASK, rate_total=50, rate_host=2, per_host=1, gap=1.5, budget=12, hosts_parallel=4,
        connect_seconds=2, read_seconds=3, arp_rate=5, arp_tries=3, ports=_CLINICAL_PORTS,
        syn=False, icmp=False, udp=(), multicast=False,
    ),
    Profile.OT: Limits(
        touch=Touch.ASK, rate_total=20, rate_host=1, per_host=1, gap=3, budget=6, hosts_parallel=2,
        connect_seconds=2, read_seconds=3, arp_rate=2, arp_tries=3, ports=_OT_PORTS,
        syn=False, icmp=False, udp=(), multicast=False,
    ),
    Profile.OFFICE: Limits(
        touch=Touch.ASK, rate_total=1000, rate_host=40, per_host=4, gap=0.05, budget=300, hosts_parallel=256,
        connect_seconds=2, read_seconds=3, arp_rate=10, arp_tries=2, ports=_OFFICE_PORTS,
        syn=True, icmp=True, udp=_UDP_PORTS, multicast=True,
    ),
    Profile.LAB: Limits(
        touch=Touch.ASK, rate_total=5000, rate_host=200, per_host=16, gap=0, budget=None, hosts_parallel=256,
        connect_seconds=2, read_seconds=3, arp_rate=1000, arp_tries=2, ports=_OFFICE_PORTS,
        syn=True, icmp=True, udp=_UDP_PORTS, multicast=True,
    ),
    Profile.BENCH: Limits(
        touch=Touch.ASK, rate_total=1e6, rate_host=1e6, per_host=64, gap=0, budget=None, hosts_parallel=4096,
        connect_seconds=2, read_seconds=2, arp_rate=1e6, arp_tries=2, ports=_OFFICE_PORTS,
        syn=True, icmp=True, udp=_UDP_PORTS, multicast=True,
    ),
}  # fmt: skip
"""Defaults from docs/safety.md, profile table; the scope file chooses the profile per network."""

CAREFUL: Final = (Profile.PASSIVE, Profile.OT, Profile.CLINICAL, Profile.OFFICE, Profile.LAB, Profile.BENCH)
"""Most careful first."""


def careful(scope: Scope, ceiling: Profile) -> Scope:
    """The scope with no network's profile less careful than `ceiling`."""

    def lowered(network: Network) -> Network:
        profile = min(network.profile, ceiling, key=CAREFUL.index)
        return replace(network, profile=profile, written=network.written or network.profile)

    return replace(scope, networks=tuple(lowered(network) for network in scope.networks))
