"""Write a bundle: what was seen here, with the runs by which it is read, signed with the site's own key."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final, TypedDict

import msgspec
from msgspec import Struct

from scanner.bundle import form
from scanner.bundle.form import BODY, FORMAT, HEAD, SIGNATURE, Days, Head, Made, Row, Seen
from scanner.bundle.mask import Mask
from scanner.errors import DataError, HostError
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.store.store import Store
from scanner.store.turns import NONE, Receiver

_TOLD: Final = ("import:", "person:")
"""Whose rows bear times of their own: a lease list of March that was imported today is new all the same."""
_LEVEL: Final = 6
Sign = Callable[[bytes], str]


class Written(Struct, frozen=True, kw_only=True):
    """What came of an export."""

    head: Head
    dropped: int
    """Rows that the redaction kept back."""


def export(
    to: Path,
    store: Store,
    *,
    site: str,
    engagement: str,
    owner: str,
    now: datetime,
    since: datetime | None,
    sign: Sign,
    mask: Mask | None = None,
    receiver: str | None = None,
    again: bool = False,
) -> Written:
    """Write the bundle of a store into a new file; `sign` gives the armored signature of the bytes it gets.

    Sightings that ended before `since` stay out; what lists and people say is always in it, whatever its date. For a
    `receiver` it holds what the log took in since the last bundle for it, whatever the rows' own times are; `again`
    makes that last one anew, with what came since. Raise DataError when there is nothing to read the rows by, or a row
    is from the future; HostError when the disk is full.
    """
    form.site_name(site)
    start = _start(store, receiver, again=again)
    # noted before anything is read: what comes in meanwhile may be in this bundle, and will be in the next
    upto = store.turn()
    runs = [run for run in store.runs(after=start.after) if since is None or (run.ended or now) >= since]
    runs = runs or list(store.runs()[-1:])
    if not runs:
        raise DataError("nothing has been seen yet: there is nothing to export")
    if mask is not None:
        mask.learn(runs, store.log())
    rows = _rows(runs, store, since, now, start.after)
    try:
        with tempfile.TemporaryFile(dir=to.parent) as body:
            told = _packed(rows if mask is None else mask.rows(rows), body)
            head = Head(
                format=FORMAT,
                site=site,
                identity=form.identity(engagement if mask is None else mask.word("audit", engagement), site),
                engagement=engagement if mask is None else mask.word("audit", engagement),
                owner=owner if mask is None else mask.word("owner", owner),
                created=now,
                since=since,
                redacted="full" if mask is None else mask.level.value,
                tool=f"stalehost {version('stalehost')}",
                follows=start.follows,
                **told,
            )
            message = msgspec.json.format(msgspec.json.encode(head), indent=1)
            _whole(to, message, sign(message).encode("ascii"), body, head.size)
    except OSError as error:
        raise HostError(f"{to}: cannot write it: {error.strerror}") from error
    if receiver is not None:
        digest = hashlib.sha256(message).hexdigest()
        store.exported(
            Receiver(
                name=receiver,
                turn=upto,
                digest=digest,
                before=start.after,
                follows=start.follows,
                written=now,
            )
        )
    return Written(head=head, dropped=0 if mask is None else mask.dropped)


class _Start(Struct, frozen=True):
    """From where on rows are exported."""

    after: int = NONE
    follows: str | None = None


def _start(store: Store, receiver: str | None, *, again: bool) -> _Start:
    """Where the last bundle for the receiver ended; or, to make that one again, where it began."""
    if receiver is None:
        return _Start()
    held = store.receiver(receiver)
    if again and held is None:
        raise DataError(f"nothing was exported for {receiver} yet: there is no bundle to make again")
    if held is None:
        return _Start()
    return _Start(held.before, held.follows) if again else _Start(held.turn, held.digest)


class _Body(TypedDict):
    """What the head says of the body."""

    runs: int
    seen: int
    days: int
    size: int
    unpacked: int
    sha256: str


def _rows(
    runs: Iterable[Run], store: Store, since: datetime | None, now: datetime, after: int
) -> Iterator[Row]:
    for run in runs:
        yield Made(run=run)
    for one in store.log(after=after):
        if since is None or one.last >= since or one.source.startswith(_TOLD):
            if max(one.first, one.last) > now + form.AHEAD:
                raise DataError(
                    f"a row of {one.source} is from {one.last:%Y-%m-%d}, which is still to come: nobody would take"
                    " it in; look at this machine's clock"
                )
            yield _seen(one)
    for row in store.presence(after=after):
        if since is None or row.month >= f"{since:%Y-%m}":
            yield Days(row.source, row.address, row.mac, row.zone, row.month, row.days)


def _seen(one: Observation) -> Seen:
    return Seen(
        one.source,
        one.field,
        one.value,
        one.address,
        one.mac,
        one.port,
        one.zone,
        one.vantage,
        one.first,
        one.last,
    )


def _packed(rows: Iterable[Row], body: BinaryIO) -> _Body:
    """Write the rows packed; give what the head says of them."""
    # wbits 31 is gzip's own wrapping, whose time field zlib leaves empty: equal rows give equal bytes
    pack, digest, encoder = (
        zlib.compressobj(_LEVEL, wbits=31),
        hashlib.sha256(),
        msgspec.json.Encoder(order="deterministic"),
    )
    counts, size, unpacked = {Made: 0, Seen: 0, Days: 0}, 0, 0
    held = bytearray()

    def out(data: bytes) -> int:
        digest.update(data)
        body.write(data)
        return len(data)

    for row in rows:
        counts[type(row)] += 1
        line = encoder.encode(row)
        if len(line) >= form.LINE:
            raise DataError(f"a row has {len(line):,} bytes; a bundle takes at most {form.LINE:,}")
        held += line
        held += b"\n"
        if len(held) > form.CHUNK:
            unpacked += len(held)
            size += out(pack.compress(held))
            held.clear()
    unpacked += len(held)
    size += out(pack.compress(held) + pack.flush())
    return {
        "runs": counts[Made], "seen": counts[Seen], "days": counts[Days],
        "size": size, "unpacked": unpacked, "sha256": digest.hexdigest(),
    }  # fmt: skip


def _whole(to: Path, message: bytes, signature: bytes, body: BinaryIO, size: int) -> None:
    """Put the file in place whole, readable by its owner only."""
    handle, draft = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for name, data in ((HEAD, message), (SIGNATURE, signature)):
                file.write(form.wrapping(name, len(data)) + data + form.padding(len(data)))
            file.write(form.wrapping(BODY, size))
            body.seek(0)
            while data := body.read(form.CHUNK):
                file.write(data)
            file.write(form.padding(size) + form.END)
        Path(draft).replace(to)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
