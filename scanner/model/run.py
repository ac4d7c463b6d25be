"""The run snapshot: with the log, the shipped knowledge and `now`, all that judgement depends on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from scanner.model.decision import Decision
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address

LOOKS: Final = frozenset({"scan", "demo", "listen"})
"""Commands that look at a network; an import tells what others saw."""


class Harm(Struct, frozen=True, kw_only=True):
    """What one address had to bear in one run, as the audit has it."""

    address: Address
    initiations: int = 0
    """Connections that were begun, those that failed included."""
    connections: int = 0
    """Connections that came about and ended."""
    sent: int = 0
    """Bytes that we sent, without the headers that the network adds."""
    received: int = 0
    """Bytes that it sent us."""
    refused: int = 0
    """What our own gate refused to send it."""


class Tripped(Struct, frozen=True, kw_only=True):
    """One trip of the breaker: a device fared badly, and work was stopped because of it."""

    address: Address
    kind: Kind
    level: str
    """How far it reached: `host`, `kind`, `segment` or `scan`."""
    network: str
    profile: Profile
    why: str
    at: datetime
    resumed: datetime | None = None
    """When somebody let the work go on; None while it stands still."""
    resumed_by: str | None = None
    reason: str | None = None


class Cared(Struct, frozen=True, kw_only=True):
    """One device that was treated with more care than its network asks for."""

    address: Address
    kind: Kind
    profile: Profile
    """The care that it got."""
    network: Profile
    """What its network's profile is."""
    before: bool
    """Whether that was known before the run; otherwise it showed itself in it."""
    rows: tuple[str, ...] = ()
    """Its rows of the fragile list; empty where its kind alone asks for the care."""
    why: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    """Of each row, the reason and whose word it is."""


class Run(Struct, frozen=True, kw_only=True):
    """One run of the left half, and the settings that its judgement uses."""

    id: str
    engagement: str
    started: datetime
    ended: datetime | None
    command: str
    """`scan`, `import`, `listen`, `demo`."""
    scope: str
    """The scope file's text, word for word."""
    seed: int
    parameters: Mapping[str, float]
    """Judgement parameters that differ from the shipped ones."""
    versions: Mapping[str, str]
    """Program, knowledge and schema versions in force."""
    notes: tuple[str, ...] = ()
    """What the run could not do, in words: shown with the coverage."""
    authority: str = ""
    """On whose word it was made, in words; empty in runs that were stored before signatures were known."""
    harm: tuple[Harm, ...] = ()
    """What was done to each address, once the run has ended."""
    frames: int = 0
    """ARP requests sent, all segments together."""
    trips: tuple[Tripped, ...] = ()
    """Every trip of the breaker in this engagement up to the end of the run, oldest first."""
    cared: tuple[Cared, ...] = ()
    """Who was treated with more care than its network asks for, once the run has ended."""
    stopped: str | None = None
    """Why the run ended early; None when it came to its end."""
    names: Mapping[str, tuple[Address, ...]] = {}
    """The addresses that excluded host names had when the run began: none of them was touched."""
    head: str | None = None
    """The hash of the last line of the audit at the end of the run; None where nothing was audited."""
    decisions: tuple[Decision, ...] = ()
    """What people had decided about findings when it began."""
    site: str | None = None
    """The site whose bundle brought it; None = made here."""

    @property
    def looked(self) -> bool:
        """Whether it looked at a network itself."""
        return self.command in LOOKS
