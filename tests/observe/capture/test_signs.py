import struct

import pytest

from scanner.observe.capture import files, signs
from scanner.observe.capture.batch import Batch
from scanner.observe.capture.ear import Ear
from scanner.observe.capture.watch import Watch, ours
from scanner.observe.dissect import Fact, Parser
from tests.observe.capture.test_ear import hear
from tests.observe.capture.world import CARD, OTHER, A, B, datagram, ear, ether, ip, pcap, segment

ME = CARD.hex(":")


def told(frames, folder, step=1.0, *parsers):
    path = folder / "some.pcap"
    path.write_bytes(pcap(frames, step=step))
    listener = ear(*parsers)
    for batch in files.batches(path, 0.0):
        listener.hear(batch)
    return [(str(one.value), one.address, one.mac) for one in listener.finish() if one.field == "health.sign"]


def arp(sender=b"\x0a\0\0\x07", target=b"\x0a\0\0\x09", card=CARD):
    return ether(
        bytes.fromhex("0001080006040001") + card + sender + bytes(6) + target, 0x0806, card, b"\xff" * 6
    )


def boot(options=b"\x63\x82\x53\x63\x35\x01\x01\xff"):
    return datagram(
        b"\x01\x01\x06\0" + bytes(232) + options, 68, 67, source="0.0.0.0", target="255.255.255.255"
    )


def test_an_arp_storm_is_told_once_and_a_lively_card_is_none(tmp_path):
    assert [("ARP storm", None, ME)] == told([arp()] * signs.STORM * 3, tmp_path, 0.0001)
    assert [] == told([arp()] * signs.STORM * 3, tmp_path, 0.02)


@pytest.mark.parametrize("asked", [boot(), boot(b"")])
@pytest.mark.parametrize("turn", [1, -1])
def test_asking_for_an_address_and_announcing_it_is_a_restart(tmp_path, asked, turn):
    own = arp(target=b"\x0a\0\0\x07")
    assert [("restarted: asks for an address and announces it", None, ME)] == told(
        [asked, own][::turn], tmp_path
    )


def test_neither_alone_nor_renewing_nor_far_apart_is_a_restart(tmp_path):
    own, renew = arp(target=b"\x0a\0\0\x07"), boot(b"\x63\x82\x53\x63\x35\x01\x03\xff")
    for frames, step in (
        ([boot()], 1),
        ([own], 1),
        ([renew, own], 1),
        ([boot(), own], signs.TOGETHER + 1),
        ([boot(), arp()], 1),
    ):
        assert [] == told(frames, tmp_path, step)


TRAP1 = bytes.fromhex(
    "302c020100040670 75626c6963a41f06082b0601040181fb1e4004 0a000007 020100 020100 430164 3000"
)
TRAP2 = b"\x30\x40" + bytes.fromhex("2b0601060301010501")


@pytest.mark.parametrize(
    ("payload", "port", "want"),
    [
        (TRAP1, 162, "restarted: says so by SNMP trap"),
        (TRAP2, 162, "restarted: says so by SNMP trap"),
        (b"<189>12: %SYS-5-RESTART: System restarted --", 514, "restarted: says so by syslog"),
        (b"<13>agent: coldStart trap", 514, "restarted: says so by syslog"),
    ],
)
def test_who_says_that_it_restarted_is_believed(tmp_path, payload, port, want):
    assert [(want, A, ME)] == told([datagram(payload, 5000, port)], tmp_path)


@pytest.mark.parametrize(
    ("payload", "port"),
    [(TRAP1.replace(b"\x02\x01\x00\x02", b"\x02\x01\x03\x02"), 162), (b"<13>cron: started", 514)],
)
def test_other_traps_and_lines_are_no_restart(tmp_path, payload, port):
    assert [] == told([datagram(payload, 5000, port)], tmp_path)


@pytest.mark.parametrize(
    ("field", "values", "count"),
    [
        ("snmp.engine_boots", ["7", "7", "8"], 1),
        ("snmp.engine_boots", ["9", "10"], 1),
        ("snmp.engine_boots", ["10", "9"], 0),
        ("smb2.boot_time", ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], 1),
        ("smb2.dialect", ["1", "2"], 0),
    ],
)
def test_a_count_of_starts_that_goes_up_is_a_restart(tmp_path, field, values, count):
    parser = Parser(
        name="some", takes=("udp/4711",), parse=lambda packet: [Fact(field, packet.payload.decode())]
    )
    got = told([datagram(value.encode()) for value in values], tmp_path, 1.0, parser)
    assert count == len(got)


def opening(ticks, target=B, source=A):
    return segment(
        flags=2,
        options=b"\x02\x04\x05\xb4\x04\x02\x08\x0a" + struct.pack("!II", ticks, 0),
        target=target,
        source=source,
    )


def test_a_clock_of_tcp_that_goes_back_after_going_forward_is_a_restart(tmp_path):
    frames = [opening(ticks) for ticks in (1000, 2000, 3000, 4000, 50)]
    assert [("restarted: its TCP clock began anew", A, None)] == told(frames, tmp_path)


@pytest.mark.parametrize(
    "ticks",
    [
        (1000, 2000, 50),
        (1000, 50, 2000, 60, 3000, 70, 4000, 80),
        (0xFFFFFFF0, 0xFFFFFFF5, 0xFFFFFFFA, 0xFFFFFFFF, 5),
        (7, 7, 7, 7, 7),
        (1000, 2000, 3000, 900_000_000, 2_000_000_000, 50),
        (100_000_000, 200_000_000, 300_000_000, 400_000_000, 50),
    ],
)
def test_a_wrapped_clock_one_drawn_anew_and_clocks_of_several_machines_are_none(tmp_path, ticks):
    assert [] == told([opening(one) for one in ticks], tmp_path)


