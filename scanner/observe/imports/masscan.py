"""What masscan writes: lists (-oL), JSON (-oJ) and XML (-oX), ports and banners with the second of each answer."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model import net
from scanner.model.net import Address, Port
from scanner.model.observation import Observation
from scanner.observe.files.elements import elements
from scanner.observe.files.opened import Source, beginning, reading
from scanner.observe.files.records import Record, members, part, parts
from scanner.observe.files.told import Teller, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:masscan"
FIELDS: Final = {
    "ftp": "ftp.banner",
    "http.server": "http_header.server",
    "imap": "imap4.banner",
    "pop": "pop3.banner",
    "smtp": "smtp.banner",
    "ssh": "ssh.banner",
    "telnet": "telnet.banner",
    "title": "html_title",
}
"""masscan's words for banners that mean what a field of ours does."""
STATES: Final = {"open": "open", "closed": "closed"}


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every port and banner, in whichever of the three forms."""
    teller = Teller(source=SOURCE, now=now)
    start = beginning(source.path, 4096).lstrip()[:1]
    form = {b"<": _xml, b"[": _json, b"{": _json}.get(start, _list)
    yield from form(source, teller)


def _list(source: Source, teller: Teller) -> Iterator[Observation]:
    """`open tcp 80 192.0.2.1 1300000000`, `banner tcp 80 192.0.2.1 1300000000 http.server nginx`."""
    for number, line in source.lines():
        words = line.split(None, 6)
        if not words or line.startswith("#"):
            continue
        try:
            address, port = net.address(words[3]), net.port(f"{words[1]}/{words[2]}")
            when = moment(words[4])
        except (IndexError, ValueError) as error:
            source.skip(f"line {number}", error if isinstance(error, ValueError) else "cut short")
            continue
        if words[0] == "banner" and len(words) > 6:
            yield from _banner(teller, address, port, when, words[5], words[6])
        elif words[0] in STATES:
            yield teller.say(
                "port.state", STATES[words[0]], address=address, port=port, first=when, last=when
            )


def _json(source: Source, teller: Teller) -> Iterator[Observation]:
    """`{"ip": .., "timestamp": .., "ports": [{"port": .., "proto": .., "status": ..}]}` in an array, or one a line."""
    for _, offset, host in members(source):
        yield from _host(source, teller, f"byte {offset}", host)


def _host(source: Source, teller: Teller, place: str, host: Record) -> Iterator[Observation]:
    if "ip" not in host:
        return  # `{"finished": 1}`, with which older versions end
    when = moment(part(host, "timestamp"))
    for one in parts(host, "ports"):
        try:
            address, port = (
                net.address(part(host, "ip")),
                net.port(f"{part(one, 'proto')}/{part(one, 'port')}"),
            )
        except (ValueError, AttributeError) as error:
            source.skip(place, error)
            continue
        service = one.get("service")
        if isinstance(service, dict):
            yield from _banner(teller, address, port, when, part(service, "name"), part(service, "banner"))
        elif part(one, "status") in STATES:
            state = STATES[part(one, "status")]
            yield teller.say("port.state", state, address=address, port=port, first=when, last=when)


def _xml(source: Source, teller: Teller) -> Iterator[Observation]:
    """The elements of nmap, less of them: a host for each port."""
    for host in elements(source, "host"):
        when = moment(host.get("endtime", ""))
        held = host.find("address")
        for one in host.findall("ports/port"):
            try:
                address = net.address(held.get("addr", "") if held is not None else "")
                port = net.port(f"{one.get('protocol')}/{one.get('portid')}")
            except ValueError as error:
                source.skip("a host", error)
                continue
            state, service = one.find("state"), one.find("service")
            if state is not None and state.get("state") in STATES:
                word = STATES[state.get("state", "")]
                yield teller.say("port.state", word, address=address, port=port, first=when, last=when)
            if service is not None and service.get("banner"):
                yield from _banner(
                    teller, address, port, when, service.get("name", ""), service.get("banner", "")
                )


def _banner(
    teller: Teller, address: Address, port: Port, when: datetime | None, name: str, said: str
) -> Iterator[Observation]:
    """A banner under the name of our field; others (a certificate in base64, `vuln`) are left to whoever can read them."""
    field = FIELDS.get(name)
    if field is None or not said:
        return
    text = re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), said)
    if field == "ssh.banner":
        # our own probe leaves off `SSH-2.0-`, as Recog does
        text = re.sub(r"^SSH-\d\.\d+-", "", text)
    yield teller.say(field, clean(text), address=address, port=port, first=when, last=when)


def fits(head: bytes) -> bool:
    """Whether it begins as one of the three forms does."""
    start = head.lstrip()[:2048]
    if start.startswith(b"<"):
        return b'<nmaprun scanner="masscan"' in start
    if start[:1] in {b"[", b"{"}:
        return re.search(rb'"ip"\s*:\s*"[^"]+"\s*,\s*"timestamp"\s*:', start) is not None
    return re.match(rb"#masscan|(?:open|closed) (?:tcp|udp) \d+ [0-9a-fA-F.:]+ \d{9,}", start) is not None


FORMAT: Final = Format(
    name="masscan",
    checked_against="real file",
    export="masscan -oJ masscan.json ...  (or -oL, -oX; a binary -oB file by: masscan --readscan FILE -oJ masscan.json)",
    says="open ports and banners",
    fits=fits,
    read=reading(parse),
)
