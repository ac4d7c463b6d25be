"""Turn nmap's hosts into observations, for the import of its files and for the scan engine alike."""

from collections.abc import Iterator
from typing import Final

import msgspec

from scanner.model.observation import Observation, Scalar, Value
from scanner.wire.nmap_host import Host, PortSeen, Service

SOURCE: Final = "nmap:scan"
"""Source of what our own run of nmap saw; an imported file of nmap's has `import:nmap-xml`."""

STATES: Final = {"open": "open", "closed": "closed", "unfiltered": "closed", "filtered": "silent"}
"""nmap's words for the state of a port and ours; those that leave it open (`open|filtered`) say nothing."""

_UNREACHABLE: Final = frozenset(
    {"host-unreach", "net-unreach", "no-route", "admin-prohibited", "host-prohibited"}
)


def observations(
    host: Host, source: str, zone: str | None = None, vantage: str | None = None
) -> Iterator[Observation]:
    """What one host of nmap's output says, field by field; a host that is down says nothing."""
    if host.state == "down":
        return
    plain = Observation(
        source=source,
        first=host.first,
        last=host.last,
        field="host.state",
        value="up",
        address=host.address,
        mac=host.mac,
        zone=zone,
        vantage=vantage,
    )
    yield plain
    if host.mac:
        yield msgspec.structs.replace(plain, field="link.mac", value=host.mac)
    for name in host.names:
        yield msgspec.structs.replace(plain, field="host.name", value=name)
    for seen in host.ports:
        for field, value in _port(seen):
            yield msgspec.structs.replace(plain, field=field, value=value, port=seen.port)


def _port(seen: PortSeen) -> Iterator[tuple[str, Value]]:
    state = STATES.get(seen.state)
    if state is None:
        return
    yield "port.state", "unreachable" if seen.reason in _UNREACHABLE else state
    # a name looked up in a table is nmap's guess from the number, not something it saw
    if state == "open" and seen.service.method == "probed" and (said := _service(seen.service)):
        yield "nmap.service", said


def _service(service: Service) -> dict[str, Scalar | list[str]]:
    texts = {
        "name": service.name,
        "product": service.product,
        "version": service.version,
        "extrainfo": service.extrainfo,
        "ostype": service.ostype,
        "devicetype": service.devicetype,
        "hostname": service.hostname,
        "tunnel": service.tunnel,
    }
    said: dict[str, Scalar | list[str]] = {name: text for name, text in texts.items() if text}
    if service.cpes:
        said["cpe"] = list(service.cpes)
    return said
