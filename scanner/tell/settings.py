"""Where to tell: `[notify]` in notify.toml, or `--to` words; off unless one is there."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Final

from msgspec import Struct

from scanner.errors import DataError

FILE: Final = "notify.toml"
"""Its name in the engagement folder."""
_MAIL: Final = re.compile(r"[\w.+-]+@[A-Za-z0-9][A-Za-z0-9.-]*")


class Target(Struct, frozen=True):
    """One place to tell."""

    way: str
    """`mail`, `hook` or `syslog`."""
    where: str
    """A mail address; an https address; a socket's path, or `host:port` for UDP."""


def read(path: Path) -> tuple[Target, ...]:
    """The places in a file; none where there is no file. Raise DataError with file and line.

    The file holds a table [notify] with `to`, a list of words as `target` reads them.
    """
    try:
        text = path.read_bytes().decode("utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot read it: {error}") from error
    table = raw.get("notify", {})
    for key, known in (
        *((key, "notify") for key in raw),
        *((key, "to") for key in (table if isinstance(table, dict) else ())),
    ):
        if key != known:
            near = difflib.get_close_matches(key, [known], 1, 0.5)
            hint = f"; did you mean {near[0]}?" if near else f"; known is {known}"
            raise DataError(f"{path}:{_line(text, key)}: unknown key {key!r}{hint}")
    words = table.get("to", []) if isinstance(table, dict) else None
    if not isinstance(words, list) or not all(isinstance(one, str) for one in words):
        raise DataError(f'{path}:{_line(text, "to")}: write to = ["mail:me@example.org"] below [notify]')
    try:
        return tuple(target(one) for one in words)
    except DataError as error:
        raise DataError(f"{path}:{_line(text, 'to')}: {error}") from error


def target(text: str) -> Target:
    """Read `mail:ADDRESS`, `https://...`, `syslog:/dev/log` or `syslog:HOST:PORT`; raise DataError otherwise."""
    way, _, where = text.partition(":")
    if way == "mail" and _MAIL.fullmatch(where):
        return Target("mail", where)
    if way in {"https", "http"} and where.startswith("//"):
        return Target("hook", text)
    host, _, port = where.rpartition(":")
    if way == "syslog" and (where.startswith("/") or (host and port.isdigit() and 0 < int(port) < 65536)):
        return Target("syslog", where)
    raise DataError(
        f"{text!r} is no place to tell: want mail:ADDRESS, https://..., syslog:/dev/log or syslog:HOST:PORT"
    )


def _line(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if re.match(rf"\s*\[*\s*\"?{re.escape(key)}\b", line)), 1)
