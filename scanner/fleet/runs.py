"""Many chunks of one scan at one site are one run: what its sensors told of each, joined. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError, ScopeError
from scanner.means import TOLD
from scanner.model.net import Address, order
from scanner.model.run import Cared, Harm, Run, Tripped
from scanner.pipeline import cut_short
from scanner.scope.parse import parse

_NAMED: Final = 8
"""Chunks that a note names; of more it has the number."""


class Part(Struct, frozen=True, kw_only=True):
    """What one sensor told of one chunk: the run as it was there."""

    cidr: str
    sensor: str
    run: Run

    @property
    def key(self) -> tuple[str, str, datetime]:
        """One life of one chunk at one sensor: what is told of it again takes the place of what was told before."""
        return self.cidr, self.sensor, self.run.started

    @property
    def whole(self) -> bool:
        """Whether the chunk was looked at to its end."""
        return self.run.ended is not None and not any(map(cut_short, self.run.notes))


class Ordered(Struct, frozen=True, kw_only=True):
    """One chunk as the centre ordered it."""

    over: bool
    """Whether nothing more comes of it: it was looked at, it failed, or it was given up."""
    why: str | None = None
    """Why it was not looked at, in words; None where that is not known, or not so."""


def heeded(run: Run) -> Run:
    """A sensor's run as far as it is its to tell: how is judged, and what people decided, is the centre's affair.

    Raise DataError for one that could not be read, or judged by, later.
    """
    try:
        parse(run.scope, f"the scope of {run.id[:60]}")
        for address in (one.address for rows in (run.harm, run.cared, run.trips) for one in rows):
            ip_address(address)
    except (ScopeError, ValueError) as error:
        raise DataError(f"a run cannot be judged by: {error}") from error
    # a clock that was set back in the middle makes no run that ended before it began
    ended = max(run.ended, run.started) if run.ended else None
    return msgspec.structs.replace(run, parameters={}, decisions=(), ended=ended)


def part(run: Run, cidr: str, sensor: str) -> Part:
    """What a sensor told of a chunk; of what was borne, only by addresses of that chunk: the rest is another's to tell."""
    inside = ip_network(cidr)
    harm = tuple(one for one in run.harm if ip_address(one.address) in inside)
    return Part(cidr=cidr, sensor=sensor, run=msgspec.structs.replace(run, harm=harm))


def joined(old: Iterable[Part], new: Iterable[Part]) -> tuple[Part, ...]:
    """What is known after more was told: of each life of a chunk the latest word.

    The order of telling does not matter, nor how often something is told.
    """
    found: dict[tuple[str, str, datetime], Part] = {}
    for one in (*old, *new):
        found[one.key] = max(found.get(one.key, one), one, key=_later)
    return tuple(found[key] for key in sorted(found))


def whole(parts: Sequence[Part], ordered: Mapping[str, Ordered], name: str, site: str) -> Run:
    """The one run that these parts are; `ordered` are all chunks of the scan at the site, by their range.

    It ends once nothing more comes of any chunk; until then it says neither what was borne nor who was cared for. Its
    scope is the one that the sensor of the latest part had signed.
    """
    frame = max(parts, key=lambda one: (one.run.started, _text(one))).run
    missing = _missing(parts, ordered)
    over = all(one.over for one in ordered.values())
    ends = [one.run.ended or one.run.started for one in parts]
    return msgspec.structs.replace(
        frame,
        id=name,
        site=site,
        started=min(one.run.started for one in parts),
        ended=max(ends) if over else None,
        notes=tuple(dict.fromkeys((*_notes(parts), *_unseen(missing, len(ordered))))),
        harm=_harm(parts) if over else (),
        frames=sum(one.run.frames for one in parts) if over else 0,
        trips=_trips(parts),
        cared=_cared(parts) if over else (),
        stopped="; ".join(dict.fromkeys(one.why for one in missing.values() if one.why)) or None,
        # each sensor has an audit of its own, and its runs the hashes
        head=None,
    )


def _missing(parts: Sequence[Part], ordered: Mapping[str, Ordered]) -> dict[str, Ordered]:
    """The chunks that nobody has looked at to their end."""
    seen = {one.cidr for one in parts if one.whole}
    return {cidr: one for cidr, one in ordered.items() if cidr not in seen}


def _notes(parts: Sequence[Part]) -> Iterator[str]:
    seen = {one.cidr for one in parts if one.whole}
    for one in parts:
        for note in one.run.notes:
            # what another looked at to its end is not missing
            if not note.startswith(TOLD) and not (one.cidr in seen and cut_short(note)):
                yield note


def _unseen(missing: Mapping[str, Ordered], many: int) -> Iterator[str]:
    """Which chunks nobody has looked at to their end, by reason."""
    reasons: dict[str, list[str]] = {}
    for cidr, one in sorted(missing.items(), key=lambda pair: _place(pair[0])):
        why = one.why or "nobody came to its end" if one.over else "not yet"
        reasons.setdefault(why, []).append(cidr)
    for why, cidrs in reasons.items():
        more = f" and {len(cidrs) - _NAMED} more" if len(cidrs) > _NAMED else ""
        named = ", ".join(cidrs[:_NAMED])
        yield f"{len(cidrs)} of {many} parts were not looked at to their end ({why}): {named}{more}"


def _harm(parts: Sequence[Part]) -> tuple[Harm, ...]:
    """What each address bore, by all sensors together."""
    found: dict[Address, Harm] = {}
    for row in (row for one in parts for row in one.run.harm):
        was = found.get(row.address, Harm(address=row.address))
        found[row.address] = Harm(
            address=row.address,
            initiations=was.initiations + row.initiations,
            connections=was.connections + row.connections,
            sent=was.sent + row.sent,
            received=was.received + row.received,
            refused=was.refused + row.refused,
        )
    return tuple(found[address] for address in sorted(found, key=order))


def _trips(parts: Sequence[Part]) -> tuple[Tripped, ...]:
    """Every trip once; of one that was told before and after somebody let the work go on, the later word."""
    found: dict[tuple[datetime, Address, str], Tripped] = {}
    for trip in (trip for one in parts for trip in one.run.trips):
        key = (trip.at, trip.address, trip.level)
        found[key] = max(found.get(key, trip), trip, key=lambda one: (one.resumed is not None, repr(one)))
    return tuple(found[key] for key in sorted(found))


def _cared(parts: Sequence[Part]) -> tuple[Cared, ...]:
    """Who was treated with more care, each once, as the latest run had it."""
    found = {
        one.address: one
        for of in sorted(parts, key=lambda one: (one.run.started, one.key))
        for one in of.run.cared
    }
    return tuple(found[address] for address in sorted(found, key=order))


def _later(one: Part) -> tuple[bool, float, bytes]:
    ended = one.run.ended
    return ended is not None, ended.timestamp() if ended else 0.0, _text(one)


def _text(one: Part) -> bytes:
    return msgspec.json.encode(one, order="sorted")


def _place(cidr: str) -> tuple[int, int]:
    network = ip_network(cidr)
    return network.version, int(network.network_address)
