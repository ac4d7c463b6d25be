"""ISC dhcpd lease files (dhcpd.leases(5)): who asked for an address, from which card, when, under which name."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from scanner.model import net
from scanner.model.observation import Observation, Scalar
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.told import clean
from scanner.observe.format import Format

_LEASE: Final = re.compile(r"\s*lease\s+(\S+)\s*\{\s*")
# dhcpd.leases(5): `weekday year/month/day hour:minute:second` in UTC, or `epoch seconds`, or `never`
_TIME: Final = re.compile(r"\d (\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)")
_EPOCH: Final = re.compile(r"epoch (\d+)")
_LINE: Final = 4096
_STATEMENTS: Final = 256


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every lease; what could not be read is named with the line that its lease begins at."""
    begun: tuple[int, str, dict[str, str]] | None = None
    for number, raw in source.lines():
        line = raw[:_LINE]
        if head := _LEASE.fullmatch(line):
            if begun:
                source.skip(f"line {begun[0]}", f"lease {begun[1]} is not closed")
            begun = (number, head[1], {})
        elif begun and line.strip() == "}":
            try:
                yield _lease(begun[1], begun[2], now)
            except (ValueError, OverflowError) as error:
                source.skip(f"line {begun[0]}", error)
            begun = None
        elif begun and len(begun[2]) < _STATEMENTS:
            key, value = _statement(line)
            begun[2][key] = value
    if begun:
        source.skip(f"line {begun[0]}", f"lease {begun[1]} is cut off")


def _statement(line: str) -> tuple[str, str]:
    """Split `hardware ethernet 00:..;` or `set vendor-class-identifier = "MSFT 5.0";` into key and value."""
    text = line.strip().removesuffix(";").strip()
    text = text.removeprefix("set ").replace(" = ", " ", 1)
    for key in ("hardware ethernet", "binding state"):
        if text.startswith(key + " "):
            return key, text.removeprefix(key).strip()
    key, _, value = text.partition(" ")
    return key, value.strip().strip('"')


def _lease(address: str, said: dict[str, str], now: datetime) -> Observation:
    mac = net.mac(said["hardware ethernet"]) if "hardware ethernet" in said else None
    start = _moment(said.get("starts", ""))
    # the client's last transaction is when it was last there; a lease outlives the machine that took it
    seen = _moment(said.get("cltt", "")) or start or now
    value: dict[str, Scalar | list[str]] = {"state": said.get("binding state", "unknown")}
    for name, key in (("hostname", "client-hostname"), ("vendor_class", "vendor-class-identifier")):
        if key in said:
            value[name] = clean(said[key])
    if end := _moment(said.get("ends", "")):
        value["ends"] = end.isoformat()
    # a lying clock of the server's: nothing was seen later than now
    seen = min(seen, now)
    return Observation(
        source="import:dhcp-isc",
        first=min(start or seen, seen),
        last=seen,
        field="dhcp.lease",
        value=value,
        address=net.address(address),
        mac=mac,
    )


def _moment(text: str) -> datetime | None:
    if found := _TIME.match(text):
        year, month, day, hour, minute, second = map(int, found.groups())
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    if found := _EPOCH.match(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    return None


def fits(head: bytes) -> bool:
    """Whether a file begins as dhcpd writes it."""
    return re.search(rb"^lease [0-9a-fA-F.:]+ \{", head, re.MULTILINE) is not None


FORMAT: Final = Format(
    name="dhcp-isc",
    checked_against="documentation",
    export="cp /var/lib/dhcp/dhcpd.leases .",
    says="leases",
    fits=fits,
    read=reading(parse),
)
