"""Import what nmap wrote with `-oX`: hosts, ports, names, and what it believes speaks there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from scanner.model.net import Address
from scanner.model.observation import Observation

SOURCE: Final = "import:nmap-xml"


def read(path: Path, zone_of: Callable[[Address], str | None]) -> Iterator[Observation]:
    """Every observation in the file, with the times that it carries.

    What can be read comes first; only then a DataError names what could not be, and where.
    """
    # python-nmap takes long to load, and most commands never need it
    from scanner.wire.nmap import read_xml
    from scanner.wire.nmap_seen import observations

    for host in read_xml(path):
        yield from observations(host, SOURCE, zone_of)
