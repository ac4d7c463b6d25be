"""Assets of runZero as JSON lines: addresses, cards, names, system, services and when they were seen."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from scanner.model import net
from scanner.model.observation import Observation
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.records import Record, each_line, part, parts
from scanner.observe.files.told import ENTRY, Teller, addresses, cards, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:runzero"
FIELDS: Final[Mapping[str, str | Mapping[str, str]]] = {
    "banner": {
        "tcp/21": "ftp.banner",
        "tcp/22": "ssh.banner",
        "tcp/23": "telnet.banner",
        "tcp/25": "smtp.banner",
    },
    "http.head.server": "http_header.server",
    "html.title": "html_title",
    "ssh.banner": "ssh.banner",
}


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every asset."""
    teller = Teller(source=SOURCE, now=now)
    for number, asset in each_line(source):
        held = list(
            addresses(" ".join(map(str, parts(asset, "addresses") or parts(asset, "addresses_scope"))))
        )
        shown = list(cards(" ".join(map(str, parts(asset, "macs")))))
        if not held and not shown:
            source.skip(f"line {number}", "names no address and no card")
            continue
        yield from _asset(teller, asset, held, shown)
        yield from _services(source, f"line {number}", teller, asset)


def _asset(
    teller: Teller, asset: Record, held: list[net.Address], shown: list[net.Mac]
) -> Iterator[Observation]:
    first, last = moment(part(asset, "first_seen")), moment(part(asset, "last_seen"))
    value = teller.entry(
        {
            "name": next((str(name) for name in parts(asset, "names")), ""),
            "product": part(asset, "os"),
            "version": part(asset, "os_version"),
            "vendor": part(asset, "hw_vendor"),
            "model": part(asset, "hw_product", "hw"),
            "kind": part(asset, "type"),
            "last_active": part(asset, "last_seen"),
        }
    )
    # one card and its addresses belong together; with several it is not said which has which
    mac = shown[0] if len(shown) == 1 else None
    for address in held:
        yield teller.say(ENTRY, value, address=address, mac=mac, first=first, last=last)
    if not held or len(shown) > 1:
        for card in shown:
            yield teller.say(ENTRY, value, mac=card, first=first, last=last)


def _services(source: Source, place: str, teller: Teller, asset: Record) -> Iterator[Observation]:
    """`"192.0.2.7/22/tcp/ssh/": {"banner": ..}`: one object a service."""
    services = asset.get("services")
    when = moment(part(asset, "last_seen"))
    for key, said in services.items() if isinstance(services, dict) else ():
        host, _, rest = str(key).partition("/")
        number, _, rest = rest.partition("/")
        protocol = rest.partition("/")[0]
        if protocol not in {"tcp", "udp"} or number in {"", "0"}:
            continue
        try:
            address, port = net.address(host), net.port(f"{protocol}/{number}")
        except ValueError as error:
            source.skip(place, error)
            continue
        yield teller.say("port.state", "open", address=address, port=port, last=when)
        for name, field in FIELDS.items():
            said_there = part(said, name) if isinstance(said, dict) else ""
            meant = field if isinstance(field, str) else field.get(port)
            if said_there and meant:
                yield teller.say(
                    meant, clean(said_there.removeprefix("SSH-2.0-")), address=address, port=port, last=when
                )


def fits(head: bytes) -> bool:
    """Whether its first line is an asset of runZero's."""
    first = head.splitlines()[0] if head else b""
    marks = (
        b'"addresses"',
        b'"service_count"',
        b'"service_ports_tcp"',
        b'"organization_id"',
        b'"newest_mac"',
        b'"macs"',
    )
    return first.startswith(b"{") and sum(mark in first for mark in marks) >= 3


FORMAT: Final = Format(
    name="runzero",
    checked_against="memory",
    export='curl -H "Authorization: Bearer $EXPORT_TOKEN" "$CONSOLE/api/v1.0/export/org/assets.jsonl" > assets.jsonl',
    says="assets, systems, services",
    fits=fits,
    read=reading(parse),
)
