"""What a sensor ships: observations of one run, and the run itself, by whose scope they are read."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.observation import Observation
from scanner.model.run import Run

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one batch, as the centre takes it."""
_ROWS: Final = 2000


class Batch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of what one run saw."""

    run: Run | None
    """As it stands by now; None for what was heard outside of any run."""
    seen: tuple[Observation, ...]


def bodies(run: Run | None, seen: Iterable[Observation]) -> Iterator[bytes]:
    """What was seen, in parts that the centre takes; one part even where nothing was seen, for the run's sake.

    Raise DataError for a single observation that is too large.
    """
    rows = iter(seen)
    part = tuple(itertools.islice(rows, _ROWS))
    while True:
        yield from _bodies(run, part)
        part = tuple(itertools.islice(rows, _ROWS))
        if not part:
            return


def read(body: bytes) -> Batch:
    """A batch as it came; raise DataError when it is none."""
    try:
        found = msgspec.json.decode(body, type=Batch)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(f"a batch cannot be read: {error}") from error
    if any(moment.tzinfo is None for moment in _moments(found)):
        raise DataError("a batch cannot be read: it has a time without a time zone")
    return found


def _moments(of: Batch) -> Iterator[datetime]:
    if of.run is not None:
        yield from (one for one in (of.run.started, of.run.ended) if one is not None)
        for trip in of.run.trips:
            yield from (one for one in (trip.at, trip.resumed) if one is not None)
    for seen in of.seen:
        yield from (seen.first, seen.last)


def _bodies(run: Run | None, part: tuple[Observation, ...]) -> Iterator[bytes]:
    body = msgspec.json.encode(Batch(run=run, seen=part))
    if len(body) <= MOST_BYTES:
        yield body
    elif len(part) < 2:
        raise DataError(
            f"one observation has {len(body)} bytes; {MOST_BYTES} is the most that the centre takes"
        )
    else:
        yield from _bodies(run, part[: len(part) // 2])
        yield from _bodies(run, part[len(part) // 2 :])
