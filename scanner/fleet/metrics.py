"""The fleet's health as Prometheus reads it: text format 0.0.4, each metric with its help and type."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from scanner.errors import StoreError
from scanner.fleet.health import Health, Segment, Sensor
from scanner.fleet.trouble import Level, Trouble, dark, heard, serving

Labels = tuple[tuple[str, str], ...]
"""Names and values beside a number."""

_READABLE: Final = 0o644
"""Names and numbers for the collector, which is another user."""


class Metric(Struct, frozen=True):
    """All samples of one name."""

    name: str
    sort: str
    """`gauge` or `counter`."""
    help: str
    samples: Sequence[tuple[Labels, float | None]]
    """None is not known and not told."""


def text(of: Health, found: Sequence[Trouble]) -> str:
    """Everything as one text, UTF-8, ending in a line's end; equal input, equal bytes."""
    return "".join(line + "\n" for one in _metrics(of, found) for line in _lines(one))


def put(path: Path, content: str) -> None:
    """Write a file whole or not at all, readable by everybody; raise StoreError, leaving an earlier one as it was.

    node_exporter's textfile collector reads every `*.prom` of its folder, so the draft has another name.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".stalehost-", suffix=".part")
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(_READABLE)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


_CENTRE: Final[tuple[tuple[str, str, Callable[[Health], float | None]], ...]] = (
    ("centre_up", "Whether a centre is connected now.", lambda of: of.working),
    ("centre_turn_timestamp_seconds", "When the centre last took a turn.", lambda of: _at(of.turned)),
    ("lease_clock_seconds_total", "The clock by which leases run out.", lambda of: of.clock),
    ("judged_timestamp_seconds", "When everything was last judged.", lambda of: _at(of.judged.at)),
    ("judge_failed_timestamp_seconds", "When judging last failed.", lambda of: _at(of.judged.failed)),
    ("judge_duration_seconds", "How long the last judging took.", lambda of: of.judged.took),
    ("devices", "Devices in the last judging.", lambda of: of.judged.devices),
    ("batch_taken_timestamp_seconds", "When a batch was last taken in.", lambda of: _at(of.taken)),
    ("batch_oldest_timestamp_seconds", "Since when the oldest batch waits.", lambda of: _at(of.oldest)),
    ("requests_unsigned", "Requests for certificates without an answer.", lambda of: of.unsigned),
    ("database_settled", "Whether the database was taken into use where it is.", lambda of: of.settled),
    ("rest_seconds", "Seconds of rest left after a restore.", lambda of: of.rest),
    ("database_size_bytes", "Size of the fleet's database.", lambda of: of.size),
    ("disk_free_bytes", "Room on the database's disk.", lambda of: of.free and of.free[0]),
    ("disk_size_bytes", "Size of the database's disk.", lambda of: of.free and of.free[1]),
    ("clock_skew_seconds", "The database server's clock ahead of this machine's.", lambda of: of.skew),
)
_SENSOR: Final[tuple[tuple[str, str, Callable[[Sensor], float | None]], ...]] = (
    ("sensor_up", "Whether a sensor was heard of lately.", heard),
    ("sensor_silent_seconds", "Since it was last heard, by the leases' clock.", lambda one: one.beat),
    ("sensor_certificate_end_timestamp_seconds", "When its certificate ends.", lambda one: _at(one.until)),
    ("batches_waiting", "Batches of a sensor that are not taken in.", lambda one: one.waiting),
    ("batches_late", "Batches of thirty days after the hold had gone.", lambda one: one.late),
    ("batches_refused", "Batches of thirty days that could not be read.", lambda one: one.refused),
)
_SEGMENT: Final[tuple[tuple[str, str, Callable[[Health, Segment], float | None]], ...]] = (
    ("chunk_oldest_timestamp_seconds", "Since when the oldest chunk waits.", lambda _, one: _at(one.oldest)),
    ("segment_open", "Whether a segment's window is open.", lambda _, one: one.open),
    ("segment_sensors", "Sensors that can look at it now.", lambda of, one: len(serving(of, one))),
    ("segment_rate", "Initiations a second that a segment bears.", lambda _, one: one.rate),
)
_STATES: Final = ("later", "waiting", "doing", "done", "given_up")


def _metrics(of: Health, found: Sequence[Trouble]) -> Iterator[Metric]:
    for name, means, value in _CENTRE:
        yield _metric(name, means, [((), value(of))])
    counts = Counter(one.level for one in found)
    yield _metric("troubles", "What is wrong, by level.", [((("level", one),), counts[one]) for one in Level])
    quiet = [((("site", site),), of.rest > 0 or dark(of, site)) for site in of.sites]
    yield _metric("blackout", "Whether nothing may be sent at a site.", quiet)
    sensors = [((("site", one.site), ("sensor", one.id)), one) for one in of.sensors if not one.revoked]
    for name, means, told in _SENSOR:
        yield _metric(name, means, [(key, told(one)) for key, one in sensors])
    programs = [((*key, ("version", one.program)), 1) for key, one in sensors if one.program]
    yield _metric("sensor_info", "The version that a sensor runs.", programs)
    segments = [((("site", one.site), ("segment", one.id)), one) for one in of.segments]
    for name, means, measured in _SEGMENT:
        yield _metric(name, means, [(key, measured(of, one)) for key, one in segments])
    chunks = [((*key, ("state", state)), getattr(one, state)) for key, one in segments for state in _STATES]
    yield _metric("chunks", "Chunks of a segment, by state.", chunks)
    shares = [((*key, ("sensor", who)), rate) for key, one in segments for who, rate in one.shares.items()]
    yield _metric("segment_share", "Initiations a second that a sensor may use now.", shares)


def _metric(name: str, means: str, samples: Sequence[tuple[Labels, float | None]]) -> Metric:
    sort = "counter" if name.endswith("_total") else "gauge"
    return Metric(f"stalehost_{name}", sort, means, samples)


def _lines(one: Metric) -> Iterator[str]:
    known = [(labels, value) for labels, value in one.samples if value is not None]
    if not known:
        return
    yield f"# HELP {one.name} {_escaped(one.help)}"
    yield f"# TYPE {one.name} {one.sort}"
    for labels, value in known:
        beside = ",".join(f'{key}="{_quoted(text)}"' for key, text in labels)
        yield f"{one.name}{{{beside}}} {_number(value)}" if beside else f"{one.name} {_number(value)}"


def _number(value: float) -> str:
    """Whole numbers whole, others as short as they are exact."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(value: str) -> str:
    """A label's value: the format escapes these three, and takes any other character (a lone surrogate is none)."""
    whole = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return _escaped(whole).replace('"', '\\"')


def _at(of: datetime | None) -> float | None:
    return of.timestamp() if of else None
