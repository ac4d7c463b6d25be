from datetime import UTC, datetime

import pytest

from scanner.discover.before import before
from scanner.discover.found import Found
from scanner.discover.guards import Faces
from scanner.model.observation import Observation

from .ground import network  # noqa: TID252 - the network that these tests look at

NOW = datetime(2026, 12, 2, tzinfo=UTC)


def saw(field, value, port=None, source="tcp:connect", address="10.0.0.3"):
    return Observation(
        source=source, first=NOW, last=NOW, field=field, value=value, address=address, port=port
    )


@pytest.mark.parametrize(
    ("seen", "done"),
    [
        ([saw("port.state", "closed", "tcp/22")], True),
        ([saw("port.state", "silent", "tcp/22")], True),
        # open, but killed before the probe had ended
        ([saw("port.state", "open", "tcp/22"), saw("ssh.banner", "x", "tcp/22", "probe:ssh")], False),
        (
            [
                saw("port.state", "open", "tcp/22"),
                saw("probe.outcome", {"outcome": "ok"}, "tcp/22", "probe:ssh"),
            ],
            True,
        ),
        # a sweep by SYN asked nobody what it is
        ([saw("port.state", "closed", "tcp/22", "raw:syn")], False),
    ],
)
def test_a_port_is_done_when_it_was_asked_to_the_end(seen, done):
    assert done is (("10.0.0.3", "tcp/22") in before(seen, network()).done)


def test_hosts_are_those_that_answered_frames_of_ours():
    seen = [
        saw("link.mac", "02:00:00:00:00:03", source="raw:arp"),
        saw("port.state", "open", "tcp/22", address="10.0.0.4"),
    ]

    found = before(
        [*seen, saw("link.mac", "x", source="raw:arp", address="10.9.9.9"), saw("x", "y", address=None)],
        network(),
    )

    assert (["10.0.0.3"], seen) == (list(found.hosts), found.seen)


def test_what_was_seen_is_where_the_second_life_looks_for_it():
    found, faces, cards = Found(), Faces(), {}
    mac = "02:00:00:00:00:03"
    seen = Observation(
        source="raw:arp", first=NOW, last=NOW, field="link.mac", value=mac, address="10.0.0.3", mac=mac
    )

    before([seen, saw("port.state", "open", "tcp/22")], network()).remind(found, faces, cards)

    assert (["10.0.0.3"], {"10.0.0.3": mac}) == (list(found.hosts), cards)
    assert ({mac}, {"tcp/22": "open"}) == (faces.of["10.0.0.3"].cards, faces.of["10.0.0.3"].states)


def test_an_address_that_was_given_up_stays_so_unless_anything_answered():
    quiet = [saw("port.state", "silent", f"tcp/{port}") for port in (1, 2, 3, 4)]

    assert before(quiet, network()).given_up("10.0.0.3", 4)
    assert not before(quiet[:3], network()).given_up("10.0.0.3", 4)
    assert not before([*quiet, saw("port.state", "closed", "tcp/5")], network()).given_up("10.0.0.3", 4)
    assert not before(quiet, network()).given_up("10.0.0.4", 4)


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ([saw("port.state", "open", "tcp/502")], True),
        ([saw("port.state", "closed", "tcp/502")], False),
        ([saw("port.state", "open", "tcp/80")], False),
        ([saw("probe.outcome", {"outcome": "silent"}, "udp/47808", "probe:bacnet")], True),
        # its own kernel said that nobody reads there, or nothing was sent at all
        ([saw("probe.outcome", {"outcome": "closed"}, "udp/47808", "probe:bacnet")], False),
        ([saw("probe.outcome", {"outcome": "refused"}, "udp/47808", "probe:bacnet")], False),
    ],
)
def test_who_was_asked_by_a_control_protocol_is_remembered_by_the_second_life(seen, asked):
    assert asked is ("10.0.0.3" in before(seen, network()).identified())
