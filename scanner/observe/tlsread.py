"""Build a ClientHello and read the server's first flight; SSLv3 to TLS 1.3, written down byte by byte."""

import enum
import secrets
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct


class Version(enum.IntEnum):
    """Protocol versions by their number on the wire."""

    SSL3 = 0x0300
    TLS1_0 = 0x0301
    TLS1_1 = 0x0302
    TLS1_2 = 0x0303
    TLS1_3 = 0x0304


NAMES: Final[Mapping[Version, str]] = {
    Version.SSL3: "SSLv3",
    Version.TLS1_0: "TLSv1.0",
    Version.TLS1_1: "TLSv1.1",
    Version.TLS1_2: "TLSv1.2",
    Version.TLS1_3: "TLSv1.3",
}

# names and numbers: IANA "TLS Cipher Suites"; the order is a client's of today, the weak ones last
CIPHERS: Final[Mapping[int, str]] = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256",
    0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
    0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
    0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    0x0032: "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
    0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0013: "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA",
    0x0005: "TLS_RSA_WITH_RC4_128_SHA",
    0x0004: "TLS_RSA_WITH_RC4_128_MD5",
    0x0009: "TLS_RSA_WITH_DES_CBC_SHA",
    0x0008: "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
}

# RFC 8446 section 6.2 and the older ones that RFC 5246 section 7.2.2 has
ALERTS: Final[Mapping[int, str]] = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    47: "illegal_parameter",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    120: "no_application_protocol",
}

_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE, _DONE = 2, 11, 14
_SUPPORTED_VERSIONS = 43
_LONGEST: Final = 0x4800
"""RFC 8446 section 5.2 and RFC 5246 section 6.2.3: 2^14 and at most 2048 more."""
_MESSAGES: Final = 32
"""Far more than any first flight has."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a server's first flight says, as far as it came."""

    version: Version | None = None
    """The version it chose; None before a ServerHello, or for one that does not exist."""
    cipher: str | None = None
    certificate: bytes | None = None
    """Its own certificate (DER), which TLS 1.3 would hide."""
    alert: str | None = None
    done: bool = False
    """Nothing more will come in the clear."""


def hello(ceiling: Version, *, plain: bool = False) -> bytes:
    """Build a ClientHello that offers everything up to `ceiling`; `plain` leaves out extensions, for old servers."""
    extensions = b"" if plain or ceiling is Version.SSL3 else _extensions(ceiling)
    # TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746) stands in for the extension, so that SSLv3 servers see it too
    suites = [cipher for cipher in CIPHERS if cipher >> 8 != 0x13 or ceiling is Version.TLS1_3] + [0x00FF]
    ciphers = b"".join(cipher.to_bytes(2, "big") for cipher in suites)
    # RFC 8446 appendix D.4: a session id makes TLS 1.3 pass old middleboxes; below 1.3 we resume nothing
    session = secrets.token_bytes(32) if ceiling is Version.TLS1_3 else b""
    body = (
        min(ceiling, Version.TLS1_2).to_bytes(2, "big")
        + secrets.token_bytes(32)
        + _vector(session, 1)
        + _vector(ciphers, 2)
        + _vector(b"\0", 1)
        + (_vector(extensions, 2) if extensions else b"")
    )
    record = min(ceiling, Version.TLS1_0).to_bytes(2, "big")
    return bytes([_HANDSHAKE]) + record + _vector(b"\1" + _vector(body, 3), 2)


