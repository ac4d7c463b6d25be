"""What is sorted out before anything is read: a kernel filter for each method, and cookies by the thousand."""

from typing import Final

import numpy as np
import numpy.typing as npt

from scanner.wire.pipe import Method
from scanner.wire.raw.cookie import U64, cookies
from scanner.wire.raw.proof import FIRST, SPREAD, expected, ours

Rows = npt.NDArray[np.uint8]
Step = tuple[int, int, int, int]
"""One step of classic BPF: code, jump if true, jump if false, number."""

_BYTE, _HALF, _BYTE_X, _HALF_X, _LENGTH_X = 0x30, 0x28, 0x50, 0x48, 0xB1
_EQUAL, _NOT_LESS, _GIVE = 0x15, 0x35, 0x06
"""Classic BPF (Linux Documentation/networking/filter.rst): load a byte or half-word, at a place or X behind it; X =
length of the IPv4 header; jump when equal, or not less; give back so many octets."""

_ALL: Final = 0xFFFF


class _Program:
    """Steps with jumps to names, which `done` turns into distances; every test that fails goes to `no`."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, int, str, str]] = []
        self._names: dict[str, int] = {}

    def load(self, code: int, at: int) -> None:
        self._steps.append((code, at, "", ""))

    def test(self, code: int, number: int, yes: str = "", no: str = "no") -> None:
        self._steps.append((code, number, yes, no))

    def name(self, name: str) -> None:
        self._names[name] = len(self._steps)

    def done(self) -> tuple[Step, ...]:
        self.name("yes")
        self._steps.append((_GIVE, _ALL, "", ""))
        self.name("no")
        self._steps.append((_GIVE, 0, "", ""))
        return tuple(
            (code, self._far(at, yes), self._far(at, no), number)
            for at, (code, number, yes, no) in enumerate(self._steps)
        )

    def _far(self, at: int, name: str) -> int:
        return self._names[name] - at - 1 if name else 0


def program(method: Method, version: int, key: bytes) -> tuple[Step, ...]:
    """A filter for untagged Ethernet that lets through what may answer this method, and nothing else."""
    steps = _Program()
    steps.load(_HALF, 12)
    if method is Method.ARP:
        steps.test(_EQUAL, 0x0806)
        steps.load(_HALF, 20)
        steps.test(_EQUAL, 2)  # RFC 826: a reply
        return steps.done()
    steps.test(_EQUAL, 0x0800 if version == 4 else 0x86DD)
    steps.load(_BYTE, 23 if version == 4 else 20)
    if method in {Method.ND, Method.NODES}:
        steps.test(_EQUAL, 58)
        steps.load(_BYTE, 54)
        # RFC 4861: a neighbour advertisement; RFC 4443: an echo reply
        steps.test(_EQUAL, 136 if method is Method.ND else 129)
        return steps.done()
    if method in {Method.SYN, Method.UDP}:
        steps.test(_EQUAL, 6 if method is Method.SYN else 17, no="icmp")
        first, last = (ours(key), ours(key)) if method is Method.SYN else (FIRST, FIRST + SPREAD - 1)
        _to_port(steps, version, first, last)
        steps.name("icmp")
    _icmp(steps, method, version)
    return steps.done()


def _to_port(steps: _Program, version: int, first: int, last: int) -> None:
    if version == 4:
        steps.load(_LENGTH_X, 14)
        steps.load(_HALF_X, 16)
    else:
        steps.load(_HALF, 56)
    # the last of our ports may be 65535: one above it is no half-word and always less
    steps.test(_NOT_LESS, first)
    steps.test(_NOT_LESS, last + 1, yes="no", no="yes")


def _icmp(steps: _Program, method: Method, version: int) -> None:
    """The answer to an echo, and errors: unreachable and time exceeded (RFC 792), and the same of RFC 4443."""
    steps.test(_EQUAL, 1 if version == 4 else 58)
    if version == 4:
        steps.load(_LENGTH_X, 14)
        steps.load(_BYTE_X, 14)
    else:
        steps.load(_BYTE, 54)
    wanted = [3, 11] if version == 4 else [1, 3]
    if method in {Method.ECHO, Method.ECHO6}:
        wanted.insert(0, 0 if version == 4 else 129)
    *others, last = wanted
    for one in others:
        steps.test(_EQUAL, one, yes="yes", no="")
    steps.test(_EQUAL, last)


def likely(method: Method, version: int, rows: Rows, key: bytes) -> npt.NDArray[np.bool_]:
    """Which frames (one a row) are worth reading: those of the plainest form must bear a right cookie.

    What is of another form (errors, IPv4 options) is let through, to be read one by one and judged then.
    """
    start = 34 if version == 4 else 54
    if method in {Method.ARP, Method.ND, Method.NODES} or rows.shape[1] < start + 12:
        return np.ones(len(rows), np.bool_)
    protocol = {Method.SYN: 6, Method.UDP: 17, Method.ECHO: 1, Method.ECHO6: 58}[method]
    if version == 4:
        plain = (rows[:, 14] == 0x45) & (rows[:, 23] == protocol)
        high, low = np.zeros(len(rows), np.uint64), number(rows, 26, 4)
    else:
        plain = rows[:, 20] == protocol
        high, low = number(rows, 22, 8), number(rows, 30, 8)
    if method in {Method.ECHO, Method.ECHO6}:
        plain &= rows[:, start] == (0 if version == 4 else 129)
        port = np.zeros(len(rows), np.uint64)
        proof = number(rows, start + 6, 2) << np.uint64(16) | number(rows, start + 4, 2)
    elif method is Method.SYN:
        port = number(rows, start, 2)
        proof = (number(rows, start + 8, 4) - np.uint64(1)) & np.uint64(0xFFFFFFFF)
    else:
        port, proof = number(rows, start, 2), number(rows, start + 2, 2)
    return np.asarray(~plain | (expected(method, cookies(key, high, low, port)) == proof), np.bool_)


def number(rows: Rows, at: int, octets: int) -> U64:
    """The number in some octets of each row."""
    wide = np.zeros((len(rows), 8), np.uint8)
    wide[:, 8 - octets :] = rows[:, at : at + octets]
    return wide.view(">u8").reshape(-1).astype(np.uint64)
