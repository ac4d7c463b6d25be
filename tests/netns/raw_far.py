"""Run by raw_ground at the far end of its cable: plays the devices, keeps what comes, counts it, or floods."""

import os
import socket
import struct
import sys
import time
from pathlib import Path

STAMPS = 35  # SO_TIMESTAMPNS
OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"


def far(folder):
    """Play the devices until stdin ends: open on 22 and 80, an echo on udp/161; keep what came from the scanner."""
    listening = []
    for port in (22, 80):
        one = socket.create_server(("", port), backlog=512)
        listening.append(one)
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO: to answer from the address that was asked
    echo.bind(("", 161))
    echo.setblocking(False)
    mine = bytes.fromhex(OURS.replace(":", ""))
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as tap,
        (Path(folder) / "frames").open("wb") as out,
    ):
        tap.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        tap.setsockopt(263, 8, 1)  # PACKET_AUXDATA: the tag that the kernel took off
        tap.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        tap.setsockopt(socket.SOL_SOCKET, STAMPS, 1)
        tap.bind(("v1", 3))
        tap.settimeout(0.02)
        os.set_blocking(0, False)
        os.write(1, b"ready\n")
        while os_read_open():
            answer(echo)
            keep(tap, mine, out)
        tap.settimeout(0.05)
        keep(tap, mine, out)
        _, lost = struct.unpack("II", tap.getsockopt(263, 6, 8))
    os.write(1, f"{lost}\n".encode())
    for one in (*listening, echo):
        one.close()


def os_read_open():
    try:
        return os.read(0, 1) != b""
    except BlockingIOError:
        return True


def answer(echo):
    try:
        while True:
            data, more, _, whom = echo.recvmsg(2048, 256)
            echo.sendmsg([b"pong " + data], [(level, kind, info) for level, kind, info in more], 0, whom)
    except BlockingIOError:
        return


def keep(tap, mine, out):
    try:
        while True:
            data, more, _, _ = tap.recvmsg(256, 256)
            if data[6:12] != mine:
                continue
            at = tag = 0
            for level, kind, info in more:
                if level == socket.SOL_SOCKET and kind == STAMPS:
                    at = struct.unpack("qq", info)
                elif level == 263:
                    status, *_, tag, _ = struct.unpack("IIIHHHH", info)
                    if status & 0x10:
                        data = data[:12] + struct.pack("!HH", 0x8100, tag) + data[12:]
                        tagged(data)
            out.write(struct.pack("ddH", at[0], at[1], len(data)) + data)
    except OSError:  # nothing more waits, or the cable was pulled
        return


def tagged(request):
    """Answer an ARP request for 10.78.0.7 in VLAN 120, with that tag and with another."""
    if request[12:22] != bytes.fromhex("8100 0078 0806 0001 0800") or request[42:46] != bytes([10, 78, 0, 7]):
        return
    card, ours = (bytes.fromhex(one.replace(":", "")) for one in (THEIRS, OURS))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind(("v1", 0))
        for tag, there in ((120, card), (121, ours)):
            arp = bytes.fromhex("0806 0001 0800 06 04 0002") + there + request[42:46] + ours + request[32:36]
            out.send(ours + card + struct.pack("!HH", 0x8100, tag) + arp)


def watch():
    """When the counter of what the far card received moved last: watch it until it rests, for a second."""
    counter = lambda: int(
        next(
            line.split(":")[1].split()[1]
            for line in Path("/proc/net/dev").read_text().splitlines()
            if line.strip().startswith("v1:")
        )
    )
    seen, last, before = counter(), 0.0, 0
    os.write(1, b"ready\n")
    end = time.monotonic() + 5
    while time.monotonic() < end and (not last or time.monotonic() - last < 0.7):
        now = counter()
        if now != seen:
            before += now - seen
            seen, last = now, time.monotonic()
        time.sleep(0.001)
    sys.stdout.write(f"{last} {before}")


def flood(seconds):
    """Forged answers, SYN and ACK with wrong cookies from addresses that exist, and noise."""
    head = bytes.fromhex(OURS.replace(":", "") + THEIRS.replace(":", "") + "0800")
    packets = []
    for port in range(61440, 65536):
        ip = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, 0, bytes([10, 77, 0, 2]), bytes([10, 77, 255, 254])
        )
        packets.append(head + ip + struct.pack("!HHIIBBHHH", 22, port, 1, port * 60000, 0x50, 0x12, 9, 0, 0))
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind(("v1", 0))
        while time.monotonic() < end:
            for one in packets:
                out.send(one)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["far", folder]:
            far(folder)
        case ["watch"]:
            watch()
        case ["flood", seconds]:
            flood(float(seconds))
