"""Capture files: pcap and pcapng, plain or gzipped, as batches of frames; a file of 10 GB costs no more memory than a small one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.observe.capture import pcap, pcapng
from scanner.observe.capture.batch import Batch
from scanner.observe.capture.feed import Feed, opened

GZIP: Final = b"\x1f\x8b"


def fits(head: bytes) -> bool:
    """Whether a file that begins so is a capture, gzipped ones looked into."""
    if head.startswith(GZIP):
        import zlib

        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 64)
        except zlib.error:
            return False
    return pcap.fits(head) or pcapng.fits(head)


def batches(path: Path, now: float) -> Iterator[Batch]:
    """Every frame that can be read, in order; then raise DataError for the rest, each part with its place.

    `now` (seconds since the epoch) stands in for times that the file lacks. `-` is standard input.
    """
    with opened(path) as feed:
        yield from _batches(feed, path, now)
        if feed.problems:
            raise DataError(f"{path}: read but for this: {'; '.join(feed.problems)}")


def _batches(feed: Feed, path: Path, now: float) -> Iterator[Batch]:
    head = feed.peek(12)
    if pcapng.fits(head):
        yield from pcapng.batches(feed, now)
    elif pcap.fits(head):
        yield from pcap.batches(feed, now)
    elif not feed.problems:
        raise DataError(f"{path}: byte 0: no capture (neither pcap nor pcapng)")
