"""The part of the machine output's types that says what looking did to the network."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from scanner.model.kinds import Kind


class Trip(Struct, frozen=True, kw_only=True):
    """One device that fared badly, what was stopped because of it, and who let the work go on."""

    address: str
    kind: Kind
    level: str
    network: str
    profile: str
    why: str
    at: datetime
    resumed: datetime | None
    resumed_by: str | None
    reason: str | None


class Borne(Struct, frozen=True, kw_only=True):
    """What one address had to bear."""

    address: str
    initiations: int
    connections: int
    sent: int
    received: int
    refused: int


class Cared(Struct, frozen=True, kw_only=True):
    """One device that was treated with more care than its network asks for."""

    address: str
    kind: Kind
    profile: str
    """The care that it got."""
    network: str
    """What its network's profile is."""
    before: bool
    """Whether that was known before the run; otherwise it showed itself in it."""
    rows: tuple[str, ...]
    """Its rows of the fragile list; empty where its kind alone asks for the care."""
    why: tuple[str, ...]
    source: tuple[str, ...]


class Safety(Struct, frozen=True, kw_only=True):
    """What was sent, what our own gate refused, and who could not stand it."""

    exchanges: int
    refused: int
    notes: tuple[str, ...]
    trips: tuple[Trip, ...]
    """Every trip of the breaker, oldest first."""
    cared: tuple[Cared, ...]
    """Whom the last scan treated with more care than the network asks for."""
    stopped: tuple[str, ...]
    """Why runs ended early."""
    harm: tuple[Borne, ...]
    """What each address had to bear in the last scan."""
    frames: int
    """Raw frames that the last scan sent to find out who is there."""
    names: Mapping[str, tuple[str, ...]]
    """The addresses that excluded host names had as the last scan began."""
    head: str | None
    """The hash of the last line of the audit as the last scan ended."""
