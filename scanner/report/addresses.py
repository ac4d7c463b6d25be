"""The log address by address, before anything is joined into devices: what `discover` prints."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

import msgspec

from scanner.model import net
from scanner.model.knowledge import Knowledge
from scanner.model.net import Address, Port
from scanner.model.observation import Observation
from scanner.report import text
from scanner.report.schema import AddressLine
from scanner.report.texts import phrase

_NOBODY: Final = ("silent", "unreachable")
"""States of a port of which nothing came back from the address."""


class Compared(Protocol):
    """One port as two scanners saw it; None where one did not look."""

    @property
    def address(self) -> Address:
        """Where."""

    @property
    def port(self) -> Port:
        """Which port."""

    @property
    def ours(self) -> str | None:
        """What we saw."""

    @property
    def nmap(self) -> str | None:
        """What nmap saw."""


def lines(log: Iterable[Observation], knowledge: Knowledge) -> Iterator[AddressLine]:
    """Every address that was seen, in order; that nobody answered there is no sighting."""
    by: dict[Address, list[Observation]] = {}
    for seen in log:
        if seen.address is not None and not (seen.field == "port.state" and seen.value in _NOBODY):
            by.setdefault(seen.address, []).append(seen)
    for address in sorted(by, key=net.order):
        yield _line(address, by[address], knowledge)


def _line(address: Address, seen: Sequence[Observation], knowledge: Knowledge) -> AddressLine:
    in_time = sorted(seen, key=lambda one: one.last)  # what was seen last counts
    card = next((one.mac for one in reversed(in_time) if one.mac), None)
    states = {one.port: one.value for one in in_time if one.field == "port.state" and one.port}
    opened = sorted((port for port, state in states.items() if state == "open"), key=net.number)
    return AddressLine(
        address=address,
        mac=card,
        vendor=knowledge.vendor(card) if card else None,
        via=tuple(sorted({one.source for one in seen})),
        open=tuple(opened),
        rtt_ms=None,
        zone=next((one.zone for one in seen if one.zone), None),
        first_seen=min(one.first for one in seen),
        last_seen=max(one.last for one in seen),
    )


def as_json(log: Iterable[Observation], knowledge: Knowledge) -> Iterator[str]:
    """One JSON object a line."""
    for line in lines(log, knowledge):
        yield msgspec.json.encode(line, order="deterministic").decode()


def as_text(log: Iterable[Observation], knowledge: Knowledge) -> Iterator[str]:
    """One line of words an address."""
    for line in lines(log, knowledge):
        maker = text.short(text.visible(line.vendor or phrase("addresses.maker_not_known")), 30)
        ports = ", ".join(line.open) or phrase("addresses.no_open_port_seen")
        yield f"{line.address:15}  {line.mac or phrase('addresses.no_card_seen'):17}  {maker:30}  {line.zone or '-':12}  {ports}"


def crossed(rows: Sequence[Compared]) -> Iterator[str]:
    """Where nmap and we differ, a line each, and how often we agree."""
    both = [row for row in rows if row.ours is not None and row.nmap is not None]
    for row in both:
        if row.ours != row.nmap:
            yield phrase(
                "addresses.differ_we_saw_nmap_saw",
                address=row.address,
                port=row.port,
                ours=row.ours,
                nmap=row.nmap,
            )
    for row in rows:
        if row.nmap is None and row.ours == "open":
            yield phrase("addresses.ours_open_nmap_did_not_report_it", address=row.address, port=row.port)
        if row.ours is None and row.nmap == "open":
            yield phrase("addresses.nmap_open_we_did_not_look", address=row.address, port=row.port)
    agree = sum(row.ours == row.nmap for row in both)
    yield phrase("addresses.of_ports_that_both_looked_at_agree", agree=agree, both=len(both))
