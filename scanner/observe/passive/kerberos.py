"""Kerberos: which machine asks for tickets, with which ciphers, and who grants them (RFC 4120, 5.4)."""

from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe import asn1
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_ASKS: Final = {0x6A, 0x6C}
_ANSWERS: Final = {0x6B, 0x6D}
_BODY: Final = 0xA4
_NAME, _REALM, _CIPHERS = 0xA1, 0xA2, 0xA8
_ANSWERED_REALM: Final = 0xA3
# RFC 3961, 8; RFC 4757 for RC4
_ETYPES: Final = {
    1: "des-cbc-crc",
    3: "des-cbc-md5",
    16: "des3",
    17: "aes128",
    18: "aes256",
    19: "aes128-sha2",
    20: "aes256-sha2",
    23: "rc4",
    24: "rc4-exp",
}


def parse(packet: Packet) -> Iterator[Fact]:
    """`kerberos.client` {host, realm, ciphers} of a machine account's request; `kerberos.realm` of who grants.

    A machine's account ends with `$`; any other name is a person's, and is not kept.
    """
    data = packet.payload
    # RFC 4120, 7.2.2: by TCP a length of four bytes comes first
    data = data[4:] if data[:2] == b"\0\0" else data
    for tag, content in asn1.parts(data):
        message = next((inner for kind, inner in asn1.parts(content) if kind == asn1.SEQUENCE), b"")
        fields = dict(asn1.parts(message))
        if tag in _ASKS and packet.dport < packet.sport:
            yield from _client(_inside(fields.get(_BODY, b"")))
        elif tag in _ANSWERS and _ANSWERED_REALM in fields:
            yield Fact("kerberos.realm", _text(fields[_ANSWERED_REALM]))
        return


def _client(body: bytes) -> Iterator[Fact]:
    fields = dict(asn1.parts(body))
    told: dict[str, Scalar | list[str]] = {}
    for _, names in asn1.parts(_inside(fields.get(_NAME, b""))):
        name = next((_text(one) for tag, one in asn1.parts(names) if tag == asn1.SEQUENCE), "")
        if name.endswith("$"):
            told["host"] = name.rstrip("$")
    if not told:
        return
    if _REALM in fields:
        told["realm"] = _text(fields[_REALM])
    told["ciphers"] = [
        _ETYPES.get(number, str(number))
        for _, one in asn1.parts(_inside(fields.get(_CIPHERS, b"")))
        if (number := asn1.number(one[:4])) > 0
    ]
    yield Fact("kerberos.client", told)


def _inside(data: bytes) -> bytes:
    """The contents of the sequence in an explicitly tagged element."""
    return next((content for tag, content in asn1.parts(data) if tag == asn1.SEQUENCE), b"")


def _text(data: bytes) -> str:
    return next((said(content) for _, content in asn1.parts(data)), "")


PARSER: Final = Parser(name="kerberos", takes=("tcp/88", "udp/88"), parse=parse)
