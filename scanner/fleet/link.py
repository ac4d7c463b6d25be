"""Connect to the fleet's database; what goes wrong is a StoreError in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from scanner.errors import StoreError
from scanner.store import faults

Link = psycopg.Connection[tuple[Any, ...]]
"""One connection, in autocommit: each call of a function is a transaction of its own."""

_PATIENCE_S: Final = 10
_OURS: Final = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InvalidAuthorizationSpecification,
    psycopg.errors.ProgramLimitExceeded,
)


def connect(where: str) -> Link:
    """Connect to `where`, a PostgreSQL URL or its parts; raise StoreError when the server is away or refuses."""
    with said(where):
        return psycopg.connect(
            where.replace("postgresql+psycopg:", "postgresql:", 1),
            autocommit=True,
            connect_timeout=_PATIENCE_S,
            application_name="stalehost-fleet",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            # how long data of ours may go unanswered before the connection counts as lost
            tcp_user_timeout=_PATIENCE_S * 1000,
            options="-c search_path=fleet,public,pg_temp",
        )


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
        why = ours if isinstance(error, _OURS) and ours else faults.reason(error, hidden)
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
