"""The scope file as typed values: which networks may be touched, how carefully, until when, on whose word."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from itertools import combinations
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Mac, Port

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
    site: str | None = None
    """What the scope files of other sites call this one; None = they do not speak of it."""


class Flags(Struct, frozen=True, kw_only=True):
    """Permissions that the signer gives one by one; all no by default."""

    snmp_public: bool = False
    ftp_anonymous: bool = False
    smb_null_session: bool = False
    icmp_echo: bool = False
    """ICMP echo in clinical and ot networks too; elsewhere it needs no flag."""
    resolve_names: bool = False
    """Ask this machine's resolver, once and before anything else is sent, for the host names that are excluded."""
    ot_read_identity: bool = False
    """Ask controllers in ot networks (and labs) once who they are, in their own protocol: `scope.identity`."""


NO_FLAGS: Final = Flags()
"""What a scope file permits that has no `[flags]`."""


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
    entry: float | None = None
    """P(an intruder's first foothold within a year is a given device here), 0..1, by the owner's word; None = what its kind says."""
    written: Profile | None = None
    """The profile that the file gives, where a run was told to be more careful; None = `profile` itself."""
    site: str | None = None
    """The site whose bundle brought it: read to judge, never touched from here. None = ours."""

    @property
    def needs_signatures(self) -> bool:
        """Whether two people must have signed; more care in one run changes nothing in that."""
        return (self.written or self.profile) in SIGNED_PROFILES


class Exclusion(Struct, frozen=True, kw_only=True):
    """What must never be touched; exactly one of the five is set."""

    reason: str
    cidr: IPNetwork | None = None
    mac: Mac | None = None
    mac_bits: int = 48
    hostname: str | None = None
    kind: Kind | None = None


class Known(Struct, frozen=True, kw_only=True):
    """What somebody's word or the log says is at an address, or on a card; at least one of the two is set."""

    kind: Kind
    address: Address | None = None
    mac: Mac | None = None
    """With an address: on this card and no other."""


class Group(Struct, frozen=True, kw_only=True):
    """Devices that stand in for each other, or serve one bed: never two of them are worked on at a time."""

    name: str
    addresses: tuple[Address, ...]


class Fragile(Struct, frozen=True, kw_only=True):
    """What one sort of device must not be sent, since that is known to crash or reset it; it can only forbid."""

    id: str
    reason: str
    source: str
    """Whose word that is: an advisory, or the scope file."""
    match: Mapping[str, str] = {}
    """Attributes (`hw.vendor`, or the wider `vendor`, `product`, `version`) and fields, all of which must say this."""
    mac: Mac | None = None
    mac_bits: int = 48
    """A card or a range of cards, as an exclusion has it."""
    profile: Profile = Profile.CLINICAL
    """The most that may be done to it, wherever it stands: passive, ot or clinical."""
    never: tuple[Port, ...] = ()
    """Ports that get nothing, besides those that the profile does not list."""
    at_once: int | None = None
    """Connections at a time at most; None: as the profile has it."""
    gap: float | None = None
    """Seconds between two connections at least."""
    budget: int | None = None
    """Connections within 24 hours at most."""
    by_owner: bool = False
    """Whether the scope file says it: then it holds in lab and bench networks too."""


class Learned(Struct, frozen=True, kw_only=True):
    """What was known of a device as the run began, and the care that this takes from the first frame on."""

    kind: Kind
    address: Address | None = None
    mac: Mac | None = None
    """Either of the two makes it this device: a card is followed to whatever address it takes."""
    rows: tuple[Fragile, ...] = ()
    """What the fragile list says of it."""
    profile: Profile = Profile.BENCH
    """The care that it takes outside labs; BENCH = no more than its network asks for."""
    owned: Profile = Profile.BENCH
    """The care that the scope file asks for it, in labs too."""
    quiet: bool = False
    """Whether what reaches everyone on its link (ARP, all nodes) keeps to its profile as well."""


class Critical(Struct, frozen=True, kw_only=True):
    """A named asset whose loss hurts, and how much, in endpoint equivalents."""

    name: str
    address: Address
    weight: float
    site: str | None = None
    """The site on which the address counts; None = here."""


class Segment(Struct, frozen=True, kw_only=True):
    """Declared policy: one zone may open these ports in another; an empty tuple = nothing."""

    source: str
    target: str
    allow: tuple[str, ...]
    known: str
    """`declared` (someone says so) or `imported` (a firewall says so)."""


