"""The scope file as typed values: which networks may be touched, how carefully, until when, on whose word."""

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from msgspec import Struct

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Mac

IPNetwork = IPv4Network | IPv6Network


class Engagement(Struct, frozen=True, kw_only=True):
    """Who allowed what, and until when."""

    name: str
    owner: str
    authorized_by: str
    contact: str
    reference: str
    valid_from: datetime
    valid_until: datetime
    """Both in UTC; a plain date counts from its midnight, and to its end."""
    sector: str
    """`hospital`, `utility`, `bank` or `office`."""


class Flags(Struct, frozen=True, kw_only=True):
    """Permissions that the signer gives one by one; all no by default."""

    snmp_public: bool = False
    ftp_anonymous: bool = False
    smb_null_session: bool = False


class Window(Struct, frozen=True, kw_only=True):
    """One stretch of the week: `Sat 22:00-04:00 Europe/London` (may run past midnight)."""

    days: frozenset[int]
    """0 = Monday .. 6 = Sunday: the days on which it opens."""
    opens: int
    closes: int
    """Minutes after midnight."""
    zone: str
    """IANA time zone."""


class Network(Struct, frozen=True, kw_only=True):
    """One address range, the zone it belongs to, and the most that may be done there."""

    cidr: IPNetwork
    zone: str
    profile: Profile
    criticality: float | None
    windows: tuple[Window, ...]
    vlan: int | None


class Exclusion(Struct, frozen=True, kw_only=True):
    """What must never be touched; exactly one of the five is set."""

    reason: str
    cidr: IPNetwork | None = None
    mac: Mac | None = None
    mac_bits: int = 48
    hostname: str | None = None
    kind: Kind | None = None


class Critical(Struct, frozen=True, kw_only=True):
    """A named asset whose loss hurts, and how much, in endpoint equivalents."""

    name: str
    address: Address
    weight: float


class Segment(Struct, frozen=True, kw_only=True):
    """Declared policy: one zone may open these ports in another; an empty tuple = nothing."""

    source: str
    target: str
    allow: tuple[str, ...]
    known: str
    """`declared` (someone says so) or `imported` (a firewall says so)."""


class Scope(Struct, frozen=True, kw_only=True):
    """The whole scope file."""

    engagement: Engagement
    flags: Flags
    networks: tuple[Network, ...]
    exclusions: tuple[Exclusion, ...]
    critical: tuple[Critical, ...]
    segments: tuple[Segment, ...]
    text: str
    """The file word for word: what is signed, stored with the run and handed to the raw helper."""
