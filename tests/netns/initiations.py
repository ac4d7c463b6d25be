"""Run where the scanner stands: print when it began each thing, as the kernel saw it leave, until stdin ends.

A line is `seconds kind`: a first SYN of a connection, or a broadcast ARP request. What the kernel repeats by itself
(a SYN of a connection that is known already) is no initiation.
"""

import select
import socket
import struct
import sys

SO_TIMESTAMPNS = 35
PACKET_OUTGOING = 4


def main():
    known = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
        tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        tap.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([tap, sys.stdin], [], [])
            if tap in ready:
                frame, notes, _, sender = tap.recvmsg(128, 128)
                if sender[2] == PACKET_OUTGOING and (kind := initiation(frame, known)):
                    whole, part = struct.unpack("qq", notes[0][2])
                    print(f"{whole + part / 1e9:.6f} {kind}", flush=True)
            elif sys.stdin in ready:
                return


def initiation(frame, known):
    if frame[12:14] == b"\x08\x06":
        return "arp" if frame[:6] == b"\xff" * 6 and frame[20:22] == b"\0\1" else None
    if frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    start = 14 + (frame[14] & 15) * 4
    if frame[start + 13] & 0x12 != 2:
        return None
    connection = frame[26:34] + frame[start : start + 8]
    if connection in known:
        return None
    known.add(connection)
    return "syn"


if __name__ == "__main__":
    main()
