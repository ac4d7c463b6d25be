"""Ed25519, verifying only (RFC 8032, section 5.1): the raw helper may load neither `cryptography` nor OpenSSL.

Nothing here is secret, so nothing here needs constant time. It is stricter than the RFC asks: every number must be in
its one canonical form, and no point may be of small order, so that one signature has one spelling and no key that
signs anything at all is accepted.
"""

import hashlib
from typing import Final

_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
"""The order of the base point (RFC 8032, section 5.1)."""
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
"""A square root of -1."""

_Point = tuple[int, int, int, int]
"""Extended homogeneous coordinates: x = X/Z, y = Y/Z, x * y = T/Z."""
_ZERO: Final = (0, 1, 1, 0)


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the owner of the 32-byte public key signed the message with this 64-byte signature."""
    if len(key) != 32 or len(signature) != 64:
        return False
    owner, nonce = _point(key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if owner is None or nonce is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % _L
    # RFC 8032, 5.1.7: [S]B = R + [k]A, here without the cofactor, as OpenSSL does
    return _same(_times(scalar, _BASE), _add(nonce, _times(challenge, owner)))


def _point(data: bytes) -> _Point | None:
    """Decode a point (RFC 8032, section 5.1.3); None for no point, one of small order, or a second spelling."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    above, below = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = above * pow(below, 3, _P) * pow(above * pow(below, 7, _P), (_P - 5) // 8, _P) % _P
    if (below * x * x + above) % _P == 0:
        x = x * _ROOT % _P
    if (below * x * x - above) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    found = (x, y, 1, x * y % _P)
    return None if _same(_times(8, found), _ZERO) else found


def _add(one: _Point, other: _Point) -> _Point:
    """Add two points (RFC 8032, section 5.1.4); complete, so it also doubles."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: _Point) -> _Point:
    result: _Point = _ZERO
    while factor:
        if factor & 1:
            result = _add(result, point)
        point = _add(point, point)
        factor >>= 1
    return result


def _same(one: _Point, other: _Point) -> bool:
    return (
        one[0] * other[2] % _P == other[0] * one[2] % _P and one[1] * other[2] % _P == other[1] * one[2] % _P
    )


_Y: Final = 4 * pow(5, -1, _P) % _P
_X: Final = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE: Final = (_X, _Y, 1, _X * _Y % _P)
"""The base point (RFC 8032, section 5.1)."""
