"""What was seen: one fact, one source, one place, one stretch of time, exactly as seen."""

import hashlib
from datetime import datetime
from typing import Final, NewType

import msgspec
from msgspec import Struct

from scanner.model.net import Address, Mac, Port

Scalar = str | int | float | bool | None
Value = str | dict[str, Scalar | list[str]]
"""Text as the device sent it, or a flat object where one fact has several parts (a lease, DHCP options)."""

EvidenceId = NewType("EvidenceId", str)
"""`ev-` and twelve hex digits: the same fact from the same source at the same place has the same id."""


class Observation(Struct, frozen=True, kw_only=True):
    """One thing one source saw; never interpreted, never changed (a repeat only widens first..last)."""

    source: str
    """Who saw it: `probe:ssh`, `raw:arp`, `tcp:connect`, `passive:dhcp`, `import:nmap-xml`, `person:J. Doe`."""
    first: datetime
    last: datetime
    """When it was seen, in UTC; equal for a single sighting."""
    field: str
    """What was seen, as a dotted name: `ssh.banner`. Rule tables are named by it."""
    value: Value
    address: Address | None = None
    mac: Mac | None = None
    port: Port | None = None
    zone: str | None = None
    """The zone (by scope file) that the address lies in; None when it is outside every network."""
    vantage: str | None = None
    """The zone we stood in when we saw it; None when we do not know."""
    site: str | None = None
    """The site whose bundle brought it, as a name; None = seen here. Equal addresses of two sites are two places."""


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def evidence_id(seen: Observation) -> EvidenceId:
    """Name an observation by its content; times do not count, so a repeat keeps its id."""
    parts = [seen.source, seen.field, seen.value, seen.address, seen.mac, seen.port, seen.zone, seen.vantage]
    if seen.site is not None:
        # only then: what was stored before there were sites keeps its id
        parts.append(seen.site)
    return EvidenceId("ev-" + hashlib.sha256(_ENCODER.encode(parts)).hexdigest()[:12])
