"""Read one DNS message: the records that it answers with (RFC 1035, 4.1). Never raises; what cannot be read is left out."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from scanner.observe.text import said

A: Final = 1
PTR: Final = 12
TXT: Final = 16
AAAA: Final = 28
SRV: Final = 33

_HEAD: Final = 12
_RECORDS: Final = 128
"""Most records of one message that are read."""
_LABELS: Final = 64
"""Most labels, and jumps, of one name: a name that points to itself ends here."""


class Record(Struct, frozen=True):
    """One resource record, what it says in words: a name (PTR), `name port` (SRV), an address, the strings of a TXT."""

    name: str
    kind: int
    said: tuple[str, ...]


def records(message: bytes) -> tuple[Record, ...]:
    """Every record of an answer, of all its sections; empty for what is no answer (the QR bit, RFC 1035, 4.1.1)."""
    if len(message) < _HEAD or not message[2] & 0x80:
        return ()
    questions = int.from_bytes(message[4:6], "big")
    wanted = sum(int.from_bytes(message[at : at + 2], "big") for at in (6, 8, 10))
    at = _HEAD
    for _ in range(min(questions, _RECORDS)):
        at = _name(message, at)[1] + 4
    return tuple(_records(message, at, min(wanted, _RECORDS)))


def question(name: str, kind: int, group: int = 1, number: int = 0) -> bytes:
    """A message that asks one thing (RFC 1035, 4.1.2): no recursion; `group` is the class, 1 the internet's."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    head = number.to_bytes(2, "big") + bytes.fromhex("0000 0001 0000 0000 0000")
    return head + labels + b"\0" + kind.to_bytes(2, "big") + group.to_bytes(2, "big")


def _records(message: bytes, at: int, count: int) -> Iterator[Record]:
    for _ in range(count):
        name, at = _name(message, at)
        head = message[at : at + 10]
        if len(head) < 10:
            return
        kind, size = int.from_bytes(head[:2], "big"), int.from_bytes(head[8:10], "big")
        begin, at = at + 10, at + 10 + size
        if at > len(message):
            return
        yield Record(name, kind, _words(message, kind, begin, at))


def _words(message: bytes, kind: int, begin: int, end: int) -> tuple[str, ...]:
    data = message[begin:end]
    match kind:
        case 12:
            return (_name(message, begin)[0],)
        case 33 if len(data) > 6:
            return (_name(message, begin + 6)[0], str(int.from_bytes(data[4:6], "big")))
        case 16:
            return tuple(_strings(data))
        case 1 | 28 if len(data) in {4, 16}:
            return (str(ipaddress.ip_address(data)),)
        case _:
            return ()


def _strings(data: bytes) -> Iterator[str]:
    """Character strings, each after its length (RFC 1035, 3.3.14)."""
    while data:
        size = data[0]
        if size:
            yield said(data[1 : 1 + size])
        data = data[1 + size :]


def _name(message: bytes, at: int) -> tuple[str, int]:
    """The name that stands at a place, and where what follows it begins (RFC 1035, 4.1.4: pointers)."""
    labels: list[str] = []
    after: int | None = None
    for _ in range(_LABELS):
        size = message[at] if at < len(message) else 0
        if size >= 0xC0:
            after = at + 2 if after is None else after
            at = int.from_bytes(message[at : at + 2], "big") & 0x3FFF
            continue
        at += 1
        if not size:
            break
        labels.append(said(message[at : at + size]))
        at += size
    return ".".join(labels), at if after is None else after
