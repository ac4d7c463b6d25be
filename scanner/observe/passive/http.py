"""HTTP: what a server names itself, and the agent that a client names; no path, no page, no cookie is kept."""

import re
from collections.abc import Hashable, Iterator
from typing import Final

from scanner.observe import httpread
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_REQUEST: Final = re.compile(
    rb"(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT|PROPFIND|M-SEARCH) \S{1,8192} HTTP/1\.[01]\r?\n"
)
_AGENT: Final = re.compile(rb"\nuser-agent[ \t]*:[ \t]*([^\r\n]{1,1024})", re.IGNORECASE)
_FRESH: Final = re.compile(
    rb"\r\n(?:date|age|expires|last-modified|etag|content-length|set-cookie)[ \t]*:[^\r\n]*(?=\r\n[^ \t]|\Z)",
    re.IGNORECASE,
)
_BEGINS: Final = (
    b"HTTP/1.",
    b"GET ",
    b"POST ",
    b"HEAD ",
    b"PUT ",
    b"OPTIONS ",
    b"CONNECT ",
    b"PROPFIND ",
    b"M-SEARCH ",
)
_SERVERS: Final = frozenset({"http_header.server", "http_header.wwwauth", "http_header.x_powered_by"})


def parse(packet: Packet) -> Iterator[Fact]:
    """`http_header.server`, `.wwwauth`, `.x_powered_by` of an answer; `http_header.user_agent` of a request."""
    data = packet.payload
    if data.startswith(b"HTTP/1."):
        head = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        for field, value in httpread.parse(head) or ():
            if field in _SERVERS:
                yield Fact(field, value, port=packet.service())
    elif _REQUEST.match(data):
        agent = _AGENT.search(data.partition(b"\r\n\r\n")[0])
        if agent:
            yield Fact("http_header.user_agent", said(agent[1].strip()))


def _gist(data: bytes) -> Hashable:
    """The agent of a request; the head of an answer without what is new in each."""
    if data.startswith(b"HTTP/1."):
        return _FRESH.sub(b"", data.partition(b"\r\n\r\n")[0])
    agent = _AGENT.search(data.partition(b"\r\n\r\n")[0]) if _REQUEST.match(data) else None
    return agent and agent[1].strip()


PARSER: Final = Parser(name="http", takes=("tcp/first",), parse=parse, gist=_gist, begins=_BEGINS)
