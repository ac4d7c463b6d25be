"""Dice that belong to things, not to their order: the same device, gate and world always throw the same number.

So adding a device elsewhere changes no other throw, and a comparison of two networks compares only what differs.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
"""One bit a world, 64 worlds a word, on the last axis."""

WORD: Final = 64
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_CHUNK: Final = 4096


def throws(seed: int, keys: Sequence[str], worlds: int) -> NDArray[np.uint16]:
    """Uniform numbers 0..65535, one row a key, one column a world: SplitMix64 started at a hash of seed and key."""
    start = np.array([_hash(seed, key) for key in keys], dtype=np.uint64)
    step = np.arange(1, worlds + 1, dtype=np.uint64) * _GOLDEN
    out = np.empty((len(keys), worlds), dtype=np.uint16)
    for at in range(0, len(keys), _CHUNK):
        out[at : at + _CHUNK] = _mixed(start[at : at + _CHUNK, None] + step[None, :])
    return out


def happens(thrown: NDArray[np.uint16], probability: NDArray[np.float64]) -> Bits:
    """The worlds in which each thing happens, as bits; a higher probability only adds worlds."""
    limit = np.rint(probability * 65536).astype(np.int64)
    hit = thrown < np.minimum(limit, 65535).astype(np.uint16)[..., None]
    hit[limit > 65535] = True
    return np.packbits(hit, axis=-1).view(np.uint64)


def share(bits: Bits) -> NDArray[np.float64]:
    """The share of worlds in which each thing happens."""
    worlds = bits.shape[-1] * WORD
    counted: NDArray[np.float64] = np.bitwise_count(bits).sum(axis=-1, dtype=np.int64) / worlds
    return counted


def turns(seed: int, keys: Sequence[str], draws: int) -> NDArray[np.float64]:
    """Numbers in -1 .. 1, one row a key, one column a draw: how far each judgement is moved in each draw."""
    return throws(seed, keys, draws).astype(np.float64) / 32767.5 - 1


def _hash(seed: int, key: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest(), "little")


def _mixed(state: Bits) -> NDArray[np.uint64]:
    state ^= state >> np.uint64(30)
    state *= _MIX[0]
    state ^= state >> np.uint64(27)
    state *= _MIX[1]
    state ^= state >> np.uint64(31)
    return state >> np.uint64(48)
