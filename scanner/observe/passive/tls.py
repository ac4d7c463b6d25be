"""TLS: what a server chose and the certificate it showed, and how new a client's own TLS is (RFC 8446, RFC 5246)."""

from collections.abc import Hashable, Iterator
from functools import lru_cache
from typing import Final

from scanner.observe import tlsread, x509
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.tlsread import NAMES, Version

_CLIENT_HELLO: Final = 1
_HANDSHAKE: Final = 22
_SUPPORTED_VERSIONS: Final = 43
_KNOWN: Final = frozenset(Version)


def parse(packet: Packet) -> Iterator[Fact]:
    """`tls.versions` (one that was accepted), `tls.cipher` and the certificate; `tls.client`: the newest it offers.

    The name that a client asks for says where somebody went, and is not kept.
    """
    data = packet.payload
    if len(data) < 11 or data[0] != _HANDSHAKE or data[1] != 3:
        return
    if data[5] == _CLIENT_HELLO:
        newest = _offered(_hello(data))
        if newest is not None:
            yield Fact("tls.client", NAMES[newest])
        return
    port, answer = packet.service(), _answer(data)
    if port is None or answer is None or answer.version is None:
        return
    yield Fact("tls.versions", {"accepted": [NAMES[answer.version]], "refused": []}, port=port)
    if answer.cipher:
        yield Fact("tls.cipher", answer.cipher, port=port)
    if answer.certificate:
        yield from (Fact(field, value, port=port) for field, value in _certificate(answer.certificate))


def _enough(data: bytes) -> bool:
    """Whether a client's hello is there whole, or of a server's first flight what is told in the clear."""
    if data[5:6] == bytes([_CLIENT_HELLO]):
        return len(data) >= 9 + int.from_bytes(data[6:9], "big")
    answer = _answer(data)
    return answer is not None and (answer.done or answer.certificate is not None or _ciphered(data))


def _ciphered(data: bytes) -> bool:
    """Whether another kind of record has begun: nothing in the clear follows (RFC 5246, 7.1)."""
    at = 0
    while len(data) >= at + 5 and data[at] == _HANDSHAKE:
        at += 5 + int.from_bytes(data[at + 3 : at + 5], "big")
    return at < len(data) and data[at] != _HANDSHAKE


def _gist(data: bytes) -> Hashable:
    """Without what is drawn anew for each conversation."""
    if len(data) < 11 or data[0] != _HANDSHAKE or data[1] != 3:
        return None
    if data[5] == _CLIENT_HELLO:
        return _offered(_hello(data))
    answer = _answer(data)
    return answer and (answer.version, answer.cipher, answer.certificate)


def _hello(data: bytes) -> bytes:
    return data[5 : 9 + int.from_bytes(data[6:9], "big")]


def _offered(hello: bytes) -> Version | None:
    """The newest version that a ClientHello offers: by its extension, else by its own field (RFC 8446, 4.2.1)."""
    at = 4 + 2 + 32
    at += 1 + int.from_bytes(hello[at : at + 1], "big")
    at += 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 1 + int.from_bytes(hello[at : at + 1], "big")
    extensions = hello[at + 2 : at + 2 + int.from_bytes(hello[at : at + 2], "big")]
    numbers = [int.from_bytes(hello[4:6], "big")]
    while len(extensions) >= 4:
        size = int.from_bytes(extensions[2:4], "big")
        if int.from_bytes(extensions[:2], "big") == _SUPPORTED_VERSIONS:
            listed = extensions[5 : 4 + size]
            numbers += [int.from_bytes(listed[one : one + 2], "big") for one in range(0, len(listed), 2)]
        extensions = extensions[4 + size :]
    # values that exist only to keep servers tolerant (RFC 8701) are no versions
    return max((Version(one) for one in numbers if one in _KNOWN), default=None)


_certificate: Final = lru_cache(1024)(x509.parse)
"""A server shows the same one to everybody, and reading it is most of the work."""

_answer: Final = lru_cache(4)(tlsread.parse)
"""Asked up to three times about the same octets, one after another."""

PARSER: Final = Parser(
    name="tls",
    takes=("tcp/first",),
    parse=parse,
    gather=8192,
    enough=_enough,
    gist=_gist,
    begins=(b"\x16\x03",),
)
