"""Verify a bundle and join it to the log, whole or not at all, each row with the site that it came from."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.bundle import form
from scanner.bundle.form import NAMESPACE, Days, Head, Made, Opened, Row, Seen
from scanner.errors import DataError, ScannerError, ScopeError
from scanner.model import net
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.scope.authority import trusted
from scanner.scope.parse import parse
from scanner.scope.signature import fingerprint, signatures
from scanner.scope.site import BETWEEN, named
from scanner.store.rows import cells
from scanner.store.store import Put, Store

_BATCH: Final = 5000
_LONGEST: Final = 500
"""Characters of a source's, field's or zone's name."""
_PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f]+")
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NAME: Final = re.compile(r"[\w.:+-]{1,100}", re.ASCII)

_DAY: Final = ("source", "address", "mac", "zone", "month", "site")

Cells = Mapping[str, str | int | None]


class Verified(Struct, frozen=True, kw_only=True):
    """A bundle whose every byte is what somebody signed whom this machine trusts."""

    opened: Opened
    signer: str
    key: str

    @property
    def head(self) -> Head:
        """What the bundle says of itself."""
        return self.opened.head


class Taken(Struct, frozen=True, kw_only=True):
    """What came of an import."""

    site: str
    again: bool
    """Whether this very bundle had been taken in before: then nothing was done."""
    seen: int
    new: int
    """Rows of the log in it, and how many of them were not known yet."""


class Terms(Struct, frozen=True, kw_only=True):
    """On what terms a bundle is joined."""

    engagement: str
    owner: str
    now: datetime
    site: str | None = None
    """The name under which it stands here, where that is not its own."""
    other_owner: bool = False
    """Whether a bundle of another owner's networks may be joined."""
    new_signer: bool = False
    """Whether a site may be signed for by somebody else than before."""


def verify(path: Path, signers: Path | None, folder: Path, now: datetime) -> Verified:
    """Check signature and hash; raise DataError with the place of what is wrong. Nothing is unpacked before that.

    `signers` says whose word counts, as for scope files, in the namespace `stalehost-bundle`.
    """
    opened = form.opened(path)
    if signers is None:
        raise DataError(
            f"{path}: nobody is trusted to sign bundles on this machine; name a list with --allowed-signers"
            f' (a line: NAME namespaces="{NAMESPACE}" ssh-ed25519 AAAA...)'
        )
    try:
        listed = trusted(signers, folder, NAMESPACE)
        made = signatures(opened.signature, f"{path}: {form.SIGNATURE}", NAMESPACE)
    except ScopeError as error:
        raise DataError(str(error)) from error
    if not all(one.holds(opened.message, NAMESPACE) for one in made):
        raise DataError(f"{path}: {form.HEAD}: was changed after it was signed")
    found = [
        (line.principal, fingerprint(line.key))
        for one in made
        for line in listed
        if line.key == one.key
        and (line.valid_after is None or line.valid_after <= now)
        and (line.valid_before is None or now < line.valid_before)
    ]
    if not found:
        keys = ", ".join(fingerprint(one.key) for one in made)
        raise DataError(f"{path}: signed by {keys}, whom {signers} does not let sign bundles now")
    if opened.head.created > now + form.AHEAD:
        raise DataError(
            f"{path}: made on {opened.head.created:%Y-%m-%d %H:%M} UTC, which is still to come: one of two clocks is wrong"
        )
    for _ in form.checked(opened):
        pass
    return Verified(opened=opened, signer=found[0][0], key=found[0][1])


