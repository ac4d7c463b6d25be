"""What arp-scan prints: a line an answer, address, card and the maker that it knows."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model import net
from scanner.model.observation import Observation
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.told import Teller
from scanner.observe.format import Format

_ANSWER: Final = re.compile(
    r"(\d{1,3}(?:\.\d{1,3}){3})[ \t]+((?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2})(?:[ \t].*)?"
)
_AROUND: Final = re.compile(
    r"Interface:|Starting arp-scan|Ending arp-scan|WARNING:|\d+ packets received|\s*$|#"
)


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every answer; the lines around them say nothing."""
    teller = Teller(source="import:arp-scan", now=now)
    for number, line in source.lines():
        if found := _ANSWER.fullmatch(line.strip()):
            try:
                address, mac = net.address(found[1]), net.mac(found[2])
            except ValueError as error:
                source.skip(f"line {number}", error)
                continue
            yield teller.say("link.mac", mac, address=address, mac=mac)
        elif not _AROUND.match(line):
            source.skip(f"line {number}", "no answer of arp-scan's")


def fits(head: bytes) -> bool:
    """Whether it begins as arp-scan does, or (with --plain) is answers throughout."""
    lines = [line for line in head.decode("utf-8", "replace").splitlines()[:20] if line.strip()]
    if any(line.startswith("Starting arp-scan") for line in lines):
        return True
    whole = lines[:-1] or lines
    return bool(whole) and all("\t" in line and _ANSWER.fullmatch(line.strip()) for line in whole)


FORMAT: Final = Format(
    name="arp-scan",
    checked_against="real file",
    export="arp-scan --localnet > arp-scan.txt",
    says="addresses and cards",
    fits=fits,
    read=reading(parse),
)
