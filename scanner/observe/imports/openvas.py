"""Reports of OpenVAS / Greenbone in XML: hosts with names, cards and systems, open ports."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model import net
from scanner.model.observation import Observation
from scanner.observe.files.elements import Element, children, elements, said
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.told import Teller, address, card, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:openvas"
MOST: Final = 200_000
"""Ports of the list that are kept until a date is known."""


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every result's port, every port of the list of ports, every host's details."""
    teller = Teller(source=SOURCE, now=now)
    undated: list[tuple[str, str]] = []
    latest: datetime | None = None
    for one in elements(source, "host", "port", "result"):
        match one.tag:
            case "host":
                yield from _host(teller, one)
            case "port":
                # the list of ports stands first and bears no dates: those of the results count for it
                if len(undated) < MOST:
                    undated.append((said(one, "host"), (one.text or "").strip()))
            case _:
                when = moment(said(one, "modification_time") or said(one, "creation_time"))
                latest = max(latest or when, when) if when else latest
                yield from _port(source, teller, said(one, "host"), said(one, "port"), when)
    for host, text in undated:
        yield from _port(source, teller, host, text, latest)


def _port(
    source: Source, teller: Teller, host: str, text: str, when: datetime | None
) -> Iterator[Observation]:
    """`22/tcp`, or `general/tcp` for what is about no port."""
    number, _, protocol = text.partition("/")
    held = address(host)
    if held is None or not number.isdecimal() or protocol not in {"tcp", "udp"}:
        return
    try:
        port = net.port(f"{protocol}/{number}")
    except ValueError as error:
        source.skip(f"host {held}", error)
        return
    yield teller.say("port.state", "open", address=held, port=port, last=when)


def _host(teller: Teller, host: Element) -> Iterator[Observation]:
    held = address(said(host, "ip"))
    if held is None:
        return
    details: dict[str, str] = {}
    for detail in children(host, "detail"):
        details.setdefault(said(detail, "name"), said(detail, "value"))
    mac = card(details.get("MAC", ""))
    first, last = moment(said(host, "start")), moment(said(host, "end"))
    yield teller.say("host.state", "up", address=held, mac=mac, first=first, last=last)
    for name in ("hostname", "SMB-HOST-SID-NAME"):
        if details.get(name):
            yield teller.say("host.name", clean(details[name]), address=held, mac=mac, first=first, last=last)
    if system := details.get("best_os_txt"):
        yield teller.say("scanner.os", clean(system), address=held, mac=mac, first=first, last=last)


def fits(head: bytes) -> bool:
    """Whether it is a report of a Greenbone manager, wrapped in an answer or not."""
    start = head[:8192]
    return (
        b"<NessusClientData" not in start
        and b"<report " in start
        and (
            b"<get_reports_response" in start
            or b"format_id=" in start
            or b"<gmp>" in start
            or b"<omp>" in start
        )
    )


FORMAT: Final = Format(
    name="openvas",
    checked_against="memory",
    export="gvm-cli socket --xml \"<get_reports report_id='ID' details='1' ignore_pagination='1'/>\" > report.xml",
    says="hosts, ports, systems",
    fits=fits,
    read=reading(parse),
)
