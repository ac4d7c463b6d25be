"""Numbered replies of the FTP and SMTP kind: `220-text` lines, ended by `220 text` (RFC 959, 4.2; RFC 5321, 4.2)."""

import re
from typing import Final

from scanner.observe.text import said
from scanner.wire.conn import Conn

_LINE: Final = re.compile(rb"([1-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_LINES: Final = 64
"""No greeting of use is longer; what follows is left unread."""


async def receive(conn: Conn) -> bytes:
    """One whole reply, as sent; what came of it when the device stops early."""
    got = b""
    for _ in range(_LINES):
        line = await conn.until(b"\n", 2048)
        got += line
        if not line.endswith(b"\n") or not _goes_on(got):
            break
    return got


def parse(reply: bytes) -> tuple[int, str] | None:
    """The code and the text without it, lines joined as sent; None when it does not begin with a code."""
    begin = _LINE.match(reply)
    if not begin:
        return None
    code = begin[1]
    lines = reply.rstrip(b"\r\n\0").splitlines(keepends=True)
    text = b"".join(_bare(line, code) for line in lines)
    return int(code), said(text)


def _goes_on(reply: bytes) -> bool:
    """Whether the reply so far lacks its last line: the code of the first line, then a space (or nothing)."""
    first = _LINE.match(reply)
    if not first or first[2] != b"-":
        return False
    last = _LINE.match(reply.splitlines()[-1])
    return not last or last[1] != first[1] or last[2] == b"-"


def _bare(line: bytes, code: bytes) -> bytes:
    found = _LINE.match(line)
    return (found[3] or b"") if found and found[1] == code else line
