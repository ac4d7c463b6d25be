"""Captures (pcap and pcapng, gzipped or not): all that the passive parsers read, without sending anything."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.model.observation import Observation
from scanner.observe.capture import files, live
from scanner.observe.capture.ear import Ear
from scanner.observe.capture.watch import Watch, ours
from scanner.observe.format import Format
from scanner.observe.parsers import load_parsers


def read(path: Path, now: datetime) -> Iterator[Observation]:
    """Yield what the capture tells; then raise DataError for what could not be read, with its place in the file."""
    ear, wrong = Ear(Watch(ours), load_parsers()), ""
    try:
        yield from live.recorded(path, ear, now.timestamp())
    except DataError as error:
        wrong = str(error)
    yield from ear.finish()
    if ear.count.unread:
        wrong = f"{wrong or path}; {ear.count.unread} frames of a link type that we cannot read"
    if ear.bugs:
        wrong = f"{wrong or path}; parsers failed (please report): {', '.join(sorted(ear.bugs))}"
    if wrong:
        raise DataError(wrong)


FORMAT: Final = Format(
    name="pcap",
    checked_against="real file",
    export="tcpdump -i IFACE -s 0 -w capture.pcap",
    fits=files.fits,
    read=read,
)