def _extensions(ceiling: Version) -> bytes:
    # x25519, secp256r1, secp384r1, secp521r1
    parts = [_extension(10, _vector(bytes.fromhex("001d001700180019"), 2)), _extension(11, _vector(b"\0", 1))]
    if ceiling >= Version.TLS1_2:
        # SHA-1 and below too: an old device signs with nothing else
        schemes = "0804 0805 0806 0403 0503 0603 0401 0501 0601 0203 0201 0202"
        parts.append(_extension(13, _vector(bytes.fromhex(schemes), 2)))
    if ceiling is Version.TLS1_3:
        parts.append(_extension(_SUPPORTED_VERSIONS, _vector(bytes.fromhex("0304030303020301"), 1)))
        parts.append(_extension(45, _vector(b"\1", 1)))
        # any 32 bytes are an x25519 share (RFC 7748 section 5); we never need its secret
        share = b"\x00\x1d" + _vector(secrets.token_bytes(32), 2)
        parts.append(_extension(51, _vector(share, 2)))
    return b"".join(parts)


def _extension(number: int, data: bytes) -> bytes:
    return number.to_bytes(2, "big") + _vector(data, 2)


def _vector(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width, "big") + data


def parse(data: bytes) -> Answer | None:
    """Read a server's records; None when they are not TLS."""
    handshake, alert, plausible = bytearray(), None, False
    for kind, payload in _records(data):
        plausible = True
        if kind == _ALERT:
            alert = ALERTS.get(payload[1], f"alert_{payload[1]}") if len(payload) == 2 else "unreadable"
            break
        if kind != _HANDSHAKE:
            break
        handshake += payload
    return _answer(bytes(handshake), alert) if plausible else None


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    # struct { ContentType type; ProtocolVersion version; uint16 length; opaque fragment[length]; }
    at = 0
    while len(data) >= at + 5:
        kind, major, length = data[at], data[at + 1], int.from_bytes(data[at + 3 : at + 5], "big")
        if kind not in range(20, 24) or major != 3 or length > _LONGEST or len(data) < at + 5 + length:
            return
        yield kind, data[at + 5 : at + 5 + length]
        at += 5 + length


def _answer(handshake: bytes, alert: str | None) -> Answer:
    version: Version | None = None
    cipher: str | None = None
    certificate: bytes | None = None
    done = alert is not None
    for kind, body in _messages(handshake):
        if kind == _SERVER_HELLO:
            version, cipher = _server_hello(body)
            done = done or version is Version.TLS1_3
        elif kind == _CERTIFICATE and certificate is None:
            certificate = _first_certificate(body)
        elif kind == _DONE:
            done = True
    return Answer(version=version, cipher=cipher, certificate=certificate, alert=alert, done=done)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    # struct { HandshakeType msg_type; uint24 length; body; }
    at = 0
    for _ in range(_MESSAGES):
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        if len(data) < at + 4 + length:
            return
        yield data[at], data[at + 4 : at + 4 + length]
        at += 4 + length


def _server_hello(body: bytes) -> tuple[Version | None, str | None]:
    # legacy_version[2] random[32] session_id<0..32> cipher_suite[2] compression[1] extensions<0..2^16-1>
    if len(body) < 38 or len(body) < 38 + body[34]:
        return None, None
    at = 35 + body[34]
    number = int.from_bytes(body[at : at + 2], "big")
    chosen = _chosen(body[at + 5 :]) or int.from_bytes(body[:2], "big")
    version = Version(chosen) if chosen in set(Version) else None
    return version, CIPHERS.get(number, f"0x{number:04x}")


def _chosen(extensions: bytes) -> int | None:
    """The version in `supported_versions`, which only TLS 1.3 servers send."""
    at = 0
    while len(extensions) >= at + 4:
        length = int.from_bytes(extensions[at + 2 : at + 4], "big")
        if int.from_bytes(extensions[at : at + 2], "big") == _SUPPORTED_VERSIONS and length == 2:
            return int.from_bytes(extensions[at + 4 : at + 6], "big")
        at += 4 + length
    return None


def _first_certificate(body: bytes) -> bytes | None:
    # opaque ASN.1Cert<1..2^24-1>; ASN.1Cert certificate_list<0..2^24-1>
    length = int.from_bytes(body[3:6], "big")
    return body[6 : 6 + length] if 0 < length <= len(body) - 6 else None
