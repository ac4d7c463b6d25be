"""Read a web answer that is no page: the JSON with which databases and interfaces greet, or one short plain line.

Of JSON only words that stay the same from one answer to the next are kept, in one order, so that rules can rely on it.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from scanner.model.observation import Value
from scanner.observe.text import said

_MOST: Final = 16 * 1024
"""A greeting in JSON has a few hundred bytes; more is data, and none of our business."""
_LONGEST: Final = 128
_LINE: Final = re.compile(rb"[\x20-\x3b\x3d-\x7a]{4,64}")
"""One line of printable ASCII without what begins a tag, an object or an escape."""

_KEPT: Final = (
    "tagline",
    "couchdb",
    "product",
    "kind",
    "message",
    "version.distribution",
    "version.number",
    "version",
    "version.build_flavor",
    "version.build_timestamp",
    "version.build_date",
    "version.lucene_version",
    "vendor.name",
    "vendor.version",
    "gitVersion",
    "platform",
    "cluster_name",
    "name",
)


def facts(body: bytes) -> Iterator[tuple[str, Value]]:
    """`http.json`, words and values as one text, or `http.text`, the line; nothing for anything else."""
    text = body.strip()
    if text[:1] == b"{" and len(text) <= _MOST:
        told = _told(text)
        words = [f"{name}={told[name]}" for name in _KEPT if name in told]
        if words:
            yield "http.json", "; ".join(words)
    elif _LINE.fullmatch(text):
        yield "http.text", said(text)


def _told(text: bytes) -> dict[str, str]:
    """The plain values of an object and of the objects in it, by their path; empty for what is no JSON."""
    try:
        top = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    told: dict[str, str] = {}
    for name, value in top.items():
        inner = value.items() if isinstance(value, dict) else ()
        for path, one in ((name, value), *((f"{name}.{below}", one) for below, one in inner)):
            if path in _KEPT and isinstance(one, str | int):
                told[path] = said(str(one).encode("utf-8", "replace"))[:_LONGEST]
    return told
