"""SNMP: what an agent answers to those who may ask it, and what it traps (RFC 1157, RFC 3416, RFC 3414)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe import asn1
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import snmp
from scanner.observe.text import said

_ANSWER: Final = 0xA2
_SYSTEM: Final = {
    bytes.fromhex("2b06010201010100"): "snmp.sys_description",
    bytes.fromhex("2b06010201010200"): "snmp.sys_object_id",
    bytes.fromhex("2b06010201010500"): "snmp.sys_name",
}
"""sysDescr.0, sysObjectID.0 and sysName.0 (RFC 3418) as BER writes them."""
_ROWS: Final = 64


def parse(packet: Packet) -> Iterator[Fact]:
    """The system group out of an answer, the engine out of version 3; the community string is never kept."""
    port = packet.service("udp")
    if port is None:
        return
    yield from (Fact(field, value, port=port) for field, value in snmp.facts(packet.payload))
    yield from (Fact(field, value, port=port) for field, value in _bindings(packet.payload))


def _bindings(data: bytes) -> Iterator[tuple[str, str]]:
    message = next((content for tag, content in asn1.parts(data) if tag == asn1.SEQUENCE), b"")
    answer = next((content for tag, content in asn1.parts(message) if tag == _ANSWER), b"")
    # RFC 3416, 3: request id, error status, error index, the list of bindings
    rows = next((content for tag, content in asn1.parts(answer) if tag == asn1.SEQUENCE), b"")
    for _, row in list(asn1.parts(rows))[:_ROWS]:
        pair = list(asn1.parts(row))
        if len(pair) != 2 or pair[0][1] not in _SYSTEM:
            continue
        tag, value = pair[1]
        if tag == asn1.OCTET_STRING and value:
            yield _SYSTEM[pair[0][1]], said(value)
        elif tag == asn1.OBJECT and value:
            yield _SYSTEM[pair[0][1]], asn1.dotted(value)


PARSER: Final = Parser(
    name="snmp", takes=("udp/161",), parse=parse, holds=(b"\x2b\x06\x01\x02\x01\x01", b"\x02\x01\x03\x30")
)
