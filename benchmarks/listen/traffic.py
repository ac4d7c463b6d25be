"""A hospital's traffic in stated proportions: announcements, questions and answers, and conversations side by side."""

import random
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from listen import messages as say
from listen.frames import EVERYBODY, Host, ether, file_head, record, tcp, udp

SHARES = {
    "bulk of conversations (images, files, video)": 0.773, "ARP": 0.045, "SNMP polls": 0.04, "Modbus polls": 0.03,
    "DNS": 0.03, "mDNS": 0.02, "NBNS": 0.015, "SSDP": 0.015, "NTP": 0.01, "spanning tree": 0.01, "DHCP": 0.005,
    "LLDP": 0.002, "new conversations": 0.005,
}  # fmt: skip
"""Of events; an event is one packet or one question with its answer, a new conversation five and more packets."""
HARDER = SHARES | {"bulk of conversations (images, files, video)": 0.738, "new conversations": 0.04}
"""The same with eight times as many new conversations, which are shorter: each has words that nobody said before."""
KINDS = {"TLS": 0.4, "HTTP": 0.3, "SMB": 0.12, "SSH": 0.08, "DICOM": 0.1}
"""Of new conversations."""
AT_ONCE = 300
"""Conversations side by side."""
_LONG, _SHORT = (40, 80, 160, 800), (6, 12, 40)
"""Packets of a conversation after its first words; of those of the harder mix."""
_XP = bytes.fromhex("020405b401010402")
_LINUX = bytes.fromhex("020405b40402080a")
_SEVEN = bytes.fromhex("020405b40103030801010402")


