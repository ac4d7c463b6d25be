"""Lay the fleet's tables, functions and rights into a PostgreSQL database, once."""

from importlib.resources import files
from typing import Final

from procrastinate.schema import SchemaManager
from psycopg import sql

from scanner.errors import StoreError
from scanner.fleet.link import Link, said

VERSION: Final = 1
"""Of the schema; raised with each step."""

_STEPS: Final = ("1_tables", "2_sensor", "2_centre", "3_enrol")
_ROLES: Final = (
    ("stalehost_fleet", "NOLOGIN"),
    ("stalehost_sensor", "NOLOGIN"),
    ("stalehost_enrol", "LOGIN CONNECTION LIMIT 20"),
)
_INSTALLING: Final = 0x7374616C66
"""The lock of an installation ("stalf" in ASCII)."""


def install(link: Link) -> bool:
    """Install what is missing, whole or not at all; give whether anything was. A superuser does this.

    The rights are set each time: a database that was restored or copied has lost those that are its own.

    Raise StoreError when a newer program has been here, or when the user may not.
    """
    with said(), link.transaction():
        link.execute("SELECT pg_advisory_xact_lock(%s)", (_INSTALLING,))
        if (found := version(link)) is not None:
            if found != VERSION:
                raise StoreError(
                    f"the fleet's schema is {found}, this program's is {VERSION}; update the older"
                )
            _rights(link)
            return False
        for name, rights in _ROLES:
            _role(link, name, rights)
        link.execute("GRANT pg_read_all_stats TO stalehost_fleet")  # whose certificate is at the other end
        link.execute("CREATE SCHEMA fleet AUTHORIZATION stalehost_fleet")
        link.execute("GRANT USAGE ON LANGUAGE plpgsql, sql TO stalehost_fleet")
        link.execute("SET LOCAL search_path = fleet, pg_temp")
        # what it makes is its own; the sensors' functions run as this role, which can log in nowhere
        link.execute("SET LOCAL ROLE stalehost_fleet")
        for text in (SchemaManager.get_schema(), *map(_text, _STEPS)):
            link.execute(text.encode())
        link.execute(sql.SQL("CREATE TABLE version AS SELECT {} AS number").format(VERSION))
        link.execute("RESET ROLE")
        _rights(link)
    return True


def version(link: Link) -> int | None:
    """Of the schema that is there; None without one."""
    there = link.execute("SELECT to_regclass('fleet.version')").fetchone()
    if there is None or there[0] is None:
        return None
    row = link.execute("SELECT number FROM fleet.version").fetchone()
    return int(row[0]) if row else None


def _rights(link: Link) -> None:
    link.execute("SET LOCAL search_path = fleet, pg_temp")
    link.execute(_text("4_rights").encode())


def _role(link: Link, name: str, rights: str) -> None:
    """Make a role that is not there yet: they are the server's, not the database's."""
    if link.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        link.execute(sql.SQL("CREATE ROLE {} ").format(sql.Identifier(name)) + sql.SQL(rights))


def _text(step: str) -> str:
    return files("scanner.fleet").joinpath("sql", f"{step}.sql").read_text("utf-8")
