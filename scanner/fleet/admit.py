"""Who belongs to the fleet: invite a sensor by a one-time code, sign its key, take the trust back."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from psycopg import sql

from scanner.errors import DataError
from scanner.fleet import authority
from scanner.fleet.authority import Pair
from scanner.fleet.blackout import ALL
from scanner.fleet.link import Link, said

HOURS: Final = 24
"""How long a code may be used, once."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


class Segment(Struct, frozen=True, kw_only=True):
    """One network of a site, and the rate that all its sensors together keep below."""

    id: str
    cidr: str
    zone: str
    rate: float
    """Initiations a second."""


def settle(link: Link, site: str, engagement: str, segments: Sequence[Segment]) -> None:
    """Make a site and its segments known, or change their rates; raise DataError for a name that is none."""
    _fit(site)
    if site == ALL:
        raise DataError(f"{ALL!r} is every site where a blackout is meant: give this one another name")
    with said(), link.transaction():
        link.execute("INSERT INTO fleet.site VALUES (%s, %s) ON CONFLICT DO NOTHING", (site, engagement))
        for one in segments:
            link.execute(
                "INSERT INTO fleet.segment VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET rate = excluded.rate, zone = excluded.zone",
                (one.id, site, one.cidr, one.zone, one.rate),
            )


def segments(link: Link, site: str) -> tuple[tuple[str, str, str], ...]:
    """Id, range and zone of each segment of a site; raise DataError when the centre knows no such site."""
    with said():
        if link.execute("SELECT 1 FROM fleet.site WHERE id = %s", (site,)).fetchone() is None:
            raise DataError(
                f"{site}: no such site; make it known with `stalehost fleet site {site} --scope FILE`"
            )
        rows = link.execute(
            "SELECT id, cidr::text, zone FROM fleet.segment WHERE site = %s ORDER BY id", (site,)
        ).fetchall()
    return tuple((str(one), str(cidr), str(zone)) for one, cidr, zone in rows)


def invite(link: Link, sensor: str, site: str, segments: Sequence[str], hours: int = HOURS) -> str:
    """A new sensor of a site, and the code by which it enrols: shown once, kept as a hash.

    Inviting a sensor again makes another code; the codes before count no longer.
    """
    _fit(sensor)
    role, code = f"stalehost_s_{secrets.token_hex(6)}", secrets.token_urlsafe(24)
    with said(), link.transaction():
        row = link.execute("SELECT site FROM fleet.sensor WHERE id = %s", (sensor,)).fetchone()
        if row is None:
            link.execute(
                "INSERT INTO fleet.sensor (id, role, site) VALUES (%s, %s, %s)", (sensor, role, site)
            )
            link.execute(
                sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 8 IN ROLE stalehost_sensor").format(
                    sql.Identifier(role)
                )
            )
        elif row[0] != site:
            raise DataError(f"{sensor} is a sensor of {row[0]}; a sensor keeps to one site")
        for segment in segments:
            link.execute("INSERT INTO fleet.serves VALUES (%s, %s) ON CONFLICT DO NOTHING", (sensor, segment))
        link.execute("DELETE FROM fleet.code WHERE sensor = %s AND used IS NULL", (sensor,))
        link.execute(
            "INSERT INTO fleet.code VALUES (sha256(convert_to(%s, 'UTF8')), %s,"
            " clock_timestamp() + make_interval(secs => %s))",
            (code, sensor, timedelta(hours=hours).total_seconds()),
        )
    return code


def answer(link: Link, by: Pair, now: datetime) -> int:
    """Sign what sensors have asked for; give how many were answered. What is no request is refused, with the reason."""
    with said(), link.transaction():
        asked = link.execute(
            "SELECT r.id, r.csr, s.role, s.id FROM fleet.request r JOIN fleet.sensor s ON s.id = r.sensor"
            " WHERE r.certificate IS NULL AND r.refused IS NULL AND s.revoked IS NULL"
            " ORDER BY r.id FOR UPDATE OF r SKIP LOCKED"
        ).fetchall()
        for number, csr, role, sensor in asked:
            try:
                certificate, serial, until = authority.sign(by, csr, role, now)
            except DataError as error:
                link.execute("UPDATE fleet.request SET refused = %s WHERE id = %s", (str(error), number))
                continue
            link.execute("INSERT INTO fleet.certificate VALUES (%s, %s, %s)", (serial, sensor, until))
            link.execute("UPDATE fleet.request SET certificate = %s WHERE id = %s", (certificate, number))
    return len(asked)


def revoke(link: Link, sensor: str, now: datetime) -> None:
    """Trust a sensor no more: its certificates, its codes and its log-in end, and so do its open connections.

    Raise DataError when there is none of that name. What it sent before stays: it was seen.
    """
    with said():
        with link.transaction():
            row = link.execute(
                "UPDATE fleet.sensor SET revoked = %s WHERE id = %s RETURNING role", (now, sensor)
            ).fetchone()
            if row is None:
                raise DataError(f"{sensor}: no such sensor; see `stalehost fleet status`")
            link.execute(
                "UPDATE fleet.certificate SET revoked = %s WHERE sensor = %s AND revoked IS NULL",
                (now, sensor),
            )
            link.execute("DELETE FROM fleet.code WHERE sensor = %s AND used IS NULL", (sensor,))
            link.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(row[0])))
        # after the commit: who connects in between is refused already
        link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = %s", (row[0],)
        )


def retire(link: Link, serial: int, now: datetime) -> str:
    """Trust one certificate no more; the sensor's others go on. Give whose it was; raise DataError for nobody's."""
    with said():
        row = link.execute(
            "UPDATE fleet.certificate SET revoked = coalesce(revoked, %s) WHERE serial = %s RETURNING sensor",
            (now, serial),
        ).fetchone()
    if row is None:
        raise DataError(f"{serial:x}: no such certificate; see `stalehost fleet status --certificates`")
    return str(row[0])


def retired(link: Link) -> tuple[tuple[int, datetime], ...]:
    """Serial, and since when it counts no longer, of each certificate that has not ended by itself."""
    with said():
        rows = link.execute(
            "SELECT serial, revoked FROM fleet.certificate"
            " WHERE revoked IS NOT NULL AND not_after > clock_timestamp() - interval '1 day' ORDER BY serial"
        ).fetchall()
    return tuple((int(serial), since) for serial, since in rows)


def serial(text: str) -> int:
    """A serial as people write it, in hexadecimal, with or without colons; raise DataError for what is none."""
    try:
        return int(text.replace(":", ""), 16)
    except ValueError as error:
        raise DataError(f"{text!r} is no serial of a certificate: hexadecimal digits") from error


def sites(link: Link, names: Sequence[str]) -> tuple[str, ...]:
    """The sites that are named, `all` for every one; raise DataError for one that the centre does not know."""
    with said():
        known = [str(one) for (one,) in link.execute("SELECT id FROM fleet.site ORDER BY id")]
    if strange := [one for one in names if one not in known and one != "all"]:
        raise DataError(f"{', '.join(strange)}: no such site; known: {', '.join(known) or 'none yet'}")
    return tuple(known if "all" in names else dict.fromkeys(names))


def _fit(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise DataError(
            f"{name!r} is no name for a site or sensor: small letters, digits and hyphens, 41 at most"
        )
