"""What an answer must carry to be believed: a keyed hash of whom we asked, so that no list of the asked is needed."""

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]

KEY = 16
"""Octets of a key: drawn anew for each ask, so that nobody who saw one can forge answers to another."""


def cookies(key: bytes, high: U64, low: U64, port: U64) -> U64:
    """SipHash-2-4 (Aumasson and Bernstein, 2012) of each address and port: 24 octets each, all at once."""
    k0, k1 = (np.uint64(int.from_bytes(half, "little")) for half in (key[:8], key[8:KEY]))
    v = [
        np.broadcast_to(np.uint64(word) ^ k, low.shape).copy()
        for word, k in (
            (0x736F6D6570736575, k0),
            (0x646F72616E646F6D, k1),
            (0x6C7967656E657261, k0),
            (0x7465646279746573, k1),
        )
    ]
    # the last word is the length in its top octet, as the paper pads a message of whole words
    for word in (high, low, port, np.uint64(24 << 56)):
        v[3] ^= word
        _rounds(v, 2)
        v[0] ^= word
    v[2] ^= np.uint64(0xFF)
    _rounds(v, 4)
    return np.asarray(v[0] ^ v[1] ^ v[2] ^ v[3], np.uint64)


def _rounds(v: list[U64], count: int) -> None:
    for _ in range(count):
        for a, b, left, swap in ((0, 1, 13, True), (2, 3, 16, False), (0, 3, 21, False), (2, 1, 17, True)):
            v[a] += v[b]
            v[b] = _turned(v[b], left)
            v[b] ^= v[a]
            if swap:
                v[a] = _turned(v[a], 32)


def _turned(word: U64, left: int) -> U64:
    return np.asarray((word << np.uint64(left)) | (word >> np.uint64(64 - left)), np.uint64)
