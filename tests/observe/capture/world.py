"""Frames and files written by hand, for the tests of this folder: nothing here comes from the code that is tested."""

import ipaddress
import struct

from scanner.observe.capture.ear import Ear
from scanner.observe.capture.watch import Watch, ours
from scanner.observe.dissect import Fact, Parser

CARD, OTHER = bytes.fromhex("001b21000007"), bytes.fromhex("001b21000009")
A, B = "10.0.0.7", "10.0.1.9"
AT = 1_790_000_000.0


def ether(body, kind=0x0800, source=CARD, target=OTHER):
    return target + source + kind.to_bytes(2, "big") + body


def ip(body, protocol=17, source=A, target=B, ttl=64, part=0, ident=1):
    one, two = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if one.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, ttl) + one.packed + two.packed + body
    return (
        struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), ident, part, ttl, protocol, 0)
        + one.packed
        + two.packed
        + body
    )


def udp(payload, sport=40000, dport=4711):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def tcp(payload=b"", sport=40000, dport=4711, seq=1, flags=0x18, options=b""):
    return (
        struct.pack("!HHIIBBHHH", sport, dport, seq, 0, (20 + len(options)) << 2, flags, 8192, 0, 0)
        + options
        + payload
    )


def datagram(payload, sport=40000, dport=4711, **words):
    return ether(ip(udp(payload, sport, dport), **words))


def segment(payload=b"", sport=40000, dport=4711, seq=1, flags=0x18, options=b"", **words):
    return ether(ip(tcp(payload, sport, dport, seq, flags, options), 6, **words))


def pcap(frames, *, link=1, order="<", magic=0xA1B2C3D4, unit=1e6, step=1.0, cut=None, extra=b""):
    made = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)]
    for number, frame in enumerate(frames):
        time, kept = AT + number * step, frame[:cut]
        made += [
            struct.pack(order + "IIII", int(time), round(time % 1 * unit), len(kept), len(frame)),
            extra,
            kept,
        ]
    return b"".join(made)


def block(kind, body, order="<"):
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link=1, order="<", options=b"", cut=0):
    return block(1, struct.pack(order + "HHI", link, 0, cut) + options, order)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def enhanced(frame, ticks, number=0, order="<", kept=None):
    head = struct.pack(
        order + "IIIII",
        number,
        ticks >> 32,
        ticks & 0xFFFFFFFF,
        len(frame) if kept is None else kept,
        len(frame),
    )
    return block(6, head + frame, order)


def echo(name="echo", takes=("udp/4711",), **words):
    """A parser that tells every payload that it gets."""
    return Parser(
        name=name,
        takes=takes,
        parse=lambda packet: [Fact(f"{name}.said", packet.payload.decode("latin-1"))],
        **words,
    )


def packets(heard, name="all", takes=("udp/4711",), **words):
    """A parser that keeps every packet that it gets."""

    def parse(packet):
        heard.append(packet)
        return []

    return Parser(name=name, takes=takes, parse=parse, **words)


def ear(*parsers, keep=ours, zone=None, vantage=None):
    return Ear(Watch(keep, vantage, zone), parsers, zone)