class Ward:
    """The devices, and what each does next."""

    def __init__(self, seed: int, devices: int = 300, *, harder: bool = False) -> None:
        self.draw = random.Random(seed)
        self._shares, self._long, self._asked = (HARDER, _SHORT, 150) if harder else (SHARES, _LONG, 12)
        self.hosts = [self._host(number) for number in range(devices)]
        self.servers = self.hosts[:24]
        self.shown = [
            say.certificate(f"device{number}.ward", self.draw) for number in range(len(self.servers))
        ]
        self.count: Counter[str] = Counter()
        self._talks = [self._talk() for _ in range(AT_ONCE)]
        self._ident = 1

    def frames(self) -> Iterator[bytes]:
        """Without an end."""
        events = list(self._shares)
        weights = list(self._shares.values())
        while True:
            for event in self.draw.choices(events, weights, k=1000):
                before = 0
                for frame in self._event(event):
                    before += 1
                    yield frame
                self.count[event] += before

    def _host(self, number: int) -> Host:
        kind = self.draw.choice(("xp", "seven", "linux"))
        ttl, window = (64, 5840) if kind == "linux" else (128, 65535 if kind == "xp" else 8192)
        agent = {
            "xp": b"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)",
            "seven": b"Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
            "linux": b"Wget/1.12 (linux-gnu)",
        }[kind]
        mac = b"\x00\x1b\x21" + number.to_bytes(3, "big")
        options = {"xp": _XP, "seven": _SEVEN, "linux": _LINUX}[kind]
        return Host(
            mac,
            bytes([10, 20, number >> 8, number & 255 or 1]),
            ttl,
            window,
            options,
            agent,
            b"WARD%04d" % number,
        )

    def _event(self, event: str) -> Iterator[bytes]:
        self._ident += 1
        draw, one, two = self.draw, self.draw.choice(self.hosts), self.draw.choice(self.servers)
        port, ident = draw.randrange(49152, 65536), self._ident & 0xFFFF
        match event:
            case "ARP":
                yield self._arp(one, two)
            case "SNMP polls":
                rows = [
                    (bytes.fromhex("2b060102010202010a") + bytes([number]), b"\x05\0")
                    for number in range(1, 5)
                ]
                yield udp(two, one, port, 161, say.snmp(0xA0, self._ident, rows), ident)
                rows = [(oid, say.tlv(0x41, draw.randbytes(4))) for oid, _ in rows]
                yield udp(one, two, 161, port, say.snmp(0xA2, self._ident, rows), ident)
            case "Modbus polls":
                flow = (two, self.hosts[-1 - self._ident % 10])
                yield tcp(
                    *flow,
                    50000,
                    502,
                    self._ident * 12,
                    self._ident * 29,
                    0x18,
                    say.modbus(self._ident, False),
                    ident,
                )
                yield tcp(
                    *flow[::-1],
                    502,
                    50000,
                    self._ident * 29,
                    self._ident * 12 + 12,
                    0x18,
                    say.modbus(self._ident, True),
                    ident,
                )
            case "DNS":
                asked = self.hosts[(one.ip[3] * 7 + draw.randrange(self._asked)) % len(self.hosts)]
                name = asked.name + b".hospital.example"
                two = self.servers[one.ip[3] % 2]
                yield udp(one, two, port, 53, say.dns_question(ident, name), ident)
                yield udp(two, one, 53, port, say.dns_answer(ident, name, asked.ip), ident)
            case "NTP":
                yield udp(one, two, 123, 123, say.ntp(3, self._ident), ident)
                yield udp(two, one, 123, 123, say.ntp(4, self._ident), ident)
            case "new conversations":
                self._talks.append(self._talk())
                yield from self._steps(self._talks[-1], 6)
            case "bulk of conversations (images, files, video)":
                yield from self._steps(draw.choice(self._talks), 1)
            case _:
                yield self._announced(event, one, ident)

    def _announced(self, event: str, one: Host, ident: int) -> bytes:
        match event:
            case "mDNS":
                return udp(one, "224.0.0.251", 5353, 5353, say.mdns(one.name, one.ip), ident)
            case "NBNS":
                return udp(
                    one,
                    "all",
                    137,
                    137,
                    say.nbns(ident, self.hosts[one.ip[3] // 2 + self.draw.randrange(5)].name),
                    ident,
                )
            case "SSDP":
                return udp(one, "239.255.255.250", 1900, 1900, say.ssdp(one.name), ident)
            case "DHCP":
                nobody = one._replace(ip=bytes(4))
                return udp(nobody, "all", 68, 67, say.dhcp(one.mac, self._ident, one.name), ident)
            case "LLDP":
                return ether(one.mac, b"\x01\x80\xc2\0\0\x0e", 0x88CC, say.lldp(one.mac, one.name))
            case _:
                body = say.bridge(self.servers[0].mac)
                return ether(self.servers[self._ident % 8].mac, b"\x01\x80\xc2\0\0\0", len(body), body)

    @staticmethod
    def _arp(one: Host, other: Host) -> bytes:
        return ether(
            one.mac,
            EVERYBODY,
            0x0806,
            bytes.fromhex("0001080006040001") + one.mac + one.ip + bytes(6) + other.ip,
        )

    def _steps(self, talk: Iterator[bytes], count: int) -> Iterator[bytes]:
        for _ in range(count):
            frame = next(talk, None)
            if frame is None:
                self._talks[self._talks.index(talk)] = fresh = self._talk()
                talk, frame = fresh, next(fresh)
            yield frame
        while len(self._talks) > AT_ONCE:
            self._talks.pop(self.draw.randrange(len(self._talks)))

    def _talk(self) -> Iterator[bytes]:
        draw = self.draw
        kind = draw.choices(list(KINDS), list(KINDS.values()))[0]
        number = draw.randrange(len(self.servers))
        client, server = draw.choice(self.hosts[24:]), self.servers[number]
        return self._conversation(kind, client, server, number)

    def _conversation(self, kind: str, client: Host, server: Host, number: int) -> Iterator[bytes]:
        """Handshake, first words, then segments of the server with an acknowledgement for every second."""
        draw = self.draw
        sport, dport = (
            draw.randrange(1024, 65536),
            {"TLS": 443, "HTTP": 80, "SMB": 445, "SSH": 22, "DICOM": 104}[kind],
        )
        mine, theirs = draw.getrandbits(32), draw.getrandbits(32)

        def up(flags: int, body: bytes = b"", options: bytes = b"") -> bytes:
            nonlocal mine
            frame = tcp(
                client, server, sport, dport, mine, theirs, flags, body, draw.getrandbits(16), options
            )
            mine += len(body) + (flags & 2 > 0)
            return frame

        def down(flags: int, body: bytes = b"", options: bytes = b"") -> bytes:
            nonlocal theirs
            frame = tcp(
                server, client, dport, sport, theirs, mine, flags, body, draw.getrandbits(16), options
            )
            theirs += len(body) + (flags & 2 > 0)
            return frame

        options = client.options
        if options is _LINUX:
            options += struct.pack("!IIBBBB", draw.getrandbits(32), 0, 1, 3, 3, 6)
        yield up(2, options=options)
        yield down(0x12, options=_XP)
        yield up(0x10)
        for sender, words in self._words(kind, client, number):
            for at in range(0, len(words), 1460):
                yield (up if sender else down)(0x18, words[at : at + 1460])
        for step in range(draw.choice(self._long)):
            yield up(0x10) if step % 3 == 2 else down(0x10, draw.randbytes(8) * draw.choice((8, 40, 80, 182)))
        yield up(0x11)

    def _words(self, kind: str, client: Host, number: int) -> list[tuple[bool, bytes]]:
        draw = self.draw
        match kind:
            case "TLS":
                return [(True, say.client_hello(draw)), (False, say.server_hello(self.shown[number], draw))]
            case "HTTP":
                return [
                    (True, say.get(b"ris.ward", client.agent, draw.randrange(50))),
                    (False, say.page(2000)),
                ]
            case "SMB":
                return [(True, say.smb2(0, False, draw)), (False, say.smb2(0, True, random.Random(number)))]
            case "SSH":
                banners = [(False, b"SSH-2.0-OpenSSH_4.3\r\n"), (True, b"SSH-2.0-PuTTY_Release_0.60\r\n")]
                return [*banners, (True, say.kexinit(draw)), (False, say.kexinit(draw))]
            case _:
                return [(True, say.association())]


def write(path: Path, packets: int, seed: int, *, harder: bool = False) -> Counter[str]:
    """A capture of so many packets, a thousand a second (harder: an hour of them); how many came of each event."""
    ward = Ward(seed, harder=harder)
    start, step = 1_790_000_000.0, 3600 / packets if harder else 0.001
    with path.open("wb") as file:
        file.write(file_head())
        for number, frame in zip(range(packets), ward.frames(), strict=False):
            file.write(record(start + number * step, frame))
    return ward.count
