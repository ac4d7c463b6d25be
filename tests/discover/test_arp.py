import asyncio
from datetime import UTC, datetime
from ipaddress import ip_interface, ip_network

from scanner.discover.arp import arp
from scanner.model.kinds import Profile
from scanner.model.net import Address, Mac
from scanner.scope.file import Network
from scanner.scope.profile import LIMITS
from scanner.wire.links import Link, OnLink
from scanner.wire.pipe import Reply

NOW = datetime(2026, 12, 2, tzinfo=UTC)


class Helper:
    def __init__(self):
        self.asked = []

    async def arp_sweep(self, interface, network, **words):
        self.asked.append((interface, str(network), words))
        for last in (3, 4):
            yield Reply(address=Address(f"10.0.0.{last}"), mac=Mac(f"02:00:00:00:00:0{last}"), rtt_ms=1)


def sweep(helper, cidr="10.0.0.0/24", profile=Profile.CLINICAL):
    network = Network(
        cidr=ip_network(cidr), zone="ward", profile=profile, criticality=None, windows=(), vlan=None
    )
    source = ip_interface("fd00::1/64" if ":" in cidr else "10.0.0.1/24")
    link = Link(name="eth0", mac=Mac("02:00:00:00:00:01"), addresses=(source,))
    at = OnLink(link=link, part=ip_network(cidr), source=source)

    async def main():
        return [one async for one in arp(network, at, helper, vantage="here", clock=lambda: NOW, seed=7)]

    return asyncio.run(main())


def test_every_answer_is_a_card_seen_at_an_address():
    first, second = sweep(Helper())
    assert ("raw:arp", "link.mac", "02:00:00:00:00:03", "10.0.0.3", "ward", "here") == (
        first.source,
        first.field,
        first.value,
        first.address,
        first.zone,
        first.vantage,
    )
    assert second.mac == second.value == "02:00:00:00:00:04"


def test_it_asks_at_the_pace_of_the_profile():
    helper = Helper()
    sweep(helper)
    ((interface, network, words),) = helper.asked
    limits = LIMITS[Profile.CLINICAL]
    assert ("eth0", "10.0.0.0/24", "10.0.0.1", 7) == (interface, network, words["source"], words["seed"])
    assert (limits.arp_rate, limits.arp_tries) == (words["rate"], words["tries"])


def test_ipv6_has_no_arp():
    helper = Helper()
    assert ([], []) == (sweep(helper, "fd00::/64"), helper.asked)
