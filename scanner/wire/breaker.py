"""The breaker: a device that fares badly stops the work around it, and only a named person lets it go on.

Trips are kept in the wire's own ledger, so that a scan that is started again stays stopped.
"""

import enum
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from scanner.errors import StoreError
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.model.run import Tripped


class Level(enum.StrEnum):
    """How far a trip reaches; each level includes those before it."""

    HOST = "host"
    KIND = "kind"
    """Every device of its kind."""
    SEGMENT = "segment"
    """Every device of its network."""
    SCAN = "scan"


class Threshold(Struct, frozen=True, kw_only=True):
    """From how many unhealthy hosts of a profile each level trips; None = never."""

    kind: int | None = None
    segment: int | None = None
    scan: int | None = None
    share: float | None = None
    """The scan trips too when more than one host, and more than this share of those touched, is unhealthy."""


THRESHOLDS: Final[Mapping[Profile, Threshold | None]] = {
    Profile.PASSIVE: Threshold(kind=1, segment=1, scan=1),
    Profile.OT: Threshold(kind=1, segment=1, scan=1),
    Profile.CLINICAL: Threshold(kind=1, segment=1, scan=2),
    Profile.OFFICE: Threshold(scan=5, share=0.01),
    Profile.LAB: None,
    Profile.BENCH: None,
}
"""Profile table of docs/safety.md, line `breaker`; None = off."""


class Trip(Struct, frozen=True, kw_only=True):
    """One device that fared badly, and what was stopped because of it."""

    level: Level
    address: Address
    cidr: str
    kind: Kind
    profile: Profile
    why: str
    at: datetime
    by: str | None = None
    """The machine whose breaker it was; None = ours."""


