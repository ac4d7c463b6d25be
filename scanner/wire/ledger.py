"""Remember what each address has had to bear: budgets per host and day that outlive a run and a restart."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from scanner.errors import StoreError
from scanner.model.net import Address

VERSION: Final = 1
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
        return int(row[0])

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
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: is not a ledger of budgets: {error}") from error

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
