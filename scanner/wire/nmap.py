"""python-nmap behind its guard: read nmap's XML in bounded chunks, whatever is wrong with the file."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol, cast
from xml.etree import ElementTree as ET
from xml.parsers import expat

from defusedxml import DefusedXmlException, EntitiesForbidden

from scanner.errors import DataError, HostError
from scanner.wire.nmap_host import Host, flaw, host, key

CAP: Final = 2 << 30
"""Bytes of XML read from one file."""

HOST_CAP: Final = 32 << 20
"""Bytes of XML that one host may take: a chunk of them must fit in memory."""

NO_PARSER: Final = (
    "python-nmap is missing, without which nothing of nmap's is read; it has no wheel to download: build one where there"
    " is a network (`pip wheel python-nmap`) and install that here"
)

BLOCK: Final = 1 << 14
"""Bytes read at a time."""

CHUNK: Final = 256
"""Hosts handed to python-nmap at a time: it holds what it reads four times over."""


class Readable(Protocol):
    """Whatever gives bytes: an open file, or one that is unpacked as it is read."""

    def read(self, count: int = -1, /) -> bytes:
        """At most so many bytes; b"" at the end."""


def read_xml(path: Path, now: datetime, cap: int = CAP) -> Iterator[Host]:
    """Every host of a file, as it is read, in constant memory; `now` is the time of hosts that carry none.

    What can be read is yielded first; only then a DataError says what could not be, and where. HostError without
    python-nmap.
    """
    try:
        with path.open("rb") as file:
            yield from read(file, str(path), now, cap)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def read(file: Readable, where: str, now: datetime, cap: int = CAP) -> Iterator[Host]:
    """As `read_xml`, from an open file; `where` names it in errors."""
    source = _Bounded(file, cap)
    reader = _Reader(where, now)
    trouble: DataError | None = None
    try:
        for event, element in _events(source, where):
            yield from reader.take(event, element)
            if event == "end" and element.tag == "host":
                source.host_ended()
    except DataError as error:
        trouble = error
    yield from reader.flush()
    if trouble or (trouble := reader.trouble()):
        raise trouble


def _events(source: "_Bounded", where: str) -> Iterator[tuple[str, ET.Element]]:
    """What the parser sees; whatever it stumbles over is a DataError with its place."""
    guard = _Guard()
    # the parser in C, four times as fast as the one that can forbid entities; the guard forbids them before it sees any
    pulled: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start", "end"))
    try:
        while data := source.read(BLOCK):
            guard.feed(data)
            pulled.feed(data)
            yield from cast("Iterator[tuple[str, ET.Element]]", pulled.read_events())
        pulled.close()
    except ET.ParseError as error:
        line, column = error.position
        what = str(error.msg).partition(":")[0]
        raise DataError(f"{where}:{line}:{column}: cut short or not XML ({what})") from error
    except (DefusedXmlException, LookupError, ValueError, _TooLargeError) as error:
        # LookupError and ValueError: an encoding that nobody knows, or that expat does not do
        raise DataError(f"{where}: byte {source.taken}: {error}") from error


class _Guard:
    """Refuses entity declarations: they stand before the root element, so nothing after its beginning need be looked at."""

    def __init__(self) -> None:
        self._parser: expat.XMLParserType | None = expat.ParserCreate()
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._begun
        self._root = False

    def feed(self, data: bytes) -> None:
        """Look at the next bytes; raise EntitiesForbidden."""
        if self._parser is None:
            return
        try:
            self._parser.Parse(data)
        except expat.ExpatError as error:
            if not self._root:
                found = ET.ParseError(str(error))
                found.position, found.code = (error.lineno, error.offset), error.code
                raise found from error
        if self._root:
            self._parser = None

    @staticmethod
    def _refuse(name: str, _parameter: bool, value: str | None, base: str | None, *ids: str | None) -> None:
        raise EntitiesForbidden(name, value, base, *ids)

    def _begun(self, *_: object) -> None:
        self._root = True


class _TooLargeError(Exception):
    """The file, or one host in it, is too large."""


class _Bounded:
    """A file that ends its reader when it, or one host in it, is too large."""

    def __init__(self, file: Readable, cap: int) -> None:
        self._file, self._cap = file, cap
        self.taken = self._since = 0

    def read(self, count: int = -1, /) -> bytes:
        data = self._file.read(count)
        self.taken += len(data)
        self._since += len(data)
        if self.taken > self._cap:
            raise _TooLargeError(f"more than {self._cap} bytes; split the file")
        if self._since > HOST_CAP:
            raise _TooLargeError(f"one host takes more than {HOST_CAP} bytes")
        return data

    def host_ended(self) -> None:
        self._since = 0


class _Reader:
    """Gathers hosts into chunks, and remembers what had to be left out."""

    def __init__(self, where: str, now: datetime) -> None:
        self._where, self._when = where, now
        self._root: ET.Element | None = None
        self._chunk: dict[str, ET.Element] = {}
        self._hosts = self._bad = 0
        self._first_bad = ""
        self._finished = False

    def take(self, event: str, element: ET.Element) -> Iterator[Host]:
        """One event of the parser."""
        if self._root is None:
            self._begin(element)
        if event == "start" or self._root is None:
            return
        if element.tag == "runstats":
            self._finished = True
        if element.tag != "host":
            return
        self._hosts += 1
        if problem := flaw(element):
            self._bad += 1
            self._first_bad = self._first_bad or f"host {self._hosts}: {problem}"
        else:
            # python-nmap files hosts by address: the second of two would replace the first
            if key(element) in self._chunk or len(self._chunk) >= CHUNK:
                yield from self.flush()
            self._chunk[key(element)] = element
        del self._root[:]

    def flush(self) -> Iterator[Host]:
        """Hand the chunk to python-nmap, and join what it drops."""
        chunk, self._chunk = self._chunk, {}
        if not chunk:
            return
        parsed = _analyse(list(chunk.values()))
        for address, element in chunk.items():
            yield host(parsed[address], element, self._when)

    def trouble(self) -> DataError | None:
        """What a well-formed file lacks."""
        if self._bad:
            return DataError(
                f"{self._where}: {self._bad} of {self._hosts} hosts left out, first {self._first_bad}"
            )
        if not self._finished:
            return DataError(
                f"{self._where}: no <runstats>: nmap was stopped before the end; what is there was read"
            )
        return None

    def _begin(self, element: ET.Element) -> None:
        if element.tag != "nmaprun":
            raise DataError(
                f"{self._where}: <{element.tag[:40]}> is not nmap's XML; write it with `nmap -oX`"
            )
        self._root = element
        start = element.get("start", "")
        if start.isdecimal() and len(start) < 12:
            self._when = datetime.fromtimestamp(int(start), UTC)


def _analyse(hosts: list[ET.Element]) -> dict[str, Any]:
    try:
        import nmap
    except ImportError as error:
        raise HostError(NO_PARSER) from error
    run = ET.Element("nmaprun")
    # python-nmap cannot do without these, and a chunk has none of its own
    stats = ET.SubElement(run, "runstats")
    ET.SubElement(stats, "finished", timestr="", elapsed="")
    ET.SubElement(stats, "hosts", up="", down="", total="")
    run.extend(hosts)
    # its __init__ wants the program nmap, which an import does not need
    parser = nmap.PortScanner.__new__(nmap.PortScanner)
    result = parser.analyse_nmap_xml_scan("".join(_text(run)))
    scan: dict[str, Any] = result["scan"]
    return scan


_MARKS: Final = re.compile(r'[&<>"\n\t\r]')
_ESCAPES: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\t": "&#9;",
    "\r": "&#13;",
}


def _text(element: ET.Element) -> Iterator[str]:
    """An element of nmap's as XML again; nmap knows no name spaces, which is what makes the usual way slow."""
    yield f"<{element.tag}"
    for name, value in element.items():
        yield f' {name}="{_escaped(value)}"'
    if not len(element) and not element.text:
        yield "/>"
        return
    yield ">"
    if element.text:
        yield _escaped(element.text)
    for child in element:
        yield from _text(child)
    yield f"</{element.tag}>"


def _escaped(text: str) -> str:
    return _MARKS.sub(lambda found: _ESCAPES[found[0]], text) if _MARKS.search(text) else text
