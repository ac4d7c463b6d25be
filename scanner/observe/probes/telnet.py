"""Telnet: the text up to the login prompt; every option is declined and nothing is typed (RFC 854, RFC 1143)."""

import re
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import ONCE, Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_IAC, _SB, _SE, _WILL, _WONT, _DO, _DONT = 255, 250, 240, 251, 252, 253, 254
_ROUNDS: Final = 4
"""Some devices (Cisco IOS, ProCurve) ask in two or three goes; none needs more to show its prompt."""
_LIMIT: Final = 8192

# ECMA-48, 5.4: ESC [ parameters final; and ESC with one letter or digit
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()#][0-9A-Za-z]|[0-9A-Za-z=>])")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Greeting(Struct, frozen=True, kw_only=True):
    """What a device says before anybody types: its text and its option requests, in order."""

    text: str
    options: tuple[tuple[str, int], ...]
    """`do` or `will`, and the option's number (IANA telnet options)."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read, decline each option once so that the prompt appears, read on."""
    got = await conn.some(_LIMIT)
    answered: set[tuple[str, int]] = set()
    for _ in range(_ROUNDS):
        got += await conn.quiet(0.7, _LIMIT - len(got))
        new = [asked for asked in parse(got).options if asked not in answered]
        if not new or len(got) >= _LIMIT:
            break
        answered.update(new)
        await conn.send(_declined(new))
    greeting = parse(got)
    if greeting.options:
        yield "telnet.options", ", ".join(f"{verb} {option}" for verb, option in greeting.options)
    if greeting.text:
        yield "telnet.banner", greeting.text


def parse(data: bytes) -> Greeting:
    r"""Part text from option requests; escape sequences go, other control characters are written as `\xNN`."""
    text, options, at = bytearray(), list[tuple[str, int]](), 0
    while at < len(data):
        if data[at] != _IAC:
            text.append(data[at])
            at += 1
            continue
        command = data[at + 1 : at + 2]
        match command[0] if command else _IAC:
            case 251 | 253 if at + 2 < len(data):
                asked = "do" if command[0] == _DO else "will", data[at + 2]
                options += [asked] if asked not in options else []
                at += 3
            case 252 | 254:
                at += 3
            case 250:
                # RFC 855: a subnegotiation runs to IAC SE
                stop = data.find(bytes([_IAC, _SE]), at)
                at = stop + 2 if stop >= 0 else len(data)
            case _:
                at += 2
    return Greeting(text=_plain(bytes(text)), options=tuple(options))


def _plain(text: bytes) -> str:
    # RFC 854: CR NUL is a bare carriage return; what NULs remain are padding of old terminals
    shown = _ESCAPES.sub("", said(text.replace(b"\0", b"")))
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", shown).strip("\r\n")


def _declined(asked: list[tuple[str, int]]) -> bytes:
    """RFC 854: DO is declined by WONT, WILL by DONT."""
    return b"".join(bytes([_IAC, _WONT if verb == "do" else _DONT, option]) for verb, option in asked)


PROBE: Final = Probe(
    name="telnet",
    ports=frozenset({tcp(23), tcp(2323)}),
    touch=Touch.GREET,
    connections=ONCE,
    talk=talk,
    sends="For each terminal option that the device asks about, the three bytes that decline it. No key is pressed.",
)
