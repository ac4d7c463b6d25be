"""The one file that travels to a new sensor: where the centre is, by which authority it is known, and a one-time code."""

import json
import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.fleet import authority, private

_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,252}|::[0-9A-Fa-f:.]*")
"""A name or an address: never the path of a socket, where nothing would be encrypted."""

_HEAD: Final = """\
# The way of one sensor into the fleet. It holds a one-time code: carry it as you would a password.
# There, in the folder of the site's own scope.toml:  stalehost fleet enrol {name}
# It works once, until {until:%Y-%m-%d %H:%M} UTC; delete it after that.
"""


class Invitation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sensor must know to enrol."""

    sensor: str
    site: str
    host: str
    port: int
    database: str
    code: str
    """Works once. It stands in this file and nowhere else: the centre keeps a hash."""
    until: datetime
    authority: str
    """The fleet's certificate in PEM: who shows none that it signed is not the centre."""


def write(path: Path, one: Invitation) -> None:
    """Write an invitation into a file that only its owner may read; raise StoreError when it cannot be written."""
    lines = [_HEAD.format(name=path.name, until=one.until)]
    for key, value in msgspec.structs.asdict(one).items():
        # JSON's strings are TOML's too
        text = value.isoformat() if isinstance(value, datetime) else json.dumps(value, ensure_ascii=False)
        lines.append(f"{key} = {text}\n")
    private.put(path, "".join(lines).encode())


def read(path: Path) -> Invitation:
    """Read an invitation; raise DataError for a file that others may read, or that is none."""
    data = private.read(path)
    try:
        one = msgspec.convert(tomllib.loads(data.decode()), type=Invitation)
        authority.ends(one.authority)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, DataError):
        # what is wrong with it is not repeated: a code may stand in the same line
        raise DataError(
            f"{path}: no invitation, or damaged on the way; make another with `stalehost fleet invite`"
        ) from None
    if not _HOST.fullmatch(one.host) or not 0 < one.port < 65536:
        raise DataError(f"{path}: names no host and port where the centre could be; ask for another")
    return one
