"""nmap's XML (`-oX`; its DTD at nmap.org/data/nmap.dtd): hosts, ports, names, and what it believes speaks there."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files.opened import opened
from scanner.observe.format import Format

SOURCE: Final = "import:nmap-xml"


def read(path: Path, now: datetime) -> Iterator[Observation]:
    """Every observation in the file, with the times that it carries; `now` stands in where it carries none.

    What can be read comes first; only then a DataError names what could not be, and where.
    """
    # python-nmap takes long to load, and most commands never need it
    from scanner.wire.nmap import read as hosts
    from scanner.wire.nmap_seen import observations

    with opened(path) as source:
        for host in hosts(source, str(path), now):
            yield from observations(host, SOURCE)
        if trouble := source.trouble():
            raise trouble


def fits(head: bytes) -> bool:
    """Whether a file that begins so is nmap's: its DOCTYPE, or its root element near the top."""
    return (b"<!DOCTYPE nmaprun" in head or b"<nmaprun " in head) and b'scanner="masscan"' not in head[:2048]


FORMAT: Final = Format(
    name="nmap-xml",
    checked_against="real file",
    export="nmap -oX scan.xml ...  (keep the options of the scan that you make anyway)",
    says="hosts, ports, services",
    fits=fits,
    read=read,
)
