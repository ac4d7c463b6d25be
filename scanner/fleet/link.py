"""Connect to the fleet's database; what goes wrong is a StoreError in plain words."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict

from scanner.errors import StoreError
from scanner.store import faults

Link = psycopg.Connection[tuple[Any, ...]]
"""One connection, in autocommit: each call of a function is a transaction of its own."""

SILENT_S: Final = 180.0
"""Seconds without a word, in the middle of a question, after which a server counts as away though its machine answers:
more than a batch of 4 MiB takes on a slow line."""
_PATIENCE_S: Final = 10
_OPTIONS: Final = " ".join(
    f"-c {one}"
    for one in (
        "search_path=fleet,public,pg_temp",
        # times come back as they are told to people, whatever the server is set to
        "timezone=UTC",
        # the server notices too that the other end has gone: what a lost call held is free again, within half a minute
        # and not two hours
        "tcp_keepalives_idle=10",
        "tcp_keepalives_interval=5",
        "tcp_keepalives_count=3",
        f"tcp_user_timeout={_PATIENCE_S * 1000}",
        "client_connection_check_interval=5000",
    )
)
REVOKED: Final = "SH001"
"""SQLSTATE by which `fleet.me()` refuses whoever calls."""
_OURS: Final = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InvalidAuthorizationSpecification,
    psycopg.errors.ObjectNotInPrerequisiteState,
    psycopg.errors.ProgramLimitExceeded,
)


class _Patient(psycopg.Connection[tuple[Any, ...]]):
    """A connection that gives a silent server up."""

    silent_s = SILENT_S

    def wait(self, gen: PQGen[Any], *args: Any, **words: Any) -> Any:
        """Wait for an answer, as the driver does, but not for ever."""
        return super().wait(self._until_silent(gen), *args, **words)

    def _until_silent(self, gen: PQGen[Any]) -> Generator[Any, Any, Any]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.silent_s:
                    # nobody knows what became of the question, so nothing more can be asked here
                    self.close()
                    raise psycopg.OperationalError("connection is lost: the server does not answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


def connect(where: str, silent_s: float = SILENT_S) -> Link:
    """Connect to `where`, a PostgreSQL URL or its parts; raise StoreError when the server is away or refuses.

    Each question raises StoreError when the server goes away, or says nothing for `silent_s` seconds.
    """
    with said(where):
        link = _Patient.connect(
            where.replace("postgresql+psycopg:", "postgresql:", 1),
            autocommit=True,
            connect_timeout=_PATIENCE_S,
            application_name="stalehost-fleet",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            # how long data of ours may go unanswered before the connection counts as lost
            tcp_user_timeout=_PATIENCE_S * 1000,
            options=_OPTIONS,
        )
        link.silent_s = silent_s
        return link


@contextmanager
def said(where: str = "") -> Iterator[None]:
    """Turn what the driver raises into a StoreError that names the database and no password."""
    try:
        yield
    except psycopg.Error as error:
        named, hidden = _named(where)
        # what our own functions refuse, they say in words for people
        ours = (
            error.diag.message_primary if (error.diag.context or "").startswith("PL/pgSQL function") else None
        )
        refused = isinstance(error, _OURS) or error.sqlstate == REVOKED
        why = ours if refused and ours else faults.reason(error, hidden)
        raise StoreError(f"{named}: {why}") from error


def _named(where: str) -> tuple[str, tuple[str, ...]]:
    """How to call the database, and what of its URL must not be shown."""
    try:
        parts = conninfo_to_dict(where)
    except psycopg.Error:
        return "the fleet's database", (where,)
    hidden = tuple(str(value) for key, value in parts.items() if "password" in key)
    host, name = parts.get("host"), parts.get("dbname")
    return (f"{name} on {host}" if host and name else "the fleet's database"), hidden