def take(of: Verified, store: Store, terms: Terms) -> Taken:
    """Join a verified bundle to the log in one transaction; again, and in any order, gives the same.

    Raise DataError for rows that cannot be, and for a site that is another's; then nothing has changed.
    """
    site = form.site_name(terms.site or of.head.site)
    if _known(of, store.bundles(), site, terms):
        return Taken(site=site, again=True, seen=of.head.seen, new=0)
    before = store.counts()["observation"]
    joined = _Joined(of, site, terms.engagement, {run.id: run for run in store.runs(everywhere=True)})
    with store.joining() as put:
        for line in form.lines(of.opened):
            joined.add(line)
            if joined.waiting >= _BATCH:
                joined.flush(put)
        joined.flush(put)
        joined.check()
        put("bundle", [_note(of, site, terms.now)])
    return Taken(site=site, again=False, seen=of.head.seen, new=store.counts()["observation"] - before)


def missing(of: Verified, store: Store) -> bool:
    """Whether the bundle that this one goes on from was never taken in, nor a whole one that is at least as new."""
    head, held = of.head, store.bundles()
    heads = [msgspec.json.decode(one["head"], type=_Kept).head for one in held]
    whole = any(
        one.identity == head.identity
        and one.follows is None
        and one.since is None
        and one.created >= head.created
        for one in heads
    )
    return head.follows is not None and not whole and head.follows not in {one["digest"] for one in held}


def _known(of: Verified, bundles: Sequence[Mapping[str, str]], site: str, terms: Terms) -> bool:
    """Whether this bundle was taken in already; raise DataError where it may not be taken in as it is."""
    head, path = of.head, of.opened.path
    if of.opened.digest in {one["digest"] for one in bundles}:
        return True
    if head.engagement != terms.engagement and head.owner != terms.owner and not terms.other_owner:
        raise DataError(
            f"{path}: is of the networks of {head.owner!r}, not of {terms.owner!r}; to join them all the same: --other-owner"
        )
    for one in bundles:
        if one["site"] == site and one["identity"] != head.identity:
            raise DataError(
                f"{path}: another site is called {site} here already; take it in as another: --as NAME"
            )
        if one["identity"] == head.identity and one["site"] != site:
            raise DataError(
                f"{path}: this site is called {one['site']} here already; take it in with: --as {one['site']}"
            )
        signer = msgspec.json.decode(one["head"], type=_Kept).signer
        if one["site"] == site and signer != of.signer and not terms.new_signer:
            raise DataError(
                f"{path}: {site} was signed for by {signer} before, and now by {of.signer}; if that is right: --new-signer"
            )
    return False


class _Kept(Struct, frozen=True):
    """What is kept of a bundle's head."""

    signer: str
    key: str
    head: Head


def _note(of: Verified, site: str, now: datetime) -> Cells:
    kept = _Kept(signer=of.signer, key=of.key, head=of.head)
    return {
        "digest": of.opened.digest,
        "site": site,
        "identity": of.head.identity,
        "taken": _text(now),
        "head": msgspec.json.encode(kept).decode(),
    }


