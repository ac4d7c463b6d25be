import pytest

from scanner.observe.capture import scene as scenes
from scanner.observe.capture.batch import Batch
from scanner.observe.capture.scene import Scene, Spelling
from tests.observe.capture.test_links import linked
from tests.observe.capture.world import AT, datagram, ether, ip, udp


def scene(*frames):
    raw, found = linked(frames)
    import numpy as np

    none = np.zeros(len(frames), np.int64)
    return Scene(Batch(raw, none, none, np.full(len(frames), AT), 1), found, Spelling())


def test_a_packet_in_words():
    made = scene(ether(b"\0\x2a\x08\0" + ip(udp(b"said", 53, 1024), ttl=63), 0x8100))

    packet = made.packet(0, b"said")

    assert (
        b"said",
        AT,
        "00:1b:21:00:00:07",
        "00:1b:21:00:00:09",
        "10.0.0.7",
        "10.0.1.9",
        53,
        1024,
        63,
        42,
    ) == packet


def test_a_frame_without_ip_has_no_addresses_ports_or_hops():
    packet = scene(ether(bytes(28), 0x0806)).packet(0, b"")
    assert (None, None, 0, 0, 0, None) == packet[4:]


def test_ipv6_addresses_are_spelled_as_usual_and_the_unspecified_is_none():
    made = scene(ether(ip(udp(b""), source="::", target="ff02::1:2"), 0x86DD))
    assert (None, "ff02::1:2") == (made.source(0), made.target(0))


@pytest.mark.parametrize(
    ("ttl", "want"), [(64, True), (128, True), (255, True), (32, True), (63, False), (1, False)]
)
def test_who_sends_with_an_unspent_hop_count_is_near(ttl, want):
    assert [want] == scene(datagram(b"", ttl=ttl)).near.tolist()


def test_who_speaks_to_a_group_or_without_ip_is_near():
    group = ether(ip(udp(b""), ttl=4), target=bytes.fromhex("01005e7ffffa"))
    assert [True, True] == scene(group, ether(bytes(28), 0x0806)).near.tolist()


def test_spellings_are_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(scenes, "NAMES", 2)
    spelling = Spelling()
    for number in range(10):
        assert f"10.0.0.{number}" == spelling.address(bytes([10, 0, 0, number]))
    assert (2, None, None) == (len(spelling._words), spelling.address(bytes(4)), spelling.card(bytes(6)))
