"""What `ip` says of routes and neighbours, read."""

import asyncio
from ipaddress import ip_address

import pytest

from scanner.errors import HostError
from scanner.wire import routes
from scanner.wire.routes import Hop, Neighbour, hop, read_hop, read_neighbours


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (
            b'[{"dst":"10.9.0.1","gateway":"10.0.0.1","dev":"v0","prefsrc":"10.0.0.5","flags":[],"uid":0,"cache":[]}]',
            Hop(interface="v0", source=ip_address("10.0.0.5"), gateway="10.0.0.1"),
        ),
        (
            b'[{"dst":"fd00::2","dev":"v0","prefsrc":"fd00::1","metric":256}]',
            Hop(interface="v0", source=ip_address("fd00::1"), gateway=None),
        ),
        (b'[{"type":"local","dst":"10.0.0.5","dev":"lo","prefsrc":"10.0.0.5"}]', None),
        (b'[{"type":"unreachable","dst":"10.0.0.5","dev":"lo"}]', None),
        (b"[]", None),
        (b"", None),
    ],
)
def test_a_next_hop_is_read(text, want):
    assert want == read_hop(text)


@pytest.mark.parametrize("text", [b"no json", b"{}", b'[{"dev":"v0","prefsrc":"nowhere"}]'])
def test_what_is_no_route_is_said(text):
    with pytest.raises(HostError, match="route get"):
        read_hop(text)


def test_neighbours_that_never_answered_are_left_out():
    text = (
        b'[{"dst":"10.0.0.1","dev":"v0","lladdr":"02:00:00:00:00:01","state":["REACHABLE"]},'
        b'{"dst":"10.0.0.2","dev":"v0","state":["FAILED"]},'
        b'{"dst":"fe80::2","dev":"v0","lladdr":"02:00:00:00:00:02","state":["STALE"]},'
        b'{"dst":"10.0.0.3","dev":"v0","lladdr":"02:00:00:00:00:03","state":["FAILED"]}]'
    )

    assert [
        Neighbour(address="10.0.0.1", mac="02:00:00:00:00:01", interface="v0"),
        Neighbour(address="fe80::2", mac="02:00:00:00:00:02", interface="v0"),
    ] == list(read_neighbours(text))


@pytest.mark.parametrize("text", [b"no json", b'[{"dst":"x","lladdr":"02:00:00:00:00:01"}]'])
def test_what_is_no_table_is_said(text):
    with pytest.raises(HostError, match="neigh"):
        list(read_neighbours(text))


def test_where_no_route_leads_there_is_no_hop(monkeypatch):
    async def nowhere(*_words):
        raise HostError("RTNETLINK answers: Network is unreachable")

    monkeypatch.setattr(routes, "ask_ip", nowhere)

    assert None is asyncio.run(hop("10.9.0.1"))
