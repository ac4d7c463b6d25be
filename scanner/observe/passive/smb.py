"""SMB: what servers and clients say of their systems before a session stands ([MS-CIFS], [MS-SMB2], [MS-NLMP])."""

from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Value
from scanner.observe import ntlm
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.smb import smb1, smb2

_MESSAGES: Final = 6
"""Negotiation and session setup are over by then."""
_LONGEST: Final = 8192


def parse(packet: Packet) -> Iterator[Fact]:
    """The fields of the SMB probe about a server; `smb.native_os` and NTLM's version and name about a client."""
    port = packet.service()
    for message in _messages(packet.payload):
        if port is not None:
            yield from (Fact(field, value, port=port) for field, value in _server(message))
        else:
            yield from (Fact(field, value) for field, value in _client(message))


def _messages(data: bytes) -> Iterator[bytes]:
    """Session messages (RFC 1002, 4.3.1); a last one that is cut short is read as far as it came."""
    for _ in range(_MESSAGES):
        length = int.from_bytes(data[1:4], "big")
        if len(data) < 8 or data[0]:
            return
        yield data[4 : 4 + min(length, _LONGEST)]
        data = data[4 + length :]


def _enough(data: bytes) -> bool:
    """Whether `_messages` finds no more in whatever follows."""
    at = 0
    for _ in range(_MESSAGES):
        if len(data) < at + 8:
            return at < len(data) and data[at] != 0
        if data[at]:
            return True
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    return at <= len(data)


def _server(message: bytes) -> Iterator[tuple[str, Value]]:
    if old := smb1.parse_negotiate(message):
        yield "smb1.accepted", "yes" if old.accepted else "no"
        if old.names:
            yield "ntlm.names", {**old.names}
    elif setup := smb1.parse_setup(message):
        yield from _named(setup.native_os, setup.native_lm)
        yield from _machine(ntlm.parse(setup.blob))
    elif new := smb2.parse_negotiate(message):
        # a wildcard only says that a proper negotiation follows; the server's clock would be a new fact each time
        if new.dialect != smb2.WILDCARD:
            yield from (fact for fact in smb2.facts(new) if fact[0] != "smb2.system_time")
    elif blob := smb2.parse_setup(message):
        yield from _machine(ntlm.parse(blob))


def _client(message: bytes) -> Iterator[tuple[str, Value]]:
    if texts := smb1.parse_setup_request(message):
        yield from _named(*texts)
    yield from _machine(ntlm.parse_client(message))


def _named(native_os: str, native_lm: str) -> Iterator[tuple[str, Value]]:
    yield from (
        (field, text) for field, text in (("smb.native_os", native_os), ("smb.native_lm", native_lm)) if text
    )


def _machine(said: ntlm.Challenge | None) -> Iterator[tuple[str, Value]]:
    """Without the clock, which would make every session a new fact."""
    yield from (fact for fact in (ntlm.facts(said) if said else ()) if fact[0] != "ntlm.timestamp")


PARSER: Final = Parser(name="smb", takes=("tcp/445", "tcp/139"), parse=parse, gather=8192, enough=_enough)
