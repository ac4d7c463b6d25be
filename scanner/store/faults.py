"""Say what went wrong with the database, in words that a person can act on."""

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy.exc import DBAPIError

FULL: Final = "the disk is full; what was stored before is safe, make room and run again"
BUSY: Final = "another stalehost is writing to it; try again when that has ended"
AWAY: Final = "the database server is away; what was stored before is safe, try again when it is back"
DENIED: Final = "cannot be written; check its owner and permissions"
REFUSED: Final = "the server refused the user or the password; nothing was written"
MISSING: Final = "the server has no such database; make it first: createdb"

_BY_STATE: Final = {
    "53100": FULL,
    "53200": "the server is out of memory; what was stored before is safe",
    "53300": "the server has no connection to spare; try again later",
    "40P01": BUSY,
    "55P03": BUSY,
    "25006": "the server takes no writes now: it is a standby, or set to read only",
    "42501": DENIED,
    "28000": REFUSED,
    "28P01": REFUSED,
    "3D000": MISSING,
    "57P01": AWAY,
    "57P02": AWAY,
    "57P03": AWAY,
    "42P07": "holds tables of another program; give stalehost a database of its own",
}
"""By SQLSTATE (PostgreSQL 15, appendix A)."""

_BY_WORDS: Final = (
    # SQLite has no states, and a connection that never came about has none either
    ("is full", FULL),
    ("is locked", BUSY),
    ("not a database", "not a stalehost database"),
    ("readonly", DENIED),
    ("unable to open", DENIED),
    ("authentication failed", REFUSED),
    ("pg_hba.conf", REFUSED),
    ("no password supplied", REFUSED),
    ("certificate", "the server's certificate, or ours, was not accepted; see docs/fleet.md"),
    ("too many clients", _BY_STATE["53300"]),
    ("starting up", AWAY),
    ("shutting down", AWAY),
    ("closed the connection", AWAY),
    ("connection is closed", AWAY),
    ("connection is lost", AWAY),
    ("consuming input failed", AWAY),
    ("connection failed", AWAY),
    ("connection is bad", AWAY),
    ("connection timeout", AWAY),
    ("failed to resolve host", AWAY),
)
_NO_DATABASE: Final = re.compile(r'database ".*" does not exist')


def reason(error: BaseException, hidden: Iterable[str] = ()) -> str:
    """Why it failed; `hidden` words, such as a password, are not in it whatever the database says."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = getattr(cause, "sqlstate", None)
    if state in _BY_STATE:
        return _BY_STATE[state]
    text = str(cause)
    if _NO_DATABASE.search(text):
        return MISSING
    for words, meaning in _BY_WORDS:
        if words in text:
            return meaning
    for word in hidden:
        text = text.replace(word, "***")
    return text.splitlines()[0] if text else type(cause).__name__
