"""What p0f 3 logs: a line a finding, with the system that the packets of a host look like."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.told import Teller, address, clean
from scanner.observe.format import Format

_LINE: Final = re.compile(r"\[(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)\] (mod=.*)")
FIELDS: Final = {"syn": "p0f.os", "syn+ack": "p0f.os"}
"""Modules whose word on the system counts: what its packets look like, which names a family at best."""
_NOTHING: Final = frozenset({"", "???"})


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every line: who was seen, what its packets look like, what its browser or server calls itself."""
    teller = Teller(source="import:p0f", now=now)
    for number, line in source.lines():
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        said = dict(pair.partition("=")[::2] for pair in found[7].split("|")) if found else {}
        subject = "cli" if said.get("subj") == "cli" else "srv"
        held = address(said.get(subject, "").partition("/")[0])
        if not found or held is None:
            source.skip(f"line {number}", "no line of p0f's")
            continue
        try:
            year, month, day, hour, minute, second = (int(found[part]) for part in range(1, 7))
            when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError as error:
            source.skip(f"line {number}", error)
            continue
        yield teller.say("host.state", "up", address=held, last=when)
        field = FIELDS.get(said.get("mod", ""))
        if field and said.get("os", "") not in _NOTHING:
            yield teller.say(field, clean(said["os"]), address=held, last=when)


def fits(head: bytes) -> bool:
    """Whether its first line is p0f's."""
    first = head.decode("utf-8", "replace").splitlines()[:1]
    return bool(first) and _LINE.fullmatch(first[0]) is not None and "|subj=" in first[0]


FORMAT: Final = Format(
    name="p0f",
    checked_against="real file",
    export="p0f -r capture.pcap -o p0f.log",
    says="what the packets of a host look like",
    fits=fits,
    read=reading(parse),
)
