"""What a sensor keeps on its disk: its key, which never leaves it, its certificate, and where the centre is.

sensor.toml       which sensor of which site this is, and where the centre is
authority.crt     who signs for the centre
certificate.pem   key and certificate in use, in one file: they change together or not at all
next.pem          the next ones, until they have worked once
asked-*.pem       a key, and what was asked for it, until the answer is there
outbox/           what waits for the centre
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from psycopg.conninfo import make_conninfo

from scanner.errors import AdmissionError, DataError, StoreError
from scanner.fleet import authority, link, private
from scanner.fleet.authority import Pair
from scanner.fleet.invitation import Invitation
from scanner.fleet.link import Link, said
from scanner.fleet.outbox import Outbox
from scanner.fleet.post import Post

FOLDER: Final = "sensor"
"""Beside the scope file of the site."""

EARLY: Final = timedelta(days=authority.DAYS) / 3
"""How long before its certificate ends a sensor asks for the next one."""

LOOK_S: Final = 1.0
"""Seconds between two looks for the centre's answer."""

_FILE: Final = "sensor.toml"
_AUTHORITY: Final = "authority.crt"
_CURRENT: Final = "certificate.pem"
_NEXT: Final = "next.pem"
_REVOKED: Final = (
    "the centre has revoked this sensor or its certificate; only another invitation lets it in again"
)
_UNKNOWN: Final = "this code is unknown, used or out of date; ask for another invitation"
_BY_STATE: Final = {
    link.REVOKED: _REVOKED,
    "28000": _UNKNOWN,
}
"""What our own functions refuse, by SQLSTATE: once somebody is let in, the server's language decides nothing."""
_SHUT: Final = {
    "is not permitted to log in": _REVOKED,
    "alert certificate revoked": _REVOKED,
    # of a schema before the code above; the words are ours, so in one language
    "is not enrolled, or its certificate was revoked": _REVOKED,
    "alert certificate expired": "this sensor's certificate has ended; ask for another invitation",
    "alert unknown ca": "the centre does not know who signed our certificate; ask for another invitation",
    "certificate authentication failed": "the centre does not take our certificate for this sensor's; ask for another",
}
"""What TLS and the server say at the door, where the driver has no SQLSTATE. TLS has one language; that the server
speaks English there is a setting that `fleet init` makes (`home.py`).
"""
_STRANGE: Final = ("certificate verify failed", "does not match host name")


class Kept(Struct, frozen=True, kw_only=True):
    """One enrolled sensor."""

    root: Path
    sensor: str
    site: str
    host: str
    port: int
    database: str
    invited: str
    """Hash of the code by which it enrolled."""

    def outbox(self) -> Outbox:
        """What waits for the centre."""
        return Outbox(self.root / "outbox")

    def ends(self) -> datetime:
        """Until when the certificate in use counts."""
        return authority.ends(_pair(self.root / _CURRENT).certificate.decode())

    def opened(self) -> tuple[Link, bool]:
        """A connection to the centre, by TLS both ways, and whether the certificate changed with it.

        A next certificate is tried first; once it has worked the one before goes. Raise AdmissionError when the centre
        does not, or no longer, let this sensor in, and StoreError while it is away or is not the centre that we know.
        """
        path = self.root / _NEXT
        if not path.exists():
            return self._by(_CURRENT), False
        try:
            new = self._by(_NEXT)
            try:
                with heard():
                    Post(new, lambda: 0.0).beat("")
            except BaseException:
                new.close()
                raise
        except AdmissionError:
            # the one before has not been taken back; the next is asked for anew
            path.unlink(missing_ok=True)
            return self._by(_CURRENT), False
        path.rename(self.root / _CURRENT)
        private.settle(self.root)
        _asking(self.root, "next").unlink(missing_ok=True)
        return new, True

    def _by(self, name: str) -> Link:
        path = self.root / name
        pair = _pair(path)
        where = _where(
            self.host, self.port, self.database, self.root / _AUTHORITY,
            user=authority.named(pair.certificate.decode()), own=path,
        )  # fmt: skip
        with heard():
            return link.connect(where)


