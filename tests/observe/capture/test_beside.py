"""Listening beside a scan: whose signs reach those who care, and what is said where nothing can be heard."""

import asyncio
import ipaddress
from datetime import UTC, datetime

import pytest

from scanner.errors import HostError
from scanner.model.kinds import Profile
from scanner.model.net import Mac
from scanner.observe.capture import beside
from scanner.scope.parse import parse
from scanner.wire.links import Link
from scanner.wire.pipe import Caught
from tests.observe.capture.test_signs import UNKNOWN, arp, boot, cut
from tests.observe.capture.world import AT, A, pcap

SCOPE = """
[engagement]
name = "x"
owner = "x"
authorized_by = "x"
contact = "x"
reference = "x"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "hospital"

[[network]]
cidr = "10.0.0.0/24"
zone = "ward"
profile = "clinical"
vlan = 7

[[network]]
cidr = "10.0.2.0/24"
zone = "plant"
profile = "ot"

[[network]]
cidr = "10.0.3.0/24"
zone = "office"
profile = "office"
"""
OWN = arp(target=b"\x0a\0\0\x07")


def scope():
    return parse(SCOPE, "scope.toml")


def link(name, *addresses):
    return Link(
        name=name, mac=Mac("02:00:00:00:00:01"), addresses=tuple(map(ipaddress.ip_interface, addresses))
    )


LINKS = (link("eth0", "10.0.0.9/24"), link("eth1", "10.0.3.9/24", "10.0.2.9/24"), link("eth2", "10.0.3.8/24"))


def test_only_where_a_ward_or_a_plant_can_be_heard_is_listened_to():
    networks = scope().networks
    office = [one for one in networks if one.profile is Profile.OFFICE]

    assert ("eth0", "eth1") == beside.interfaces(networks, LINKS)
    assert ("eth0", "eth1", "eth9") == beside.interfaces(networks, LINKS, "eth9")
    assert () == beside.interfaces(office, LINKS, "eth9")


def test_the_dry_run_has_a_line_for_each_of_them():
    first, second = beside.lines(scope())

    assert first.startswith("  10.0.0.0/24: where we stand in it")
    assert second.startswith("  10.0.2.0/24: where we stand in it")
    assert "within 120 s" in first


class Hearer:
    """Plays frames, then is silent for good, as an interface is."""

    def __init__(self, frames=(), *, dropped=0, error=None):
        # what stands before the first record is the file's own
        self.records, self.count = pcap(frames, magic=0xA1B23C4D, unit=1e9)[24:], len(frames)
        self.dropped, self.error = dropped, error
        self.closed = False

    async def overhear(self, interface, seconds):
        assert (interface, float("inf")) == ("eth0", seconds)
        try:
            yield Caught(records=self.records, frames=self.count, link=1, dropped=self.dropped)
            if self.error:
                raise self.error
            await asyncio.Event().wait()
        finally:
            self.closed = True


class Carer:
    def __init__(self):
        self.heard = []

    def overheard(self, why, at, address, mac):
        self.heard.append((why, at, address, mac))


def listened(hearer):
    """What came of it once the scan, which takes no time at all, was over."""
    kept, notes, carer = [], [], Carer()

    async def main():
        async with beside.beside({"eth0": hearer}, scope(), carer, kept.append, notes.append):
            assert not hearer.closed or hearer.error

    asyncio.run(main())
    assert hearer.closed
    return carer.heard, kept, notes


def test_a_sign_is_told_at_once_and_kept_and_nothing_else_is():
    heard, kept, notes = listened(Hearer([boot(), OWN, cut("10.0.0.1"), cut("10.0.0.2"), cut("10.0.0.3")]))
    (_, start, _, card), (why, at, address, _) = heard

    assert (datetime.fromtimestamp(AT, UTC), "00:1b:21:00:00:07") == (start, card)
    assert (UNKNOWN, datetime.fromtimestamp(AT + 4, UTC), A) == (why, at, address)
    assert ["health.sign", "health.sign"] == [one.field for one in kept]
    assert {"ward", None} == {one.zone for one in kept}
    assert [] == notes


def test_of_what_the_scope_does_not_hold_nothing_is_kept():
    _, kept, _ = listened(
        Hearer([cut(peer, source="10.9.9.9") for peer in ("10.0.0.1", "10.0.0.2", "10.0.0.3")])
    )
    assert [] == kept


def test_frames_that_were_lost_and_an_interface_that_went_away_are_said():
    _, kept, notes = listened(Hearer([boot(), OWN], dropped=7, error=HostError("eth0 is down")))

    assert ["health.sign"] == [one.field for one in kept]
    assert [
        "no listening beside the scan on eth0: eth0 is down",
        "7 frames on eth0 passed unheard: signs of ill health may be missing",
    ] == notes


def test_where_nobody_cares_nobody_listens():
    hearer = Hearer()

    async def main():
        async with beside.beside({"eth0": hearer}, scope(), None, pytest.fail, pytest.fail):
            pass

    asyncio.run(main())
    assert not hearer.closed