class _Joined:
    """Rows of a bundle on their way into the store: each is looked at, given its site, and joined with its repeats."""

    def __init__(self, of: Verified, site: str, engagement: str, runs: Mapping[str, Run]) -> None:
        self._path, self._head, self._site, self._engagement = of.opened.path, of.head, site, engagement
        self._runs, self._latest = runs, of.head.created + form.AHEAD
        self._log: dict[str, dict[str, str | None]] = {}
        self._days: dict[tuple[str, ...], int] = {}
        self._made: dict[str, Cells] = {}
        self._decoder = msgspec.json.Decoder[Row](Row)
        self._counts: dict[type[Row], int] = {Made: 0, Seen: 0, Days: 0}

    @property
    def waiting(self) -> int:
        """How many rows wait to be written."""
        return len(self._log) + len(self._days) + len(self._made)

    def add(self, line: bytes) -> None:
        """Take one line; raise DataError, with its number, for one that cannot be."""
        try:
            row: Row = self._decoder.decode(line)
            self._counts[type(row)] += 1
            match row:
                case Seen():
                    self._seen(row)
                case Days():
                    self._day(row)
                case Made():
                    self._run(row.run)
        except (ValueError, ScannerError) as error:
            number = sum(self._counts.values())
            raise DataError(f"{self._path}: {form.BODY}: row {number:,}: {error}") from error

    def flush(self, put: Put) -> None:
        """Write what waits."""
        put("run", list(self._made.values()))
        put("observation", list(self._log.values()))
        put(
            "presence",
            [dict(zip(_DAY, key, strict=True)) | {"days": bits} for key, bits in self._days.items()],
        )
        self._log.clear()
        self._days.clear()
        self._made.clear()

    def check(self) -> None:
        """Raise DataError when there were more or fewer rows than the head says."""
        found, told = tuple(self._counts.values()), (self._head.runs, self._head.seen, self._head.days)
        if found != told:
            raise DataError(
                f"{self._path}: {form.BODY}: holds {found} runs, rows and days; its head says {told}"
            )

    def _seen(self, row: Seen) -> None:
        for moment in (row.first, row.last):
            self._moment(moment)
        if row.first > row.last:
            raise ValueError("it ended before it began")
        one = Observation(
            source=_word(row.source),
            first=row.first,
            last=row.last,
            field=_word(row.field),
            value=row.value,
            address=_address(row.address),
            mac=_mac(row.mac),
            port=_port(row.port),
            zone=_zone(self._site, row.zone),
            vantage=_zone(self._site, row.vantage),
            site=self._site,
        )
        row_of = cells(one)
        held = self._log.setdefault(str(row_of["id"]), row_of)
        held["first"] = min(str(held["first"]), str(row_of["first"]))
        held["last"] = max(str(held["last"]), str(row_of["last"]))

    def _day(self, row: Days) -> None:
        year, month = _month(row.month)
        for day in row.days:
            self._moment(datetime(year, month, day, tzinfo=UTC))
        key = (
            _word(row.source), _address(row.address) or "", _mac(row.mac) or "", _zone(self._site, row.zone) or "",
            row.month, self._site,
        )  # fmt: skip
        self._days[key] = self._days.get(key, 0) | sum(1 << day - 1 for day in set(row.days))

    def _run(self, run: Run) -> None:
        if not _NAME.fullmatch(run.id) or run.site is not None:
            raise ValueError("this is no run of the site's own")
        self._moment(run.started)
        parse(run.scope, f"scope of {run.id}")
        name = f"{self._site}{BETWEEN}{run.id}"
        new = msgspec.structs.replace(run, id=name, engagement=self._engagement, site=self._site)
        # of two snapshots of one run the one that knows its end counts, whichever came first
        new = max(
            (new, self._runs.get(name, new)),
            key=lambda one: (one.ended is not None, msgspec.json.encode(one)),
        )
        self._made[name] = {
            "id": name, "started": _text(run.started), "snapshot": msgspec.json.encode(new).decode(),
        }  # fmt: skip

    def _moment(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("its time names no zone")
        if moment > self._latest:
            raise ValueError(f"is from {moment:%Y-%m-%d}, which was still to come when the bundle was made")


@lru_cache(maxsize=4096)
def _word(text: str) -> str:
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no name of a source, field or zone")
    return text


@lru_cache(maxsize=4096)
def _zone(site: str, zone: str | None) -> str | None:
    return None if zone is None else named(site, _word(zone))


@lru_cache(maxsize=65536)
def _address(text: Address | None) -> Address | None:
    if text is not None and net.address(text) != text:
        raise ValueError(f"{text!r} is not how an address is written")
    return text


@lru_cache(maxsize=65536)
def _mac(text: Mac | None) -> Mac | None:
    if text is not None and net.mac(text) != text:
        raise ValueError(f"{text!r} is not how a MAC is written")
    return text


@lru_cache(maxsize=4096)
def _port(text: Port | None) -> Port | None:
    if text is not None and net.port(text) != text:
        raise ValueError(f"{text!r} is not how a port is written")
    return text


def _month(text: str) -> tuple[int, int]:
    if not _MONTH.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is no month such as 2026-11")
    return int(text[:4]), int(text[5:])


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