class Rotation:
    """Asks for the next certificate when a third of this one's life is left; whatever breaks off goes on where it was."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._number: int | None = None

    def step(self, post: Post, now: datetime) -> bool:
        """One step, if any is due; give whether a next certificate is there to be connected by.

        Raise StoreError when the centre cannot be asked now; DataError for an answer that is none.
        """
        if (self._kept.root / _NEXT).exists():
            return True
        if self._kept.ends() - now > EARLY:
            return False
        path, asked = _asked(self._kept.root, "next")
        if self._number is None:
            self._number = post.rotate(asked.certificate.decode())
        answer = post.rotated(self._number)
        if answer is None:
            return False
        _fit(asked, answer)
        private.put(self._kept.root / _NEXT, asked.key + answer.encode())
        path.unlink()
        self._number = None
        return True


def find(start: Path, folder: Path | None = None) -> Kept:
    """The sensor in `folder`, or the nearest at or above `start`, whole and private.

    Raise DataError when there is none, or when others may read what it keeps.
    """
    for one in (folder,) if folder else (start, *start.resolve().parents):
        if (one / FOLDER / _FILE).is_file():
            kept = _read(one / FOLDER)
            for name in (_AUTHORITY, _CURRENT):
                private.read(kept.root / name)
            kept.ends()
            return kept
    raise DataError(f"no sensor in {folder or start} or above; enrol one with `stalehost fleet enrol FILE`")


def enrol(
    folder: Path,
    by: Invitation,
    *,
    now: datetime,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    patience: float,
    told: Callable[[str], None],
) -> Kept:
    """Become the sensor of an invitation: make the key here, hand in the code, keep what comes back.

    What was broken off goes on with the same key. Waits `patience` seconds at most for the centre to sign. Raise
    AdmissionError for a code that counts no longer, StoreError when the centre is away or does not sign in time, and
    DataError where another sensor lives already.
    """
    root = folder / FOLDER
    kept = Kept(
        root=root, sensor=by.sensor, site=by.site, host=by.host, port=by.port, database=by.database,
        invited=hashlib.sha256(by.code.encode()).hexdigest()[:16],
    )  # fmt: skip
    if (root / _FILE).is_file() and (root / _CURRENT).is_file():
        before = _read(root)
        if (before.sensor, before.site) != (by.sensor, by.site):
            raise DataError(f"{root}: is sensor {before.sensor} of {before.site}; keep {by.sensor} elsewhere")
        if before.invited == kept.invited:
            return find(folder, folder)
    if by.until < now:
        raise AdmissionError(f"the invitation ran out at {by.until:%Y-%m-%d %H:%M} UTC; ask for another")
    path, asked = _asked(root, kept.invited)
    private.put(root / _AUTHORITY, by.authority.encode())
    where = _where(by.host, by.port, by.database, root / _AUTHORITY, user="stalehost_enrol", own=None)
    with heard(), said(), link.connect(where) as door:
        door.execute("SELECT fleet.enrol(%s, %s)", (by.code, asked.certificate.decode()))
        told(f"the code was taken; waiting for the centre to sign, {patience:.0f} s at most")
        answer = _answer(door, by.code, clock, sleep, patience)
    _fit(asked, answer)
    private.put(root / _CURRENT, asked.key + answer.encode())
    private.put(root / _FILE, _text(kept).encode())
    path.unlink()
    return find(folder, folder)


@contextmanager
def heard() -> Iterator[None]:
    """Tell refusals from a centre that is merely away: raise AdmissionError where trying again is of no use."""
    try:
        yield
    except StoreError as error:
        words = str(error.__cause__ or error)
        if (meaning := _BY_STATE.get(getattr(error.__cause__, "sqlstate", None) or "")) is not None:
            raise AdmissionError(meaning) from error
        for said_so, means in _SHUT.items():
            if said_so in words:
                raise AdmissionError(means) from error
        if any(one in words for one in _STRANGE):
            raise StoreError(
                "who answers there is not the centre of this fleet: its certificate is not by our authority, or for"
                " another name; nothing was said to it"
            ) from error
        raise


def _answer(
    door: Link, code: str, clock: Callable[[], float], sleep: Callable[[float], None], patience: float
) -> str:
    end = clock() + patience
    while True:
        row = door.execute("SELECT fleet.enrolled(%s)", (code,)).fetchone()
        if row is not None and row[0] is not None:
            return str(row[0])
        if clock() >= end:
            raise StoreError(
                f"the centre has not signed within {patience:.0f} s; is `stalehost fleet centre` running there?"
                " Run this again with the same file: the code counts still"
            )
        sleep(LOOK_S)


def _where(host: str, port: int, database: str, known: Path, *, user: str, own: Path | None) -> str:
    """How to connect: encrypted, to whom the authority names, and never otherwise."""
    # without a certificate of our own none is shown: not the one that a person may have in ~/.postgresql either
    shown = str(own or known.with_name("none"))
    return make_conninfo(
        host=host, port=port, dbname=database, user=user, sslmode="verify-full", sslrootcert=str(known),
        sslcert=shown, sslkey=shown, ssl_min_protocol_version="TLSv1.2", gssencmode="disable", sslcrl="",
    )  # fmt: skip


def _asking(root: Path, what: str) -> Path:
    return root / f"asked-{what}.pem"


def _asked(root: Path, what: str) -> tuple[Path, Pair]:
    """A key and the request for its certificate: on disk before anybody is asked."""
    path = _asking(root, what)
    if path.exists():
        return path, _pair(path)
    made = authority.ask()
    private.put(path, made.key + made.certificate)
    return path, made


def _pair(path: Path) -> Pair:
    return authority.split(private.read(path), str(path))


def _fit(asked: Pair, answer: str) -> None:
    if not authority.fits(asked, answer):
        raise DataError("the centre answered with a certificate for another key; nothing was kept")


def _text(kept: Kept) -> str:
    values = msgspec.structs.asdict(kept)
    del values["root"]
    # JSON's strings are TOML's too
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def _read(root: Path) -> Kept:
    path = root / _FILE
    try:
        return msgspec.convert({"root": root, **tomllib.loads(private.read(path).decode())}, type=Kept)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DataError(f"{path}: {error}; enrol this sensor anew with another invitation") from error
