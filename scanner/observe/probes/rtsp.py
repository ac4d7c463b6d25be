"""RTSP: a camera or recorder is asked what it can do (RFC 2326, 10.1: OPTIONS). No stream is described or opened."""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.httpread import AGENT
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_QUESTION: Final = f"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: {AGENT}\r\n\r\n".encode()
_STATUS: Final = re.compile(rb"RTSP/[12]\.0 (\d{3})")
_FIELDS: Final = {b"server": "rtsp_header.server", b"public": "rtsp.public"}
_LINES: Final = 64


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once; one answer."""
    await conn.send(_QUESTION)
    for fact in parse(await conn.until(b"\r\n\r\n", 8192)) or ():
        yield fact


def parse(message: bytes) -> list[tuple[str, Value]] | None:
    """The status, the server as it names itself, and its methods; None for what is no RTSP answer."""
    status = _STATUS.match(message)
    if not status:
        return None
    facts: list[tuple[str, Value]] = [("rtsp.status", status[1].decode())]
    # RFC 2326, 4: a line may end with CR LF or either
    for line in message.partition(b"\r\n\r\n")[0].splitlines()[1:_LINES]:
        name, _, value = line.partition(b":")
        field, text = _FIELDS.get(name.strip().lower()), said(value).strip()
        if field and text and all(known != field for known, _ in facts):
            facts.append((field, text))
    return facts


PROBE: Final = Probe(
    name="rtsp",
    ports=frozenset({tcp(554), tcp(8554)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One OPTIONS about the server itself (*), naming this program. No stream is described, set up or played.",
)
