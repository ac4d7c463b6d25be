"""A cable that is made of lists, and a device at its other end, for test_asking.py."""

from ipaddress import IPv4Address

import numpy as np

from scanner.errors import HostError
from scanner.wire.raw.ring import Frames

OTHERS = {"10.3.0.3", "10.3.0.9"}


class Cable:
    """Answers ARP for `there`; keeps what it was asked; takes at most `room` frames at once."""

    busy = False

    def __init__(self, there=OTHERS, room=None, deaf=0):
        self.there, self.room, self.deaf = there, room, deaf
        self.asked, self.answers, self.ports = [], [], []
        self.stop_after = self.pace_after = self.gone = None
        self.stopped, self.rate, self.avoid, self.waits = False, None, [], []
        self.at = lambda: 2e9

    def send(self, rows, lengths):
        taken = rows[: self.room]
        for row, length in zip(taken, lengths, strict=False):
            self.take(row[:length].tobytes())
        return len(taken)

    def settle(self):
        pass

    def take(self, frame):
        self.asked.append(str(IPv4Address(frame[38:42] if frame[12:14] == b"\x08\x06" else frame[30:34])))
        self.ports.append(int.from_bytes(frame[36:38], "big"))
        if self.asked[-1] in self.there:
            if self.deaf:
                self.deaf -= 1
            else:
                self.answers.append(arp(self.asked[-1]))

    def hear(self, most):
        frames, self.answers = self.answers[:most], self.answers[most:]
        if not frames:
            return None
        rows = np.array([list(one.ljust(64, b"\0")) for one in frames], np.uint8)
        count = len(frames)
        return Frames(
            rows, np.array([len(one) for one in frames]), np.full(count, self.at()), np.full(count, -1)
        )

    def wait(self, seconds):
        self.waits.append(seconds)
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            self.stopped = True
        if self.pace_after is not None and len(self.asked) >= self.pace_after[0]:
            self.rate, self.pace_after = self.pace_after[1], None
        return self.stopped

    def check(self):
        if self.gone is not None and len(self.asked) >= self.gone:
            raise HostError("interface v0 went away")

    def dropped(self):
        return 7


def arp(address):
    head = bytes.fromhex("020000000001 0200000000aa 0806 0001 0800 06 04 0002 0200000000aa")
    return head + IPv4Address(address).packed + bytes(10)
