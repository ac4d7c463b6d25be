"""GOOSE: which relay publishes which control block in a substation (IEC 61850-8-1, annex A)."""

from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe import asn1
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_PDU: Final = 0x61
_WORDS: Final = {0x80: "control_block", 0x82: "data_set", 0x83: "id"}
_REVISION: Final = 0x88


def parse(packet: Packet) -> Iterator[Fact]:
    """`goose.publisher` {control_block, data_set, id, revision}; no values of the process are kept."""
    for tag, content in asn1.parts(packet.payload[8:]):
        if tag != _PDU:
            return
        told: dict[str, Scalar | list[str]] = {}
        for inner, value in asn1.parts(content):
            if inner in _WORDS:
                told[_WORDS[inner]] = said(value)
            elif inner == _REVISION:
                told["revision"] = asn1.number(value[:8])
        if told.get("control_block"):
            yield Fact("goose.publisher", told)
        return


PARSER: Final = Parser(name="goose", takes=("ether/88b8",), parse=parse)