class Peer(Struct, frozen=True, kw_only=True):
    """A network of another site as it is seen from here: whose its addresses are. No scan ever looks at it."""

    site: str
    """Empty where another site's scope names this one."""
    cidr: IPNetwork
    """As seen from here; never overlaps with a network of ours."""
    zone: str
    """What it is called at its own site."""
    profile: Profile = Profile.PASSIVE
    """`passive` = heard only; `office` or `lab` = `reach` may knock on it."""
    there: IPNetwork | None = None
    """Its addresses at its own site, where the way translates them one by one; None = the same."""


class Signer(Struct, frozen=True, kw_only=True):
    """Someone who signed the scope file, and whom this machine trusts to."""

    principal: str
    key: str
    """The key's fingerprint: `SHA256:...`."""
    valid_after: datetime | None = None
    valid_before: datetime | None = None
    """From when to when the list of signers lets this key count; None = no bound."""


class Approval(Struct, frozen=True, kw_only=True):
    """Somebody's word that a packet plan may be carried out: one line of the approvals (`scope.approval`)."""

    plan: str
    """The plan's fingerprint, made of the scope file and the two below."""
    questions: str
    """SHA-256 of what is asked, port by port."""
    profiles: Mapping[str, Profile]
    """The profile of each network of the plan, by its range: what is more careful is covered too."""
    by: str
    at: datetime


class Authority(Struct, frozen=True, kw_only=True):
    """On whose word the scope file stands: what `scope.authority` found when it checked signatures and approvals."""

    signers: tuple[Signer, ...] = ()
    strangers: tuple[str, ...] = ()
    """Fingerprints of keys that signed, and that nobody told this machine to trust: they count for nothing."""
    signatures: str = ""
    """The signature file word for word: the raw helper checks it again."""
    allowed_signers: str | None = None
    """Where the list of signers is, for the same reason; None = there is none."""
    folder: str = ""
    """The engagement folder, in which a list of signers must not lie."""
    approval: Approval | None = None
    """The approved plan that fits this scope file and allows the most; None = none does."""

    def valid(self, now: datetime) -> tuple[Signer, ...]:
        """Those whose keys count now."""
        return tuple(
            one
            for one in self.signers
            if (one.valid_after is None or one.valid_after <= now)
            and (one.valid_before is None or now < one.valid_before)
        )

    def by_two(self, now: datetime) -> bool:
        """Whether two people signed, each with a key of their own."""
        pairs = combinations(self.valid(now), 2)
        return any(one.principal != two.principal and one.key != two.key for one, two in pairs)

    def names(self, now: datetime) -> Iterator[str]:
        """Who signed, each once, sorted."""
        yield from sorted({one.principal for one in self.valid(now)})


UNSIGNED: Final = Authority()
"""What a scope file is worth by itself."""

SIGNED_PROFILES: Final = frozenset({Profile.CLINICAL, Profile.OT})
"""Where a mistake can hurt a person: nothing is sent there on one person's word."""


NO_NAMES: Final[Mapping[str, tuple[Address, ...]]] = MappingProxyType({})


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
    known: tuple[Known, ...] = ()
    """What may be touched in clinical and ot networks: by the file, and by what the log knew as a run began."""
    known_days: int = 30
    """How old a sighting in the log may be that says what is at an address."""
    groups: tuple[Group, ...] = ()
    fragile: tuple[Fragile, ...] = ()
    """What the owner adds to the shipped list of fragile devices."""
    peers: tuple[Peer, ...] = ()
    """Networks of other sites, so that who talks to whom across sites can be told; `scope.site.beside`."""
    learned: tuple[Learned, ...] = ()
    """Devices that were known as the run began, by what needs care in them; no file says it."""
    frozen: Mapping[str, tuple[Address, ...]] = NO_NAMES
    """The addresses of excluded host names as they were when the run began; never asked for again."""
    authority: Authority = UNSIGNED
    """Whose signatures it bears; only `scope.authority` gives it any."""
    only: IPNetwork | None = None
    """The part of one network that a run looks at, where it was told to look at no more; None = everything."""

    @property
    def looked(self) -> tuple[Network, ...]:
        """The networks that a run looks at, whole or in part."""
        if self.only is None:
            return self.networks
        around = [one for one in self.networks if _inside(self.only, one.cidr)]
        return tuple(sorted(around, key=lambda one: -one.cidr.prefixlen)[:1])


def _inside(one: IPNetwork, whole: IPNetwork) -> bool:
    return one.version == whole.version and one[0] in whole and one[-1] in whole
