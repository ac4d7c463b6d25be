"""Lay the fleet's tables, functions and rights into a PostgreSQL database, and bring older ones up to date."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from procrastinate.schema import SchemaManager
from psycopg import sql

from scanner.errors import StoreError
from scanner.fleet.link import Link, said

_STEPS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("1_tables", "2_sensor", "2_centre", "3_enrol"),
    2: ("5_schedule", "6_health", "6_restore", "9_faults", "8_run", "10_shared", "11_lifted"),
}
"""The files of `sql/` that each version added, in order; a new database and an old one go through the same.

What has been released is never edited: a later file says ALTER TABLE or CREATE OR REPLACE FUNCTION. Of several that
replace one function the last counts, so it keeps what those before it did. What may be called by sensors stands in
`4_rights.sql`, which runs each time.
"""

VERSION: Final = max(_STEPS)
"""Of the schema."""

_ROLES: Final = (
    ("stalehost_fleet", "NOLOGIN"),
    ("stalehost_sensor", "NOLOGIN"),
    ("stalehost_enrol", "LOGIN CONNECTION LIMIT 20"),
)
_INSTALLING: Final = 0x7374616C66
"""The lock of an installation ("stalf" in ASCII)."""


def install(link: Link) -> bool:
    """Install what is missing, whole or not at all; give whether anything was. A superuser does this.

    What the tables hold stays. The rights are set each time: a database that was restored or copied has lost those
    that are its own.

    Raise StoreError when a newer program has been here, or when the user may not.
    """
    with said(), link.transaction():
        link.execute("SELECT pg_advisory_xact_lock(%s)", (_INSTALLING,))
        found = version(link) or 0
        if found > VERSION:
            raise StoreError(
                f"the fleet's schema is {found}, this program's is {VERSION}; update the program"
            )
        if not found:
            _found(link)
        if found < VERSION:
            _raise(link, found)
        _rights(link)
    return found < VERSION


def check(link: Link) -> None:
    """Raise StoreError when the schema is not this program's: a centre that works on another does harm."""
    with said():
        found = version(link)
    if found != VERSION:
        raise StoreError(
            f"the fleet's schema is {found or 'not there'}, this program's is {VERSION}: "
            + ("update the program" if found and found > VERSION else "run `stalehost fleet init`")
        )


def version(link: Link) -> int | None:
    """Of the schema that is there; None without one."""
    there = link.execute("SELECT to_regclass('fleet.version')").fetchone()
    if there is None or there[0] is None:
        return None
    row = link.execute("SELECT number FROM fleet.version").fetchone()
    return int(row[0]) if row else None


def _found(link: Link) -> None:
    """Make the roles, and a schema with the engine's tables and ours of version 0: none."""
    for name, rights in _ROLES:
        _role(link, name, rights)
    link.execute("GRANT pg_read_all_stats TO stalehost_fleet")  # whose certificate is at the other end
    link.execute("CREATE SCHEMA fleet AUTHORIZATION stalehost_fleet")
    link.execute("GRANT USAGE ON LANGUAGE plpgsql, sql TO stalehost_fleet")
    _as_owner(link)
    link.execute(SchemaManager.get_schema().encode())
    link.execute("CREATE TABLE version AS SELECT 0 AS number")
    link.execute("RESET ROLE")


def _raise(link: Link, found: int) -> None:
    """Go through what came after version `found`."""
    _as_owner(link)
    for step in (one for at in sorted(_STEPS) if at > found for one in _STEPS[at]):
        link.execute(_text(step).encode())
    link.execute(sql.SQL("UPDATE version SET number = {}").format(VERSION))
    link.execute("RESET ROLE")


def _as_owner(link: Link) -> None:
    """What is made from here on belongs to the role as which the sensors' functions run; it can log in nowhere."""
    link.execute("SET LOCAL search_path = fleet, pg_temp")
    link.execute("SET LOCAL ROLE stalehost_fleet")


def _rights(link: Link) -> None:
    link.execute("SET LOCAL search_path = fleet, pg_temp")
    link.execute(_text("4_rights").encode())


def _role(link: Link, name: str, rights: str) -> None:
    """Make a role that is not there yet: they are the server's, not the database's."""
    if link.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        link.execute(sql.SQL("CREATE ROLE {} ").format(sql.Identifier(name)) + sql.SQL(rights))


def _text(step: str) -> str:
    return files("scanner.fleet").joinpath("sql", f"{step}.sql").read_text("utf-8")
