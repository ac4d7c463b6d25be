"""VNC: the protocol version and which kinds of login it offers; none is chosen (RFC 6143, 7.1)."""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import ONCE, Probe
from scanner.wire.conn import Conn

_VERSION: Final = re.compile(rb"RFB (\d{3})\.(\d{3})\n")

# IANA "Remote Framebuffer Security Types", as of 2023
_SECURITY: Final = {
    1: "none",
    2: "vnc-auth",
    5: "ra2",
    6: "ra2ne",
    16: "tight",
    17: "ultra",
    18: "tls",
    19: "vencrypt",
    20: "sasl",
    21: "md5",
    22: "xvp",
    30: "apple-dh",
    31: "apple-31",
    32: "apple-32",
    33: "apple-33",
    35: "apple-35",
    36: "apple-36",
    113: "ms-logon-ii",
}


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the version, answer with ours, read the security types, leave."""
    version = parse(await conn.exactly(12))
    if version is None:
        return
    yield "vnc.version", f"RFB {version[0]:03}.{version[1]:03}"
    chosen = _ours(version)
    await conn.send(b"RFB 003.%03d\n" % chosen)
    if chosen == 3:
        # RFC 6143, A.1: the server has chosen; with 2 it goes on to send a challenge, which stays unread
        types = parse_chosen(await conn.exactly(4))
    else:
        count = await conn.exactly(1)
        types = parse_types(count + await conn.exactly(count[0] if count else 0))
    if types:
        yield "vnc.security", ", ".join(types)


def parse(greeting: bytes) -> tuple[int, int] | None:
    """Major and minor version, or None if it is no RFB greeting."""
    found = _VERSION.fullmatch(greeting)
    return (int(found[1]), int(found[2])) if found else None


def parse_types(answer: bytes) -> list[str]:
    """The security types offered from 3.7 on, in their order; empty when it refuses or stops early."""
    if not answer or len(answer) < 1 + answer[0]:
        return []
    return [_named(kind) for kind in answer[1 : 1 + answer[0]]]


def parse_chosen(answer: bytes) -> list[str]:
    """The one security type a 3.3 server has chosen; empty when it refuses (0) or stops early."""
    kind = int.from_bytes(answer, "big")
    return [_named(kind)] if len(answer) == 4 and kind else []


def _ours(version: tuple[int, int]) -> int:
    """The minor version we answer: theirs where it is one of the three that exist.

    RFC 6143, 7.1.1: above 3.8 (Apple's 3.889, RealVNC's 4.1) 3.8 is spoken; odd ones below (UltraVNC's 3.4 and 3.6) count as 3.3.
    """
    if version >= (3, 8):
        return 8
    return 7 if version == (3, 7) else 3


def _named(kind: int) -> str:
    return _SECURITY.get(kind, f"type-{kind}")


PROBE: Final = Probe(
    name="vnc",
    ports=frozenset({tcp(5900), tcp(5901)}),
    touch=Touch.ASK,
    connections=ONCE,
    talk=talk,
    sends="The twelve bytes of our protocol version. No security type is chosen, so no login begins and no screen is shared.",
)
