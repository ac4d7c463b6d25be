"""What judgement may ask of the knowledge base; `scanner.knowledge` answers, `pipeline` brings the two together."""

import enum
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from scanner.model.net import Mac
from scanner.model.rule import Rule


class Confidence(enum.StrEnum):
    """How well a fact is sourced; an unverified one never decides alone."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNVERIFIED = "unverified"


class Branch(Struct, frozen=True, kw_only=True):
    """One edition hypothesis of a product line, with its support dates."""

    product: str
    """`vendor:product` as in CPE: `microsoft:windows_7`."""
    branch: str
    """`SP1`, `2.4`, `22.04`, `21h2-iot-lts`."""
    edition: str
    """`standard`, `esu`, `lts`, `ltsc`, `esm`, `elts`: which contract `ends` belongs to."""
    label: str
    """For people: `Windows 7 SP1`."""
    released: date | None
    ends: date | None
    """Last day of support under this edition; None with `open_ended` False means: not known."""
    open_ended: bool
    """True when the maker still supports it and has named no end."""
    source: str
    confidence: Confidence


class Released(Struct, frozen=True, kw_only=True):
    """When one version was published: no later than `day`."""

    product: str
    version: str
    day: date
    source: str
    confidence: Confidence


class ExposureFact(Struct, frozen=True, kw_only=True):
    """One way a device can be taken over the network, or help to it (one row of exposures.csv)."""

    id: str
    name: str
    gate: str
    """The gate class, such as `smb-rce`: who can open it and reach the zone can take the device."""
    tier: int
    """3 proven self-spreading, 2 unauthenticated and automatable, 1 plausible, 0 helps lateral movement."""
    cves: tuple[str, ...]
    ports: tuple[str, ...]
    """`tcp/445`; empty when any port will do."""
    fixed: date | None
    """Day of the fix, or of disclosure where there is none."""
    in_kev: bool
    malware: tuple[str, ...]
    """Known spreading malware that used it."""
    default_present: float
    default_success: float
    never_do: str
    pitfalls: str
    remedy: str
    """What removes it, or stands in for a patch."""
    source: str
    confidence: Confidence


class Exploited(Struct, frozen=True, kw_only=True):
    """One line of CISA's catalogue of vulnerabilities known to be exploited."""

    cve: str
    vendor: str
    """As the catalogue spells it: `Microsoft`."""
    product: str
    added: date
    due: date | None
    ransomware: bool
    """True when the catalogue knows of ransomware that uses it."""
    readable: str
    """What shows from outside: `V` the version, `B` the system's build only, `P` presence only, `L` nothing, `` unjudged."""


class Likelihood(Struct, frozen=True, kw_only=True):
    """EPSS: how likely somebody exploits it somewhere within 30 days, as scored on `day`."""

    cve: str
    score: float
    percentile: float
    day: date


class Decision(Struct, frozen=True, kw_only=True):
    """The SSVC decision points of one CVE, as CISA judged them on `day`."""

    cve: str
    exploitation: str
    """`none`, `poc` or `active`."""
    automatable: bool
    total: bool
    """True when it gives total control of the component, False when partial."""
    day: date


class Affected(Struct, frozen=True, kw_only=True):
    """Versions of a product that a CVE is in: `start` <= version < `below`, or <= `upto`; an open side is None."""

    cve: str
    product: str
    start: str | None
    below: str | None
    upto: str | None
    condition: str
    """What else must hold, `platform=windows`, `smbv1`, `port=427`; empty when nothing must."""
    source: str
    confidence: Confidence


class Advisory(Struct, frozen=True, kw_only=True):
    """A maker's product named in a public advisory; the version is text for people, not matched."""

    id: str
    day: date
    vendor: str
    product: str
    version: str
    cves: tuple[str, ...]
    cvss: float | None
    """The highest CVSS 3 base score among them."""


class PackageRevision(Struct, frozen=True, kw_only=True):
    """One revision of a distribution's source package, and the one that followed it in the same suite."""

    package: str
    version: str
    suite: str
    """Code name (`jessie`), or `unstable`."""
    day: date
    following: str | None
    """The next revision in that suite; None when it is the last one that we know."""
    next_day: date | None


class Fix(Struct, frozen=True, kw_only=True):
    """One CVE that a distribution's suite has fixed in a revision of a package."""

    cve: str
    suite: str
    fixed: str
    day: date
    advisory: str
    """`DSA-3550`."""


class Bracket(Struct, frozen=True, kw_only=True):
    """When a version came out: on `earliest` exactly, or between its neighbours in the same branch."""

    earliest: date | None
    """Day of the newest known version before it; None when none of its branch is known."""
    latest: date | None
    """Day of the oldest known version after it; the same day as `earliest` when exact."""
    exact: bool