def chatter(seconds, other=0):
    """A device that speaks every second, and one that goes on after it has stopped."""
    frames = []
    for second in range(seconds + other):
        frames.append(datagram(b"x") if second < seconds else ether(bytes(40), 0x88CC, OTHER))
        frames.append(ether(bytes(40), 0x88CC, OTHER))
    return frames


def test_a_device_that_always_spoke_and_falls_silent_is_told_when_others_go_on(tmp_path):
    long = int(signs.REGULAR * signs.SLOT) + 20
    assert [("fell silent", None, ME)] == told(chatter(long, 60), tmp_path, 0.5)
    assert [] == told(chatter(100, 60), tmp_path, 0.5)
    assert [] == told(chatter(long, 10), tmp_path, 0.5)


def test_what_is_followed_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(signs, "MOST", 3)
    cards = [bytes([2, 0, 0, 0, 0, number]) for number in range(20)]
    frames = [
        arp(bytes([10, 0, 0, number]), bytes([10, 0, 0, number]), card) for number, card in enumerate(cards)
    ]
    listener = ear()
    hear(listener, frames + [opening(5, f"10.0.1.{number}") for number in range(20)], tmp_path)
    held = listener._signs
    assert 3 == max(len(one) for one in (held._storms, held._starts, held._speakers, held._clocks))


def cut(target, seq=7, flags=4, source=A):
    return segment(flags=flags, seq=seq, target=target, source=source, ttl=60)


UNKNOWN = "3 others' conversations are unknown to it"
PEERS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")


def test_who_resets_what_three_others_say_has_begun_anew(tmp_path):
    assert [(UNKNOWN, A, None)] == told([cut(peer) for peer in PEERS], tmp_path)


@pytest.mark.parametrize(
    ("frames", "step"),
    [
        ([cut(PEERS[0], seq) for seq in range(1, 9)], 0.1),
        ([cut(peer) for peer in PEERS], signs.SLOT + 1),
        ([cut(peer, flags=0x14) for peer in PEERS], 1),
        ([cut(peer, seq=0) for peer in PEERS], 1),
        ([cut(peer, source=f"10.0.2.{peer[-1]}") for peer in PEERS], 1),
    ],
    ids=["one peer", "slowly", "an end of its own", "a port that is closed", "several devices"],
)
def test_other_resets_are_no_sign(tmp_path, frames, step):
    assert [] == told(frames, tmp_path, step)


def solicit(source="fe80::7"):
    return ether(ip(b"\x85\0\0\0\0\0\0\0", 58, source=source, target="ff02::2", ttl=255), 0x86DD)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_link_that_comes_up_is_known_by_what_is_asked_for_then(tmp_path, turn):
    own = arp(target=b"\x0a\0\0\x07")
    (one,) = told([boot(), solicit()][::turn], tmp_path)
    (other,) = told([own, solicit()][::turn], tmp_path)

    assert ("its link came up anew: asks for an address and looks for routers", None, ME) == one
    assert ("its link came up anew: announces its address and looks for routers", None, ME) == other
    assert [] == told([solicit()] * 3, tmp_path)


def lldp(live, ends=b"\0\0"):
    return ether(
        b"\x02\x07\x04" + CARD + b"\x04\x03\x07p1" + b"\x06\x02" + live.to_bytes(2, "big") + ends, 0x88CC
    )


def test_a_port_that_says_good_bye_is_told_and_one_that_lives_on_is_not(tmp_path):
    assert [("its port goes down: says so by LLDP", None, ME)] == told([lldp(120), lldp(0)], tmp_path)
    assert [] == told([lldp(120), ether(b"", 0x88CC), ether(b"\x02\x07", 0x88CC)], tmp_path)


def listened(frames, folder, step):
    """What is told at once, beside a scan."""
    path, heard = folder / "some.pcap", []
    path.write_bytes(pcap(frames, step=step))
    listener = Ear(Watch(ours), (), None, heard.append)
    # as live: what passes in a moment is a batch of its own
    for batch in files.batches(path, 0.0):
        for row in range(len(batch.start)):
            part = slice(row, row + 1)
            listener.hear(
                Batch(
                    raw=batch.raw,
                    start=batch.start[part],
                    size=batch.size[part],
                    time=batch.time[part],
                    link=1,
                )
            )
    kept = [one.value for one in listener.finish() if one.field == signs.FIELD]
    assert {one.why for one in heard} == set(kept)
    return heard


def asks(*peers, seq=1):
    return [segment(b"x", target=A, source=peer, seq=seq) for peer in peers]


SILENT = "others repeat themselves to it: it answers nobody"


def test_a_device_to_which_others_repeat_themselves_answers_nobody(tmp_path):
    (sign,) = listened(asks(*PEERS[:2]) * (1 + signs.REPEATS // 2), tmp_path, 0.4)
    assert (SILENT, A, None) == (sign.why, sign.address, sign.mac)


@pytest.mark.parametrize(
    ("frames", "step"),
    [
        (asks(PEERS[0]) * 30, 0.3),
        (asks(*PEERS[:2]) * 20, 0.001),
        (asks(*PEERS[:2]) * 20, 5),
        ([one for seq in range(20) for one in asks(*PEERS[:2], seq=seq)], 0.2),
    ],
    ids=["one peer", "a mirror port that shows all twice", "seldom", "what is said anew"],
)
def test_repeats_of_other_kinds_are_no_sign(tmp_path, frames, step):
    assert [] == listened(frames, tmp_path, step)


def test_without_anybody_who_minds_at_once_no_segment_is_followed(tmp_path):
    assert [] == told(asks(*PEERS[:2]) * 20, tmp_path, 0.4)
