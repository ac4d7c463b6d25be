"""Take files of others into the log: each read by its format, placed in the zones of the scope, stored as it is read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.observe.format import Format
from scanner.scope.file import Scope
from scanner.scope.gate import Gate
from scanner.store.store import Store

STEP: Final = 1000
"""Observations between two words on how far it is."""

Told = Callable[[Path, int], None]


class Taken(Struct, frozen=True, kw_only=True):
    """What came of an import."""

    counts: tuple[int, ...]
    """How many observations each file held, in the order of the files."""
    complaints: tuple[str, ...]
    """What could not be read, with file and place."""


def take_in(
    files: Sequence[tuple[Format, Path]], scope: Scope, store: Store, run: Run, told: Told = lambda *_: None
) -> Taken:
    """Store what files hold; give how much that was and what could not be read. Nothing is sent.

    What is readable of a bad file is stored. `told` hears now and then how many observations of a file have been read.
    """
    gate, complaints, counts = Gate(scope), list[str](), list[int]()
    store.save(run)
    for form, path in files:
        counts.append(store.append(_read(form, path, run.started, gate, complaints, told)))
    store.save(msgspec.structs.replace(run, ended=run.started, notes=run.notes + tuple(complaints)))
    return Taken(counts=tuple(counts), complaints=tuple(complaints))


def _read(
    form: Format, path: Path, now: datetime, gate: Gate, complaints: list[str], told: Told
) -> Iterator[Observation]:
    """What a file holds; its complaint is kept rather than raised, so that what came before it is stored."""
    try:
        for number, seen in enumerate(form.read(path, now), 1):
            if number % STEP == 0:
                told(path, number)
            yield _placed(seen, gate)
    except DataError as error:
        complaints.append(str(error))


def _placed(seen: Observation, gate: Gate) -> Observation:
    """With the zone that the scope gives its address; a file does not know our zones."""
    network = gate.network(seen.address) if seen.address and seen.zone is None else None
    return msgspec.structs.replace(seen, zone=network.zone) if network else seen
