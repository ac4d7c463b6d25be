"""Reach the database: a file for SQLite, a URL for PostgreSQL. What is said of it never holds a password."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from scanner.errors import StoreError

PATIENCE_MS: Final = 10_000
"""How long to wait for another writer, and for a server to answer."""

_POSTGRESQL: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_IDLE_S: Final = 30
"""Seconds of silence after which the system asks whether the server is still there, and between two such asks."""


def connect(where: Path | str) -> tuple[sa.Engine, str]:
    """An engine that has not connected yet, and the name to call the database by: no password is in it.

    Raise StoreError for a file that cannot be made and for a URL that is none of ours.
    """
    if isinstance(where, Path):
        return _file(where), str(where)
    url = _url(where)
    if url.drivername == "sqlite":
        return _file(Path(url.database or "")), url.render_as_string()
    return _server(url), named(url)


def named(url: sa.URL) -> str:
    """A server's database as people would call it: without the password, and without options, which may hold one."""
    bare = sa.URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database
    )
    return bare.render_as_string()


def secrets(url: sa.URL) -> tuple[str, ...]:
    """What of a URL must never be shown: its passwords, wherever they stand."""
    words: list[str] = [str(url.password)] if url.password else []
    for key, value in url.query.items():
        if "password" in key:
            words += [value] if isinstance(value, str) else value
    return tuple(words)


def _url(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        # `from None`: the text is in the error's own words, and a password may be in the text
        raise StoreError(
            "the database URL cannot be read; write postgresql://USER@HOST/DATABASE, with the password in"
            " ~/.pgpass or PGPASSWORD (characters such as @ or / in it are written %40, %2F)"
        ) from None
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        return url
    raise StoreError(
        f"{url.drivername}: no such kind of store; give a file, or postgresql://USER@HOST/DATABASE"
    )


def _server(url: sa.URL) -> sa.Engine:
    settings: Mapping[str, int | str] = {
        "connect_timeout": PATIENCE_MS // 1000,
        "keepalives_idle": _IDLE_S,
        "keepalives_interval": _IDLE_S,
        "keepalives_count": 3,
        "application_name": "stalehost",
    }
    # what the URL says goes before what we would say
    fitting = {key: value for key, value in settings.items() if key not in url.query}
    try:
        engine = sa.create_engine(
            url, connect_args=fitting, pool_pre_ping=True, pool_size=2, hide_parameters=True
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{named(url)}: PostgreSQL needs a package more: pip install 'stalehost[server]'"
        ) from error
    sa.event.listen(engine, "connect", _be_patient)
    return engine


def _file(where: Path) -> sa.Engine:
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        # 0600 from the first byte on: the log says which devices are easy to take
        os.close(os.open(where, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"{where}: {error.strerror}") from error
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(where)), poolclass=sa.StaticPool)
    sa.event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: DBAPIConnection, _record: object) -> None:
    """Readers never block the writer, and a killed process loses no committed row."""
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={PATIENCE_MS}"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _be_patient(connection: DBAPIConnection, _record: object) -> None:
    """Wait for another writer as long as with SQLite; times are UTC by their text, whatever the server's zone is."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {PATIENCE_MS}")
    cursor.close()
    connection.commit()
