"""dnsmasq's lease file: `expiry card address name client-id`, one a line."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation
from scanner.observe.files.leases import lease
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.told import Teller, moment
from scanner.observe.format import Format

SOURCE: Final = "import:dhcp-dnsmasq"
_LEASE: Final = re.compile(
    r"(\d{1,11}) ((?:\w{2}-)?(?:[0-9a-fA-F]{2}:)+[0-9a-fA-F]{2}) ([0-9a-fA-F.:]+) (\S+) (\S+)"
)
"""The card may bear its ARP type in front (`06-00:..`) where that is not Ethernet."""
_SIX: Final = re.compile(r"\d{1,11} \S+ [0-9a-fA-F:]+ \S+ [0-9a-fA-F:*]+|duid \S+")
"""DHCPv6 leases name an IAID where the others name a card."""


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every lease; of one that never ends (expiry 0) nobody knows when its client was there."""
    teller = Teller(source=SOURCE, now=now)
    for number, line in source.lines():
        found = _LEASE.fullmatch(line.strip())
        if not found:
            if line.strip() and not _SIX.fullmatch(line.strip()):
                source.skip(f"line {number}", "no lease of dnsmasq's")
            continue
        ends = moment(found[1]) if found[1] != "0" else None
        state = "active" if ends is None or ends >= now else "expired"
        name = "" if found[4] == "*" else found[4]
        # how long a lease lasts is in no line: at its end at the latest the client was not there any more
        told = lease(
            teller, {"address": found[3], "mac": found[2], "hostname": name, "state": state}, ends=ends
        )
        if told is None:
            source.skip(f"line {number}", f"no address: {found[3]}")
        else:
            yield told


def fits(head: bytes) -> bool:
    """Whether its first line is a lease of dnsmasq's."""
    first = head.decode("utf-8", "replace").splitlines()[:1]
    return bool(first) and _LEASE.fullmatch(first[0].strip()) is not None


FORMAT: Final = Format(
    name="dhcp-dnsmasq",
    checked_against="memory",
    export="cp /var/lib/misc/dnsmasq.leases .",
    says="leases",
    fits=fits,
    read=reading(parse),
)