class Breaker:
    """One of them serves a whole run; the file is the ledger's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._others: tuple[Trip, ...] = ()
        self.told: Callable[[Tripped], None] = lambda _trip: None
        """Who hears of a trip of ours, whether it could be kept or not."""
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: cannot open the ledger for the breaker: {error}") from error
        try:
            self._open = self._load()
        except sqlite3.Error as error:
            self._db.close()
            # a full disk, or somebody else who writes: the file itself is well
            well = isinstance(error, sqlite3.OperationalError)
            why = "cannot open the ledger for the breaker" if well else "is no ledger"
            raise StoreError(f"{path}: {why}: {error}") from error

    @property
    def trips(self) -> tuple[Trip, ...]:
        """Every trip of ours that nobody has resumed from, oldest first."""
        return tuple(self._open)

    @property
    def holds(self) -> bool:
        """Whether anything is held back at all, by a trip of ours or of another machine."""
        return bool(self._open or self._others)

    def hear(self, others: Iterable[Trip]) -> None:
        """Take in what tripped on other machines and nobody has resumed from: it holds here until it is told no more."""
        self._others = tuple(others)

    def sick(self, trip: Trip, touched: int) -> Trip | None:
        """Take in that a device fares badly (its `level` is decided here), `touched` hosts of its profile so far.

        Gives the trip as it is kept; None where the profile has no breaker or the device had tripped already.
        """
        rule = THRESHOLDS[trip.profile]
        if rule is None or any(one.address == trip.address for one in self._open):
            return None
        count = 1 + sum(one.profile is trip.profile for one in self._open)
        kept = Trip(
            level=_level(rule, count, touched),
            address=trip.address,
            cidr=trip.cidr,
            kind=trip.kind,
            profile=trip.profile,
            why=trip.why,
            at=trip.at,
        )
        self._open.append(kept)
        try:
            self._keep(kept)
        finally:
            # others may know it though our disk is full
            self.told(
                Tripped(
                    address=kept.address, kind=kept.kind, level=kept.level.value, network=kept.cidr,
                    profile=kept.profile, why=kept.why, at=kept.at,
                )
            )  # fmt: skip
        return kept

    def why_not(self, address: Address, cidr: str, kind: Kind) -> str | None:
        """Why nothing may be sent there now; None when the breaker has no objection."""
        for trip in (*self._open, *self._others):
            if _reaches(trip, address, cidr, kind):
                return f"{_whose(trip)} stopped this {trip.level}: {trip.address} ({trip.kind}), {trip.why}"
        return None

    @property
    def stopped(self) -> Trip | None:
        """The trip that stopped the whole scan, if one did."""
        return next((trip for trip in self._open if trip.level is Level.SCAN), None)

    @property
    def history(self) -> tuple[Tripped, ...]:
        """Every trip there ever was, oldest first, and who resumed from it; StoreError when it cannot be read."""
        try:
            rows = self._db.execute(
                "SELECT address, kind, level, cidr, profile, why, at, resumed, resumed_by, reason FROM trips ORDER BY rowid"
            ).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot read the trips of the breaker: {error}") from error
        return tuple(
            Tripped(
                address=Address(address),
                kind=Kind(kind),
                level=level,
                network=cidr,
                profile=Profile(profile),
                why=why,
                at=datetime.fromisoformat(at),
                resumed=datetime.fromisoformat(resumed) if resumed else None,
                resumed_by=by,
                reason=reason,
            )
            for address, kind, level, cidr, profile, why, at, resumed, by, reason in rows
        )

    def resume(self, by: str, reason: str, now: datetime) -> tuple[Trip, ...]:
        """Let the work go on after every open trip, on a named person's word; give those trips."""
        try:
            self._db.execute(
                "UPDATE trips SET resumed = ?, resumed_by = ?, reason = ? WHERE resumed IS NULL",
                (now.isoformat(), by, reason),
            )
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot keep who resumed: {error}") from error
        trips, self._open = self.trips, []
        return trips

    def close(self) -> None:
        """Close the file; harmless when already closed."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _load(self) -> list[Trip]:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS trips (at TEXT NOT NULL, level TEXT NOT NULL, address TEXT NOT NULL,"
            " cidr TEXT NOT NULL, kind TEXT NOT NULL, profile TEXT NOT NULL, why TEXT NOT NULL,"
            " resumed TEXT, resumed_by TEXT, reason TEXT)"
        )
        rows = self._db.execute(
            "SELECT level, address, cidr, kind, profile, why, at FROM trips WHERE resumed IS NULL ORDER BY rowid"
        )
        return [
            Trip(
                level=Level(level),
                address=Address(address),
                cidr=cidr,
                kind=Kind(kind),
                profile=Profile(profile),
                why=why,
                at=datetime.fromisoformat(at),
            )
            for level, address, cidr, kind, profile, why, at in rows
        ]

    def _keep(self, trip: Trip) -> None:
        try:
            self._db.execute(
                "INSERT INTO trips (at, level, address, cidr, kind, profile, why) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    trip.at.isoformat(),
                    trip.level,
                    trip.address,
                    trip.cidr,
                    trip.kind,
                    trip.profile,
                    trip.why,
                ),
            )
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot keep that the breaker tripped: {error}") from error


def _level(rule: Threshold, count: int, touched: int) -> Level:
    def reached(least: int | None) -> bool:
        return least is not None and count >= least

    # one host alone is never a share: in an office somebody just shut a laptop
    if reached(rule.scan) or (rule.share is not None and count > max(1, rule.share * touched)):
        return Level.SCAN
    if reached(rule.segment):
        return Level.SEGMENT
    return Level.KIND if reached(rule.kind) else Level.HOST


def _whose(trip: Trip) -> str:
    return "the breaker" if trip.by is None else f"the breaker of {trip.by}"


def _reaches(trip: Trip, address: Address, cidr: str, kind: Kind) -> bool:
    # another machine's scope file may cut its networks otherwise
    inside = trip.by is not None and ip_address(address) in ip_network(trip.cidr)
    near = trip.level is Level.SEGMENT and (trip.cidr == cidr or inside)
    alike = trip.level is not Level.HOST and kind is trip.kind and kind is not Kind.UNKNOWN
    return trip.level is Level.SCAN or near or alike or trip.address == address
