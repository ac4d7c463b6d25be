"""Read a capture out of memory, through a real descriptor, as the reader does."""

import os
import threading
from contextlib import contextmanager
from pathlib import Path

from scanner.errors import DataError
from scanner.observe.capture import files

NOW = 1_800_000_000.0


def frames(data, folder, name="some.pcap"):
    """Every frame with its time, and what was complained about."""
    path = Path(folder) / name
    path.write_bytes(data)
    return read(path)


def read(path):
    found, wrong = [], ""
    try:
        for batch in files.batches(path, NOW):
            for start, size, time in zip(batch.start, batch.size, batch.time, strict=True):
                found.append((round(float(time), 6), batch.raw[start : start + size], batch.link))
    except DataError as error:
        wrong = str(error)
    return found, wrong


@contextmanager
def fifo(pieces, folder):
    """A FIFO that another thread writes these into."""
    path = Path(folder) / "pipe"
    os.mkfifo(path)

    def write():
        with path.open("wb") as file:
            for piece in pieces:
                file.write(piece)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield path
    finally:
        writer.join()
