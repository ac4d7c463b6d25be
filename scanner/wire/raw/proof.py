"""What an answer must bring back to be believed: cookies as they stand in each method's frames. Pure."""

import numpy as np

from scanner.wire.pipe import Method
from scanner.wire.raw.cookie import U64

ECHO_DATA = b"stalehost asks who is here"
"""Whoever looks into our echo requests shall read who sends them."""

FIRST = 61440
SPREAD = 4096
"""Our ports: 61440 to 65535, above those that Linux gives to connections by itself (32768 to 60999)."""


def ours(key: bytes, proof: int | None = None) -> int:
    """Our own port: for TCP one for the whole ask, for UDP (which has nothing else to bring back) by its cookie."""
    low = int.from_bytes(key[:2], "big") if proof is None else proof
    return FIRST + low % SPREAD


def expected(method: Method, cookies: U64) -> U64:
    """What of each cookie comes back in an answer: 32 bits, 12 for UDP, none for ARP and ND (always 0)."""
    match method:
        case Method.SYN | Method.ECHO | Method.ECHO6 | Method.NODES:
            return cookies & np.uint64(0xFFFFFFFF)
        case Method.UDP:
            return FIRST + cookies % np.uint64(SPREAD)
        case Method.ARP | Method.ND:
            return np.zeros_like(cookies)
