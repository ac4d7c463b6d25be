"""Ask one HTTP question and read the answer, bounded; shared by the probes that meet HTTP, in the clear or inside TLS."""

import html
import re
from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit

from scanner.model.net import Address
from scanner.model.observation import Value
from scanner.observe import bodyread
from scanner.observe.text import CAP, said

MOST: Final = 256 * 1024
"""Bytes of one answer that are read."""

AGENT: Final = "stalehost/0.1 (authorized network inventory)"
"""How the scanner names itself, so that a device's owner can find it in a log."""

_HEADERS: Final = (
    ("server", "http_header.server"),
    ("www-authenticate", "http_header.wwwauth"),
    ("set-cookie", "http_header.cookie"),
    ("location", "http_header.location"),
    ("x-powered-by", "http_header.x_powered_by"),
    ("etag", "http.etag"),
)
_TELLING: Final = (
    "x-jenkins",
    "x-owa-version",
    "x-aspnet-version",
    "microsoftsharepointteamservices",
    "x-generator",
    "x-influxdb-version",
    "kbn-name",
    "x-elastic-product",
    "x-confluence-request-time",
    "x-arequestid",
    "x-gitlab-meta",
    "x-cmd-response",
    "x-plex-protocol",
    "x-clickhouse-summary",
    "x-minio-deployment-id",
    "docker-distribution-api-version",
)
"""Headers that name a product or its version: each becomes `http.header`, `name: value`."""
_VALUELESS: Final = frozenset(
    {
        "x-confluence-request-time",
        "x-arequestid",
        "x-gitlab-meta",
        "x-clickhouse-summary",
        "x-minio-deployment-id",
    }
)
"""Of these the value is new in every answer: the name alone is kept."""
_STATUS: Final = re.compile(rb"HTTP/1\.[01] +(\d{3})(?: |\r?\n|\Z)")
# what changes with every answer says nothing about the device: nonces, and cookies' values and dates
_NONCE: Final = re.compile(r'(\b(?:nonce|opaque)=)("?)([^",]*)', re.IGNORECASE)
_COOKIE: Final = re.compile(r"(\A[^=;]*=|;\s*(?:expires|max-age)=)([^;]*)", re.IGNORECASE)
_META: Final = re.compile(rb"<meta\s[^>]{0,512}>", re.IGNORECASE)
_NAMED: Final = re.compile(rb"name\s*=\s*[\"']?generator\b", re.IGNORECASE)
_CONTENT: Final = re.compile(rb"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_MOVED: Final = frozenset({"301", "302", "303", "307", "308"})

Headers = Sequence[tuple[str, bytes]]


class Stream(Protocol):
    """The two things that HTTP needs of a connection."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""

    async def some(self, limit: int = 4096) -> bytes:
        """Receive whatever comes next; empty at the end."""


async def get(stream: Stream, host: str, path: str = "/", *, keep: bool = False) -> bytes:
    """Ask for one page and give the whole answer, at most `MOST` bytes of it; `keep` asks for more to come."""
    await stream.send(request(host, path, keep=keep))
    got = bytearray()
    while len(got) < MOST and not complete(got):
        more = await stream.some(min(16384, MOST - len(got)))
        if not more:
            break
        got += more
    return bytes(got)


def request(host: str, path: str = "/", *, keep: bool = False) -> bytes:
    """One GET that says who asks, wants no range and no compression, and the connection kept only on request."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: {AGENT}",
        "Accept: */*",
        f"Connection: {'keep-alive' if keep else 'close'}",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii", "replace")


def host(address: Address, number: int, usual: int) -> str:
    """Write the Host header for an address: IPv6 in brackets, the port when it is not the usual one."""
    name = f"[{address}]" if ":" in address else address
    return name if number == usual else f"{name}:{number}"


def complete(data: bytes | bytearray) -> bool:
    """Whether the answer's own length says that nothing more will come."""
    at = _body(data)
    if at is None:
        return False
    headers = _headers(bytes(data[:at]))
    if _is_chunked(headers):
        return data.endswith(b"0\r\n\r\n") and _unchunked(bytes(data[at:]))[1]
    length = _first(headers, "content-length")
    return length is not None and length.isdigit() and len(data) - at >= int(length[:9])


def kept(data: bytes) -> bool:
    """Whether the server waits for another question on this connection (RFC 9112 section 9.3)."""
    if not _STATUS.match(data) or not complete(data):
        return False
    said_so = (_first(_headers(_split(data)[0]), "connection") or b"").lower()
    return b"close" not in said_so if data.startswith(b"HTTP/1.1") else b"keep-alive" in said_so


def status(data: bytes) -> str:
    """The three digits of an answer; empty when it is not HTTP."""
    found = _STATUS.match(data)
    return said(found[1]) if found else ""


def page(data: bytes) -> bytes:
    """The body of an answer, put together from its chunks as far as it goes."""
    head, body = _split(data)
    return _unchunked(body)[0] if _is_chunked(_headers(head)) else body


def parse(data: bytes) -> tuple[tuple[str, Value], ...] | None:
    """Read one answer; None when it is not HTTP. Values are as sent, but for nonces and cookie values: their shape."""
    if not _STATUS.match(data):
        return None
    headers = _headers(_split(data)[0])
    facts: list[tuple[str, Value]] = [("http.status", status(data))]
    for header, field in _HEADERS:
        values = [value for name, value in headers if name == header][:8]
        facts += [(field, _steady(field, said(value))) for value in values]
    facts += _told(headers)
    modified = _first(headers, "last-modified")
    # a page made on the spot is as old as the answer
    if modified and modified != _first(headers, "date"):
        facts.append(("http.last_modified", said(modified)))
    facts += _page(page(data))
    return tuple(facts)


def _told(headers: Headers) -> list[tuple[str, Value]]:
    """The headers that name a product, in the list's order, each once."""
    first = {name: said(value) for name, value in reversed(headers) if name in _TELLING}
    return [
        ("http.header", name if name in _VALUELESS else f"{name}: {first[name]}"[:CAP])
        for name in _TELLING
        if name in first
    ]


def moved(data: bytes, base: str) -> str | None:
    """Path of the page that the answer points to on the same scheme, host and port as `base`; None otherwise."""
    if status(data) not in _MOVED:
        return None
    location = said(_first(_headers(_split(data)[0]), "location") or b"")
    try:
        target, here = urlsplit(urljoin(base, location)), urlsplit(base)
        same = (target.scheme, target.hostname, _port(target.scheme, target.port)) == (
            here.scheme,
            here.hostname,
            _port(here.scheme, here.port),
        )
    except ValueError:
        return None
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    plain = path.isascii() and path.isprintable() and " " not in path
    return path if same and plain and path != (here.path or "/") else None


def _port(scheme: str, port: int | None) -> int:
    return port or {"http": 80, "https": 443}.get(scheme, 0)


def _body(data: bytes | bytearray) -> int | None:
    """Where the body begins; None while the head has not ended. Some old servers end lines with LF alone."""
    ends = [at + len(end) for end in (b"\r\n\r\n", b"\n\n") if (at := data.find(end, 0, 65536)) >= 0]
    return min(ends, default=None)


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Head and body; all is head while it has not ended."""
    at = _body(data)
    return (data[:65536], b"") if at is None else (data[:at], data[at:])


def _headers(head: bytes) -> Headers:
    pairs = (line.partition(b":") for line in head.split(b"\n")[1:100])
    return [(said(name).strip().lower(), value.strip()) for name, colon, value in pairs if colon]


def _first(headers: Headers, wanted: str) -> bytes | None:
    return next((value for name, value in headers if name == wanted), None)


def _is_chunked(headers: Headers) -> bool:
    return b"chunked" in (_first(headers, "transfer-encoding") or b"").lower()


def _unchunked(body: bytes) -> tuple[bytes, bool]:
    """The body without its chunk sizes, and whether the last chunk was there (RFC 9112 section 7.1)."""
    page, at = bytearray(), 0
    while True:
        end = body.find(b"\n", at, at + 64)
        size = body[at:end].partition(b";")[0].strip() if end >= 0 else b""
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            return bytes(page), False
        length = int(size, 16)
        if length == 0:
            return bytes(page), True
        page += body[end + 1 : end + 1 + length]
        # the chunk's data ends with CR LF
        at = end + 1 + length + 2


def _page(body: bytes) -> list[tuple[str, Value]]:
    facts: list[tuple[str, Value]] = []
    title = _title(body)
    if title:
        facts.append(("html_title", title))
    for tag in _META.findall(body[:65536]):
        content = _CONTENT.search(tag) if _NAMED.search(tag) else None
        if content:
            facts.append(("http.generator", html.unescape(said(content[1] or content[2] or b""))))
            break
    return [*facts, *bodyread.facts(body)]


def _title(page: bytes) -> str:
    # found by hand: a pattern would be quadratic in a page of a thousand opening tags
    lower = page.lower()
    start = lower.find(b">", at) if (at := lower.find(b"<title")) >= 0 else -1
    end = lower.find(b"</title", start) if start >= 0 else -1
    if end < 0:
        return ""
    return " ".join(html.unescape(said(page[start + 1 : end])).split())[:CAP]


def _steady(field: str, value: str) -> str:
    """The value with what is new in every answer replaced by its shape."""
    match field:
        case "http_header.cookie":
            return _COOKIE.sub(lambda found: found[1] + shape(found[2]), value)
        case "http_header.wwwauth":
            return _NONCE.sub(lambda found: found[1] + found[2] + shape(found[3]), value)
        case _:
            return value


def shape(value: str) -> str:
    """Keep a secret's length and what kind of characters it has: `7fe9` is `0000`; a plain word such as `on` stays."""
    if re.fullmatch(r"\d?|[A-Za-z]{1,8}", value):
        return value
    for alphabet, stands in ((r"[0-9a-f]", "0"), (r"[0-9A-F]", "0"), (r"[0-9A-Z]", "A"), (r"[0-9a-z]", "a")):
        if re.fullmatch(rf"(?:{alphabet}|[^\w])*", value[:64]):
            return re.sub(r"\w", stands, value[:64])
    # base64: its punctuation is as random as its letters
    return re.sub(r"[\w+/=%-]", "x", value[:64])
