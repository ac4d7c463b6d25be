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


class DataSource(Struct, frozen=True, kw_only=True):
    """One table of the knowledge base and how old it is."""

    name: str
    rows: int
    dated: date
    source: str
    licence: str


class Knowledge(Protocol):
    """Read-only answers; the same question always gets the same answer within one version."""

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
