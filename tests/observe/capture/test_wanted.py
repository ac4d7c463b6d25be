"""What is decided for whole batches comes to what parsers tell when each packet is looked at by itself."""

import random
import struct

import pytest

from scanner.observe.capture import files, headers
from scanner.observe.capture.links import linked
from scanner.observe.capture.scene import Scene, Spelling
from tests.observe.capture.reading import NOW
from tests.observe.capture.world import A, B, datagram, ear, echo, ether, pcap, segment

PARSERS = (
    echo("whole", ("udp/4711", "tcp/4712")), echo("parts", ("udp/53",), differs=(2, 4)), echo("tail", ("ether/0806",), differs=(9, 1 << 20)),
    echo("begins", ("udp/161",), begins=(b"ab", b"\x00")), echo("holds", ("tcp/502",), holds=(b"aa", b"bba")),
    echo("one", ("udp/137",)), echo("two", ("udp/137",), begins=(b"b",)),
)  # fmt: skip


def plain(parsers, batch, told):
    """One packet after another, by the words of the contract: what each parser says, from when to when."""
    frames = linked(batch)
    scene = Scene(batch, frames, Spelling())
    found = scene.heads
    for row in range(len(batch.start)):
        start, stop = int(found.body[row]), int(found.end[row])
        kind = {headers.UDP: "udp", headers.TCP: "tcp"}.get(int(found.protocol[row]))
        names = {f"{kind}/{port}" for port in (found.sport[row], found.dport[row])} if start < stop else set()
        if frames.kind[row] == 0x0806:
            names, start, stop = {"ether/0806"}, int(frames.at[row]), int(frames.end[row])
        payload, packet = batch.raw[start:stop], scene.packet(row, b"")
        for parser in parsers:
            starts = not parser.begins or payload.startswith(parser.begins)
            holds = not parser.holds or any(one in payload for one in parser.holds)
            if not (names & set(parser.takes) and starts and holds):
                continue
            service = min((packet.sport, packet.sport == packet.dport), (packet.dport, True))
            cut, on = parser.differs
            same = (
                parser.name,
                service,
                packet.source_mac,
                packet.source,
                payload[:cut],
                payload[on:],
                len(payload),
            )
            said = told.setdefault(same, [payload.decode("latin-1"), packet.time, packet.time])
            said[2] = packet.time


def traffic(seed):
    """Few words from few devices, so that most is said again."""
    draw = random.Random(seed)

    def words():
        return bytes(draw.choices(b"ab\0", k=draw.choice((1, 3, 9, 33))))

    for number in range(400):
        some, source = words(), draw.choice((A, "10.0.0.8", "fe80::7", "fe80::8"))
        match draw.randrange(5):
            case 0:
                yield ether(some, 0x0806, source=draw.choice((b"\0\x1b!\0\0\1", b"\0\x1b!\0\0\2")))
            case 1:
                numbered = some[:2] + struct.pack("!H", number) + some[2:]
                yield datagram(numbered, draw.randrange(50000, 50009), 53, source=A)
            case 2:
                yield segment(some, draw.randrange(50000, 50009), draw.choice((502, 4712)), source=A)
            case 3 if ":" in source:
                yield ether(datagram(some, 50000, 137, source=source, target="fe80::9")[14:], 0x86DD)
            case _:
                ports = [draw.randrange(50000, 50009), draw.choice((4711, 161, 137))]
                draw.shuffle(ports)
                yield datagram(some, *ports, source=draw.choice((A, B)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("chunk", [4096, 1 << 21])
def test_batches_tell_what_packet_after_packet_tells(tmp_path, monkeypatch, seed, chunk):
    monkeypatch.setattr("scanner.observe.capture.pcap.CHUNK", chunk)
    monkeypatch.setattr("scanner.observe.capture.watch.VALUES", 10_000)
    monkeypatch.setattr("scanner.observe.capture.watch.ROWS", 10_000)
    path, told = tmp_path / "some.pcap", {}
    path.write_bytes(pcap(list(traffic(seed))))
    listener = ear(*PARSERS)

    for batch in files.batches(path, NOW):
        listener.hear(batch)
        plain(PARSERS, batch, told)
    got = {
        (one.field, one.value, one.address or one.mac, one.first.timestamp(), one.last.timestamp())
        for one in listener.finish()
        if one.field.endswith(".said")
    }

    assert _widest(told) == got
    assert len(told) > 60


def _widest(told):
    """One row for one value of one device, whatever ports it came on."""
    spans = {}
    for (name, _service, card, source, *_), (said, first, last) in told.items():
        key = (f"{name}.said", said, source or card)
        before = spans.get(key, (first, last))
        spans[key] = min(first, before[0]), max(last, before[1])
    return {(*key, *span) for key, span in spans.items()}
