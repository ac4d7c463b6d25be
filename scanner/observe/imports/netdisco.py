"""Netdisco's memory of every card it saw on every switch port, exported from its database as CSV."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.rows import headings, rows
from scanner.observe.files.told import Teller, address, card, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:netdisco"
NAMES: Final = {
    "mac": ("mac", "nodemac"),
    "address": ("ip", "nodeip"),
    "name": ("dns", "nodename", "netbios"),
    "switch": ("switchname", "devicename", "switch", "device"),
    "port": ("port", "switchport"),
    "description": ("portname", "portdescription", "portdescr"),
    "vlan": ("vlan",),
    "first": ("timefirst", "firstseen"),
    "last": ("timelast", "lastseen", "timerecent"),
}


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every card: when it was last on which port, and under which address."""
    teller = Teller(source=SOURCE, now=now)
    for line, row in rows(source, NAMES, 3):
        mac = card(row.get("mac", ""))
        if mac is None:
            source.skip(f"line {line}", f"no card: {row.get('mac', '')}")
            continue
        held = address(row.get("address", ""))
        first, last = moment(row.get("first", "")), moment(row.get("last", ""))
        yield teller.say("link.mac", mac, address=held, mac=mac, first=first, last=last)
        if row.get("name"):
            yield teller.say("host.name", clean(row["name"]), address=held, mac=mac, first=first, last=last)
        where = {word: clean(row[word]) for word in ("switch", "port", "description") if row.get(word)}
        if "port" in where:
            yield teller.say("location", {**where}, address=held, mac=mac, first=first, last=last)


def fits(head: bytes) -> bool:
    """Whether it lists cards by switch and port, with times."""
    seen = headings(head)
    return (
        bool(seen & {"mac", "nodemac"})
        and "port" in seen
        and bool(seen & {"switch", "switchname"})
        and bool(seen & {"timelast", "timerecent"})
    )


FORMAT: Final = Format(
    name="netdisco",
    checked_against="memory",
    export=(
        'psql netdisco -c "\\copy (select n.mac, i.ip, i.dns, d.name as switch_name, n.switch, n.port, p.name as port_name,'
        " n.vlan, n.time_first, n.time_last from node n left join node_ip i using (mac) left join device d on d.ip = n.switch"
        " left join device_port p on p.ip = n.switch and p.port = n.port) to 'netdisco.csv' csv header\""
    ),
    says="switch ports of every card ever seen",
    fits=fits,
    read=reading(parse),
)
