"""Knocks from one zone on another: only from where this machine stands, and every connection is closed."""

import asyncio
from datetime import UTC, datetime
from ipaddress import ip_interface, ip_network

import msgspec
import pytest

from scanner.discover.crossing import cross
from scanner.errors import ScopeError
from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Address, Mac, Port
from scanner.scope.file import Engagement, Flags, Network, Scope
from scanner.wire.links import Link

NOW = datetime(2026, 12, 2, tzinfo=UTC)
HERE = (Link(name="eth0", mac=Mac("02:00:00:00:00:02"), addresses=(ip_interface("10.0.0.2/24"),)),)


def network(cidr, zone):
    return Network(
        cidr=ip_network(cidr), zone=zone, profile=Profile.OFFICE, criticality=None, windows=(), vlan=None
    )


SCOPE = Scope(
    engagement=Engagement(
        name="t", owner="o", authorized_by="a", contact="c", reference="r", valid_from=NOW, valid_until=NOW, sector="office"
    ),
    flags=Flags(), networks=(network("10.0.0.0/24", "office"), network("10.1.0.0/24", "servers")), exclusions=(),
    critical=(), segments=(), text="",
)  # fmt: skip
TARGET = (SCOPE.networks[1], Address("10.1.0.9"), (Port("tcp/22"), Port("tcp/80"), Port("tcp/445")))


class Conn:
    def __init__(self):
        self.closed = False

    async def close(self):
        self.closed = True


class Dialer:
    def __init__(self):
        self.asked, self.conns = [], []

    async def open(self, address, port, touch):
        self.asked.append((address, port, touch))
        if port == "tcp/22":
            self.conns.append(Conn())
            return self.conns[-1]
        return Outcome.SILENT if port == "tcp/80" else Outcome.REFUSED


def crossed(source, dialer, links=HERE):
    return asyncio.run(cross(SCOPE, source, [TARGET], dialer, links, lambda: NOW))


def test_what_each_port_did_is_kept_with_the_zone_that_we_stood_in():
    dialer = Dialer()

    got = crossed("office", dialer)

    assert [("tcp/22", "open"), ("tcp/80", "silent")] == sorted((one.port, one.value) for one in got)
    assert {("servers", "office")} == {(one.zone, one.vantage) for one in got}
    assert all(conn.closed for conn in dialer.conns)
    assert {Touch.KNOCK} == {touch for _, _, touch in dialer.asked}


@pytest.mark.parametrize(
    ("source", "links", "told"),
    [
        ("servers", HERE, "no address there"),
        ("office", (), "no address there"),
        ("nowhere", HERE, "no network"),
    ],
)
def test_nothing_is_sent_from_a_zone_that_we_do_not_stand_in(source, links, told):
    dialer = Dialer()

    with pytest.raises(ScopeError, match=told):
        crossed(source, dialer, links)

    assert [] == dialer.asked


def test_a_zone_that_we_stand_in_as_well_is_not_measured():
    """The knock would go out of the other card and cross no rule."""
    both = (msgspec.structs.replace(HERE[0], addresses=(*HERE[0].addresses, ip_interface("10.1.0.2/24"))),)
    dialer = Dialer()

    assert () == crossed("office", dialer, both)
    assert [] == dialer.asked
