"""The centre's folder: the fleet's authority, where its database is, and what the database server needs of both."""

import json
import secrets
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict

from scanner.errors import DataError
from scanner.fleet import authority, install, private
from scanner.fleet.authority import Pair
from scanner.fleet.link import Link, said
from scanner.scope.engagement import SCOPE_FILE
from scanner.scope.engagement import find as find_engagement

FOLDER: Final = "fleet"
"""Beside the scope file of the engagement, or wherever the centre is founded."""

_FILE: Final = "fleet.toml"
_AUTHORITY: Final = "authority.pem"
_SERVER: Final = "server"
_RENEW: Final = timedelta(days=275)
"""The server's certificate is made anew when a third of its life is left."""


class Home(Struct, frozen=True, kw_only=True):
    """One fleet, as its centre knows it."""

    root: Path
    database: str
    """URL by which the centre reaches the database; no password is in it."""
    host: str
    port: int
    name: str
    """Where sensors reach the database server, and what the database is called there."""
    engagement: str
    """What every row of the store bears."""

    @property
    def store(self) -> str:
        """The same database as the store calls it."""
        return "postgresql:" + self.database.partition(":")[2]

    @property
    def server(self) -> Path:
        """The files for the database server."""
        return self.root / _SERVER

    @property
    def revoked(self) -> Path:
        """The list of certificates that count no longer (`ssl_crl_file`)."""
        return self.server / "stalehost.crl"

    def authority(self) -> Pair:
        """The key and certificate by which sensors are known; raise DataError when others may read the key."""
        return authority.split(private.read(self.root / _AUTHORITY), str(self.root / _AUTHORITY))


def find(start: Path, folder: Path | None = None, database: str | None = None) -> Home:
    """Open the fleet in `folder`, or the nearest one at or above `start`; raise DataError when there is none.

    `database` stands in for the URL that is kept.
    """
    for one in (folder,) if folder else (start, *start.resolve().parents):
        path = one / FOLDER / _FILE
        if path.is_file():
            kept = _read(path)
            return msgspec.structs.replace(kept, database=database) if database else kept
    raise DataError(f"no fleet in {folder or start} or above; found one with `stalehost fleet init`")


def prepared(link: Link, folder: Path, *, anew: bool = False) -> str:
    """Where the server of this connection keeps its files; raise DataError when its fleet has another folder.

    An authority beside the one by which its sensors are known would shut all of them out: `anew` says that this is
    meant.
    """
    known = anew or (folder / FOLDER / _AUTHORITY).is_file()
    if not known and install.version(link) is not None:
        raise DataError(
            f"the database holds a fleet whose authority is not in {folder / FOLDER}: run this in its folder, or bring"
            f" its {_AUTHORITY} here; where that is lost, --new-authority makes another, and every sensor is invited anew"
        )
    with said():
        row = link.execute("SHOW data_directory").fetchone()
    return str(row[0]) if row else "its data directory"


def engagement(folder: Path) -> str:
    """What the rows of a fleet in this folder bear: as was kept, else as the scope file there says, else a new name."""
    if (folder / FOLDER / _FILE).is_file():
        return _read(folder / FOLDER / _FILE).engagement
    if (folder / SCOPE_FILE).is_file():
        return find_engagement(folder, folder / SCOPE_FILE).id
    return f"eng-{secrets.token_hex(6)}"


def found(home: Home, now: datetime) -> bool:
    """Keep a fleet in its folder; make its authority unless there is one: give whether it was made.

    A server's certificate is made where there is none for this host, or the one that is there ends soon.
    """
    path, new = home.root / _AUTHORITY, not (home.root / _AUTHORITY).exists()
    if new:
        made = authority.found("stalehost fleet", now)
        private.put(path, made.key + made.certificate)
    home.authority()
    private.put(home.root / _FILE, _text(home).encode())
    _serve(home, now)
    return new


def plain(url: str) -> str:
    """A database URL that may be written down; raise DataError for one that cannot be read or holds a password."""
    try:
        parts = conninfo_to_dict(url.replace("postgresql+psycopg:", "postgresql:", 1))
    except psycopg.Error as error:
        raise DataError("the database URL cannot be read; write postgresql://USER@HOST/DATABASE") from error
    if "://" not in url:
        raise DataError("the database is named by a URL: postgresql://USER@HOST/DATABASE")
    if any("password" in key and value for key, value in parts.items()):
        raise DataError(
            "leave the password out of the database URL: put it into ~/.pgpass or PGPASSWORD; the URL is written down"
        )
    return url


def _serve(home: Home, now: datetime) -> None:
    """Write what the server needs: key, certificates, list of the revoked, and the lines of its settings."""
    by, path = home.authority(), home.server / "stalehost.key"
    kept = path.with_suffix(".crt")
    if not path.exists() or not kept.exists() or not _fit(kept.read_bytes(), home.host, now):
        made = authority.serve(by, home.host, now)
        private.put(path, made.key)
        private.put(kept, made.certificate)
    private.put(home.server / "stalehost-ca.crt", by.certificate)
    if not home.revoked.exists():
        private.put(home.revoked, authority.revoked(by, (), now))
    private.put(home.server / "postgresql.conf", _SETTINGS.encode())
    private.put(home.server / "pg_hba.conf", _RULES.format(name=json.dumps(home.name)).encode())


def _fit(certificate: bytes, host: str, now: datetime) -> bool:
    text = certificate.decode("ascii", "replace")
    return authority.named(text) == host and authority.ends(text) - now > _RENEW


def _read(path: Path) -> Home:
    try:
        values = tomllib.loads(private.read(path).decode())
        return msgspec.convert({"root": path.parent, **values}, type=Home)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DataError(f"{path}: {error}; `stalehost fleet init` writes it anew") from error


def _text(home: Home) -> str:
    values = msgspec.structs.asdict(home)
    del values["root"]
    # JSON's strings are TOML's too
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


_SETTINGS: Final = """\
listen_addresses = '*'
ssl = on
ssl_min_protocol_version = 'TLSv1.2'
ssl_cert_file = 'stalehost.crt'
ssl_key_file = 'stalehost.key'
ssl_ca_file = 'stalehost-ca.crt'
ssl_crl_file = 'stalehost.crl'
lc_messages = 'C'
"""
_RULES: Final = """\
hostssl {name} stalehost_enrol     all trust      # can hand in a code, and nothing else
hostssl {name} +stalehost_sensor   all cert
hostssl all    +stalehost_sensor   all reject
hostnossl all  +stalehost_sensor   all reject
hostnossl all  stalehost_enrol     all reject
"""
