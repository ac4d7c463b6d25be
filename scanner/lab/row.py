r"""Read one row of a talk: tokens that stand for the bytes of a message, with the lengths worked out.

    "text" with escapes · u"text" in UTF-16LE · n"19045" a number in 16 bits, lowest byte first · g"..." a GUID ·
    t"2026-01-31T08:00:00Z" a Windows time · p"PC-7" a NetBIOS name, filled up with blanks ·
    x"00:1b:21" the bytes of hex digits, for `${card}` · hex digits
    long[ ... ]   the bytes within, after their length in 32 bits, highest byte first (NetBIOS, SMB)
    u24[ ... ]    the same in 24 bits (TLS)
    u8[ ... ]     the same in 8 bits (DNS labels)
    be[ ... ]     the same in 16 bits
    le[ ... ]     the same in 16 bits, lowest byte first
    der:30[ ... ] an ASN.1 element with that tag
    name:[ ... ]  the bytes within, so that others can say `len:name` (16 bits, lowest byte first), or
                  `at:outer.name`, where it begins within `outer:[ ... ]` (32 bits, lowest byte first)
    even, odd     a zero byte if the innermost brackets (or the row) need one to have an even, an odd number so far

In a row that we send also `??` any byte, `*N` any N bytes, `*` any to the end. `${name}` is filled in quoted texts.
"""

import ast
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

_TOKEN: Final = re.compile(
    r'(?P<kind>[ungtpx]?)(?P<text>"(?:[^"\\]|\\.)*")|(?P<any>\?\?|\*\d*)'
    r"|(?P<open>long|u24|u8|be|le|der:[0-9a-fA-F]{2}|[a-z]\w*:)\[|(?P<close>\])"
    r"|(?P<size>len:\w+)|(?P<place>at:\w+\.\w+)|(?P<fit>even\b|odd\b)"
    r"|(?P<hex>(?:[0-9a-fA-F]{2})+)|(?P<gap>\s+)"
)
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)  # [MS-DTYP] 2.3.3: FILETIME counts 100 ns from here


class _Span:
    """Bytes as they grow, where the named spans in them lie, and what still has to be filled in."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.lies: dict[str, tuple[int, int]] = {}
        self.wanted: list[tuple[int, str]] = []

    def take(self, head: bytes, inner: "_Span") -> None:
        """Append `inner` behind its head; what lies in it keeps its place."""
        start = len(self.data) + len(head)
        self.data += head + inner.data
        self.lies |= {name: (at + start, size) for name, (at, size) in inner.lies.items()}
        self.wanted += [(at + start, what) for at, what in inner.wanted]


def data(text: str, names: Mapping[str, str]) -> bytes:
    """The bytes of a row that the device sends; raise ValueError or KeyError for one that cannot be read."""
    span = _span(_tokens(text), names)
    for at, what in span.wanted:
        value = _length(span, what) if what.startswith("len:") else _place(span, what)
        span.data[at : at + len(value)] = value
    return bytes(span.data)


def pattern(text: str, names: Mapping[str, str]) -> re.Pattern[bytes]:
    """The bytes of a row that we send, as a pattern; raise ValueError or KeyError for one that cannot be read."""
    parts: list[bytes] = []
    for token in _tokens(text):
        match token["any"]:
            case None:
                parts.append(re.escape(_bytes(token, names)))
            case "??":
                parts.append(b".")
            case "*":
                parts.append(b".*")
            case many:
                parts.append(b".{%d}" % int(many[1:]))
    return re.compile(b"".join(parts), re.DOTALL)


def fill(text: str, names: Mapping[str, str]) -> str:
    """Put its value for each `${name}`; raise KeyError for a name that has none."""
    return re.sub(r"\$\{([\w.-]+)\}", lambda found: names[found[1]], text)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token:
            raise ValueError(f"cannot read {text[at : at + 20]!r}: want quoted text, hex pairs, ?? or *")
        if not token["gap"]:
            yield token
        at = token.end()


def _span(tokens: Iterator[re.Match[str]], names: Mapping[str, str], within: str = "") -> _Span:
    """Everything up to the closing bracket of `within`, or to the end where it is empty."""
    span = _Span()
    for token in tokens:
        if token["close"]:
            if not within:
                raise ValueError("a ] without its [")
            return span
        if opened := token["open"]:
            inner = _span(tokens, names, opened)
            if opened.endswith(":"):
                inner.lies[opened[:-1]] = (0, len(inner.data))
            span.take(_head(opened, len(inner.data)), inner)
        elif wanted := token["size"] or token["place"]:
            span.wanted.append((len(span.data), wanted))
            span.data += bytes(2 if token["size"] else 4)
        elif token["fit"]:
            span.data += bytes(len(span.data) % 2 != (token["fit"] == "odd"))
        else:
            span.data += _bytes(token, names)
    if within:
        raise ValueError(f"{within}[ is not closed")
    return span


def _head(opened: str, size: int) -> bytes:
    """What stands before the contents of a bracket."""
    match opened.partition(":"):
        case "long", _, _:
            return size.to_bytes(4, "big")
        case "u24", _, _:
            return size.to_bytes(3, "big")
        case "u8", _, _:
            return size.to_bytes(1, "big")
        case "be", _, _:
            return size.to_bytes(2, "big")
        case "le", _, _:
            return size.to_bytes(2, "little")
        case "der", _, tag:
            length = size.to_bytes((size.bit_length() + 7) // 8, "big")
            # X.690, 8.1.3: lengths from 0x80 on say first how many bytes they take
            return bytes.fromhex(tag) + (
                bytes([size]) if size < 0x80 else bytes([0x80 | len(length)]) + length
            )
        case _:
            return b""


def _length(span: _Span, what: str) -> bytes:
    return span.lies[what.removeprefix("len:")][1].to_bytes(2, "little")


def _place(span: _Span, what: str) -> bytes:
    outer, _, inner = what.removeprefix("at:").partition(".")
    return (span.lies[inner][0] - span.lies[outer][0]).to_bytes(4, "little")


def _bytes(token: re.Match[str], names: Mapping[str, str]) -> bytes:
    if token["hex"]:
        return bytes.fromhex(token["hex"])
    if not token["text"]:
        raise ValueError(
            f"{token[0]} cannot stand here: wildcards belong to bytes that we send, brackets to the device's"
        )
    text = fill(ast.literal_eval(token["text"]), names)
    match token["kind"]:
        case "u":
            return text.encode("utf-16-le")
        case "n":
            return int(text).to_bytes(2, "little")
        case "g":
            return uuid.UUID(text).bytes_le
        case "x":
            return bytes.fromhex(text.replace(":", ""))
        case "p":
            # RFC 1001, 14.1: 15 bytes, and a 16th that says what goes by that name
            return text.encode("latin-1")[:15].ljust(15)
        case "t":
            return ((datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1) * 10).to_bytes(
                8, "little"
            )
        case _:
            # latin-1 keeps every \xNN escape as that one byte
            return text.encode("latin-1")
