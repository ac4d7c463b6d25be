"""What a card hears: datagrams, half-open connections, floods of ARP."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from scanner.lab.frames import Card, Inspection

US, THEM = bytes([10, 0, 0, 5]), bytes([10, 0, 0, 9])
SYN, RST, ACK = 0x02, 0x04, 0x10


def ip(protocol: int, segment: bytes, to: bytes = US) -> bytes:
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, protocol, 0, THEM, to)
    return bytes(12) + b"\x08\x00" + head + segment


def tcp(flags: int, source: int = 4000, port: int = 80) -> bytes:
    return ip(6, struct.pack("!HHIIBBHHH", source, port, 0, 0, 0x50, flags, 0, 0, 0))


def heard(*frames: bytes) -> list[str]:
    said: list[str] = []
    card = Card(US, {80}, lambda: said.append("udp"), lambda: said.append("half"))
    for frame in frames:
        card.hear(frame)
    return said


def test_a_datagram_to_us_is_heard_and_one_to_another_is_not() -> None:
    assert heard(ip(17, bytes(8)), ip(17, bytes(8), THEM)) == ["udp"]


def test_a_connection_reset_before_it_was_complete_is_half_open() -> None:
    assert heard(tcp(SYN), tcp(RST)) == ["half"]
    assert (
        heard(tcp(SYN, 4000), tcp(SYN, 4001), tcp(RST, 4001), tcp(RST, 4000), tcp(RST, 4000)) == ["half"] * 2
    )


def test_a_complete_connection_is_not_half_open_however_it_ends() -> None:
    assert heard(tcp(SYN), tcp(ACK), tcp(RST)) == []


def test_a_closed_port_has_no_half_open_connections() -> None:
    assert heard(tcp(SYN, port=81), tcp(RST, port=81)) == []


@given(st.binary(max_size=80))
def test_any_frame_is_heard_without_a_word(frame: bytes) -> None:
    heard(frame)
    heard(bytes(12) + b"\x08\x00" + frame)


def arp(operation: int = 1) -> bytes:
    return bytes(12) + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + bytes(20)


def inspected(times: list[float], frame: bytes) -> tuple[int, int]:
    now, shut = [0.0], []
    watch = Inspection(15, lambda: now[0], lambda: shut.append(1))
    for moment in times:
        now[0] = moment
        watch.hear(frame)
    return watch.most, len(shut)


def test_fifteen_requests_within_a_second_shut_the_port() -> None:
    assert inspected([at / 14 for at in range(15)], arp()) == (15, 1)


def test_a_gentle_sweep_and_answers_do_not() -> None:
    assert inspected([at / 5 for at in range(100)], arp()) == (6, 0)
    assert inspected([0.0] * 50, arp(2)) == (0, 0)
