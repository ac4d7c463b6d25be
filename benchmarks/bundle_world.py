"""A large log for `bench_bundle.py`: many devices, a few facts of each, written without the code that it measures."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation

START = datetime(2026, 11, 1, 6, tzinfo=UTC)
FACTS = 5
"""Rows of one device: its card, two ports, a banner, a lease."""
BANNERS = ("SSH-2.0-OpenSSH_5.3", "SSH-2.0-OpenSSH_7.4", "SSH-2.0-dropbear_2012.55", "SSH-2.0-Cisco-1.25")


def log(rows: int, seed: int) -> Iterator[Observation]:
    """So many observations of one site: devices of 10.0.0.0/8 in zones of a /20, seen over three weeks."""
    dice = random.Random(seed)
    for number in range(rows // FACTS):
        at = START + timedelta(seconds=dice.randrange(21 * 86400))
        host = Address(f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        card = Mac(f"d4:1b:21:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}")
        zone = f"zone-{number >> 12}"
        for source, field, value, port in (
            ("raw:arp", "link.mac", str(card), None),
            ("tcp:connect", "port.state", "open", tcp(22)),
            ("tcp:connect", "port.state", dice.choice(["closed", "silent"]), tcp(445)),
            ("probe:ssh", "ssh.banner", f"{dice.choice(BANNERS)} {dice.randrange(1 << 30):x}", tcp(22)),
            (
                "import:dhcp-isc",
                "dhcp.lease",
                {"hostname": f"pc-{number}", "mac": str(card), "state": "active"},
                None,
            ),
        ):
            yield Observation(
                source=source, field=field, value=value, port=port, address=host, mac=card, zone=zone, vantage=zone,
                first=at, last=at + timedelta(seconds=dice.randrange(600)),
            )  # fmt: skip