class Update(Struct, frozen=True, kw_only=True):
    """One monthly or extra update of a Windows build."""

    build: str
    """`10.0.17763`."""
    revision: int
    day: date
    kb: str


class SystemObject(Struct, frozen=True, kw_only=True):
    """What a sysObjectID stands for, by the longest known prefix."""

    prefix: str
    name: str
    """For people: `HP ProCurve`."""
    kind: str
    """`network`, `firewall`, `printer`, `power`, ...; empty when not told."""


class DistroRelease(Struct, frozen=True, kw_only=True):
    """One release of a distribution, by its code name."""

    distro: str
    """`debian` or `ubuntu`."""
    series: str
    """`jessie`."""
    version: str
    created: date
    """Day its archive opened: no package in it is older by build."""
    released: date | None
    ends: date | None
    """Last day of anybody's updates, paid ones included."""


class DataSource(Struct, frozen=True, kw_only=True):
    """One table of the knowledge base and how old it is."""

    name: str
    rows: int
    dated: date
    source: str
    licence: str


class Knowledge(Protocol):
    """Read-only answers; the same question always gets the same answer within one version."""

    def __hash__(self) -> int:
        """By identity: what was made of a base's answers may be remembered for that base."""

    @property
    def version(self) -> str:
        """Hash of all facts and rules: judgements made with equal versions are equal."""

    def rules(self, field: str) -> Sequence[Rule]:
        """The rule table for one observation field, in order; empty where there is none."""

    def vendor(self, mac: Mac) -> str | None:
        """Who made the network card, by the longest registered prefix; None when unregistered or random."""

    def product(self, name: str, vendor: str | None = None) -> str | None:
        """The `vendor:product` that a spelling for people or a CPE 2.3 name stands for; None when no table knows it."""

    def branches(self, product: str, version: str | None = None) -> Sequence[Branch]:
        """Every edition hypothesis of a product (CPE `vendor:product`) that fits the version, oldest end first."""

    def windows(self, build: str) -> Sequence[Branch]:
        """Every Windows edition hypothesis (client, server, LTSC, ESU) for a build such as `6.1.7601`."""

    def released(self, product: str, version: str) -> Released | None:
        """When that version came out, or None."""

    def exposures(self) -> Sequence[ExposureFact]:
        """Every known exposure, by id."""

    def dicom_root(self, uid: str) -> str | None:
        """The maker or toolkit behind a DICOM implementation class UID, by the longest prefix."""

    def sources(self) -> Sequence[DataSource]:
        """What was built in, for the report's method page."""

    def bracket(self, product: str, version: str) -> Bracket:
        """When a version came out: exactly, or between its neighbours in the same branch."""

    def following(self, product: str, version: str) -> Released | None:
        """The next version of the same branch after this one, known or not; None when it is the newest we know."""

    def compare(self, product: str, one: str, other: str) -> int | None:
        """Order two versions as their maker counts: -1, 0, 1, or None where there is no order between them."""

    def source_package(self, product: str) -> str | None:
        """The Debian source package of a program (`openbsd:openssh`); None where distributions do not mend it."""

    def package(self, package: str, version: str, suite: str | None = None) -> PackageRevision | None:
        """A Debian or Ubuntu source package's revision, with or without its epoch; without a suite the earliest."""

    def fixes(self, package: str) -> Sequence[Fix]:
        """Every CVE that a Debian suite fixed in a source package, oldest first."""

    def distro(self, series: str) -> DistroRelease | None:
        """A Debian or Ubuntu release by its code name or its version number (`jessie`, `22.04`)."""

    def updates(self, build: str) -> Sequence[Update]:
        """The updates of a Windows build such as `10.0.17763`, oldest first; empty when we have no table of it."""

    def kev(self, cve: str) -> Exploited | None:
        """The catalogue's line when the CVE is known to be exploited."""

    def exploited(self) -> Sequence[Exploited]:
        """The whole catalogue, by CVE."""

    def epss(self, cve: str) -> Likelihood | None:
        """How likely it is exploited somewhere within 30 days."""

    def cvss(self, cve: str) -> float | None:
        """CVSS 3 base score, 0..10."""

    def ssvc(self, cve: str) -> Decision | None:
        """CISA's decision points."""

    def affected(self, product: str, version: str | None = None) -> Sequence[Affected]:
        """The known ranges of a product; with a version those that surely hold it, in its maker's order."""

    def advisories(self, vendor: str, product: str) -> Sequence[Advisory]:
        """Advisories that name this vendor and product (words in common), newest first; related, never confirmed."""

    def enterprise(self, number: int) -> str | None:
        """Who registered an SNMP enterprise number with IANA."""

    def sysoid(self, oid: str) -> SystemObject | None:
        """What a sysObjectID stands for, by the longest known prefix."""
