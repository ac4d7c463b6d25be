"""Remember what each address has had to bear: budgets per host and day that outlive a run and a restart."""

import ipaddress
import os
import sqlite3
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from scanner.errors import StoreError
from scanner.model.net import Address
from scanner.scope.file import IPNetwork

VERSION: Final = 2
"""2: spans, one row for all addresses of a range."""
_HOURS: Final = 24


class Ledger:
    """Initiations per address and hour in a small SQLite file of its own, shared by every worker on it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # created here, so that it is never readable by others, not even for a moment
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: cannot open the ledger of budgets: {error}") from error
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def spend(self, address: Address, now: datetime, budget: int | None, count: int = 1) -> bool:
        """Book `count` initiations before they are sent; False, and nothing booked, when that exceeds `budget`.

        The day is the current hour and the 24 before it, so the limit holds for any 24 hours.
        """
        if budget is None:
            return True
        hour = int(now.timestamp()) // 3600
        try:
            self._db.execute("BEGIN IMMEDIATE")
            spent = self._sum(address, hour)
            if spent + count > budget:
                self._db.execute("ROLLBACK")
                return False
            self._db.execute(
                "INSERT INTO spent VALUES (?, ?, ?)"
                " ON CONFLICT (address, hour) DO UPDATE SET count = count + excluded.count",
                (address, hour, count),
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise StoreError(
                f"{self._path}: cannot book what is sent, so nothing is sent: {error}"
            ) from error
        return True

    def spend_span(self, network: IPNetwork, now: datetime, budget: int | None, count: int = 1) -> bool:
        """Book `count` initiations to every address of a network at once, in one row; False, and nothing booked,
        when that exceeds the budget of any of them (`tired` says whose).
        """
        if budget is None:
            return True
        hour = int(now.timestamp()) // 3600
        try:
            self._db.execute("BEGIN IMMEDIATE")
            if self._most(network, hour, budget - count):
                self._db.execute("ROLLBACK")
                return False
            self._db.execute(
                "INSERT INTO spans VALUES (?, ?, ?, ?)"
                " ON CONFLICT (first, last, hour) DO UPDATE SET count = count + excluded.count",
                (*_ends(network), hour, count),
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise StoreError(
                f"{self._path}: cannot book what is sent, so nothing is sent: {error}"
            ) from error
        return True

    def tired(
        self, network: IPNetwork, now: datetime, budget: int | None, count: int = 1
    ) -> tuple[IPNetwork, ...]:
        """The parts of a network that cannot bear `count` more within `budget`: to be left out of a span."""
        if budget is None:
            return ()
        try:
            ranges = self._most(network, int(now.timestamp()) // 3600, budget - count)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot read the ledger of budgets: {error}") from error
        kind = type(network.network_address)
        found = [
            one
            for first, last in ranges
            for one in ipaddress.summarize_address_range(kind(first), kind(last))
        ]
        return tuple(ipaddress.collapse_addresses(found))  # type: ignore[type-var]  # one version

    def spent(self, address: Address, now: datetime) -> int:
        """How many initiations `address` has had in the last 24 hours."""
        try:
            return self._sum(address, int(now.timestamp()) // 3600)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot read the ledger of budgets: {error}") from error

    def close(self) -> None:
        """Close the file; harmless when already closed."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sum(self, address: Address, hour: int) -> int:
        row = self._db.execute(
            "SELECT coalesce(sum(count), 0) FROM spent WHERE address = ? AND hour >= ?",
            (address, hour - _HOURS),
        ).fetchone()
        at = _key(ipaddress.ip_address(address))
        (spans,) = self._db.execute(
            "SELECT coalesce(sum(count), 0) FROM spans WHERE first <= ? AND last >= ? AND hour >= ?",
            (at, at, hour - _HOURS),
        ).fetchone()
        return int(row[0]) + int(spans)

    def _most(self, network: IPNetwork, hour: int, allowed: int) -> list[tuple[int, int]]:
        """The ranges of a network, as numbers, whose addresses have had more than `allowed`."""
        low, high = int(network.network_address), int(network.broadcast_address)
        first, last = _ends(network)
        rises: Counter[int] = Counter()
        for begin, end, count in self._db.execute(
            "SELECT first, last, count FROM spans WHERE first <= ? AND last >= ? AND hour >= ?",
            (last, first, hour - _HOURS),
        ):
            rises[max(low, _number(begin))] += count
            rises[min(high, _number(end)) + 1] -= count
        for address, count in self._db.execute(
            "SELECT address, sum(count) FROM spent WHERE hour >= ? GROUP BY address", (hour - _HOURS,)
        ):
            one = ipaddress.ip_address(address)
            if one in network:
                rises[int(one)] += count
                rises[int(one) + 1] -= count
        return _above(rises, low, high, allowed)

    def _prepare(self) -> None:
        try:
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise StoreError(
                    f"{self._path}: is from a newer stalehost (version {version}); update this one"
                )
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS spent (address TEXT NOT NULL, hour INTEGER NOT NULL,"
                " count INTEGER NOT NULL, PRIMARY KEY (address, hour)) WITHOUT ROWID"
            )
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS spans (first BLOB NOT NULL, last BLOB NOT NULL, hour INTEGER NOT NULL,"
                " count INTEGER NOT NULL, PRIMARY KEY (first, last, hour)) WITHOUT ROWID"
            )
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.OperationalError as error:
            # a full disk, or somebody else who writes: the file itself is well
            raise StoreError(f"{self._path}: cannot open the ledger of budgets: {error}") from error
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: is not a ledger of budgets: {error}") from error

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def _ends(network: IPNetwork) -> tuple[bytes, bytes]:
    return _key(network.network_address), _key(network.broadcast_address)


def _key(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    """Sorts as addresses do, and keeps the two versions apart."""
    return bytes([address.version]) + address.packed


def _number(key: bytes) -> int:
    return int.from_bytes(key[1:], "big")


def _above(rises: Counter[int], low: int, high: int, allowed: int) -> list[tuple[int, int]]:
    """Where a sum of steps is above `allowed`, between `low` and `high`."""
    found: list[tuple[int, int]] = []
    rises[low] += 0
    edges = sorted(edge for edge in rises if edge <= high)
    level = 0
    for edge, after in zip(edges, [*edges[1:], high + 1], strict=True):
        level += rises[edge]
        if level > allowed:
            found.append((edge, after - 1))
    return found
