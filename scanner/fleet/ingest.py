"""From the inbox into the log: each batch once, as far as its sensor may speak of it, and none is lost on the way."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.fleet import batch
from scanner.fleet.batch import Batch
from scanner.fleet.joining import Source, Told, heed, join, settle
from scanner.fleet.link import Link, said
from scanner.model.observation import Observation
from scanner.scope.file import IPNetwork
from scanner.scope.site import named
from scanner.store.store import Store

SOURCES: Final = frozenset({"probe", "tcp", "raw", "udp", "nmap", "passive", "discover", "wire"})
"""What sensors do. They are no people, and no inventory: a stolen one cannot answer for anybody."""

_AHEAD: Final = timedelta(hours=1)
"""How far a sensor's clock may be ahead of ours: what is from later waits until our clock has come that far."""


class Taken(Struct, frozen=True, kw_only=True):
    """What came of one round."""

    batches: int = 0
    seen: int = 0
    dropped: int = 0
    """Observations that a sensor may not make: of other addresses, in other words, over before begun; and runs that
    nothing could be judged by.
    """
    refused: int = 0
    """Batches that could not be read at all; they stay in the inbox, with the reason."""
    ahead: int = 0
    """Batches from later than our clock: one of two clocks has jumped. They wait, and nothing of them is lost."""


def ingest(link: Link, store: Store, now: datetime, most: int = 64) -> Taken:
    """Take in what waits, oldest first, `most` batches at a time.

    A batch is marked after the log has it. Whoever dies in between does it again, and the log is the same: an
    observation is known by its content. Several of these may run side by side.
    """
    batches = seen = dropped = refused = ahead = 0
    with said(), link.transaction():
        waiting = link.execute(
            "SELECT i.id, s.site, i.body, ARRAY(SELECT g.cidr::text FROM fleet.segment g WHERE g.site = s.site),"
            " s.id, c.scan, c.cidr::text"
            " FROM fleet.inbox i JOIN fleet.sensor s ON s.id = i.sensor"
            " LEFT JOIN fleet.chunk c ON c.job = i.job"
            " AND EXISTS (SELECT 1 FROM fleet.segment g WHERE g.id = c.segment AND g.site = s.site)"
            " WHERE i.taken IS NULL AND i.refused IS NULL AND coalesce(i.not_before <= %s, true)"
            " ORDER BY i.id LIMIT %s FOR UPDATE OF i SKIP LOCKED",
            (now, most),
        ).fetchall()
        kept: list[Observation] = []
        done: list[int] = []
        told: list[Told] = []
        for number, site, body, cidrs, sensor, scan, cidr in waiting:
            try:
                one = batch.read(body)
            except DataError as error:
                link.execute("UPDATE fleet.inbox SET refused = %s WHERE id = %s", (str(error)[:500], number))
                refused += 1
                continue
            if (latest := _latest(one, now)) > now + _AHEAD:
                link.execute(
                    "UPDATE fleet.inbox SET not_before = %s WHERE id = %s", (latest - _AHEAD, number)
                )
                ahead += 1
                continue
            held = _held(one, site, tuple(map(ip_network, cidrs)))
            try:
                told += [] if one.run is None else heed(store, one.run, Source(site, sensor, scan, cidr))
            except DataError:
                dropped += 1
            kept += held
            done.append(number)
            batches, seen, dropped = batches + 1, seen + len(held), dropped + len(one.seen) - len(held)
        join(link, told)
        store.append(kept)
        link.execute(
            "UPDATE fleet.inbox SET taken = clock_timestamp(), body = NULL WHERE id = ANY(%s)", (done,)
        )
    with said():
        settle(link, store)
    return Taken(batches=batches, seen=seen, dropped=dropped, refused=refused, ahead=ahead)


def _latest(of: Batch, now: datetime) -> datetime:
    """The latest moment that a batch speaks of."""
    told = () if of.run is None else (of.run.started, of.run.ended or of.run.started)
    return max((*told, *(one.last for one in of.seen)), default=now)


def _held(of: Batch, site: str, networks: tuple[IPNetwork, ...]) -> list[Observation]:
    """What of a batch its sensor may say; the site is the centre's word, and zones bear it as a bundle's do."""
    zones = {
        zone: None if zone is None else named(site, zone)
        for one in of.seen
        for zone in (one.zone, one.vantage)
    }
    return [
        msgspec.structs.replace(one, site=site, zone=zones[one.zone], vantage=zones[one.vantage])
        for one in of.seen
        if one.source.partition(":")[0] in SOURCES and one.first <= one.last and _within(one, networks)
    ]


def _within(seen: Observation, networks: tuple[IPNetwork, ...]) -> bool:
    if seen.address is None:
        return True
    try:
        address = ip_address(seen.address)
    except ValueError:
        return False
    return any(address in network for network in networks)
