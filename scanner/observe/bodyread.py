"""Read a web answer that is no page: the JSON or XML with which programs greet, or one short plain line.

Of JSON and XML only words that stay the same from one answer to the next are kept, in one order, so that rules can rely
on it; names of people, serial numbers and addresses are not among them.
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

_STATUS: Final = re.compile(
    rb"<HTML><BODY[^>\n]{0,64}>\n<pre>\s{1,4}s_server [^\n]{0,1024}\n"
    rb"(?:[^\n<]{0,64}\n){0,2}?(Ciphers supported in s_server binary)\n"
)
"""OpenSSL's own server on the page that it makes of itself (openssl-s_server(1), -www); its command line is not kept."""

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
    "detail",
    "error",
    "productname",
    "versionstring",
    "Version",
    "ApiVersion",
    "Os",
    "Arch",
    "KernelVersion",
    "BuildTime",
    "Platform.Name",
    "RedfishVersion",
    "Vendor",
    "Product",
    "Name",
    "object",
    "data.id",
    "data.owned_by",
    "data.version",
    "meta.server_version",
    "type",
    "model",
    "modelid",
    "app",
    "ver",
    "fw",
    "swversion",
    "apiversion",
    "arch",
)

_ELEMENT: Final = re.compile(
    rb"<(?:\w{1,16}:)?(manufacturer|modelName|modelNumber|modelDescription|friendlyName|Name|Version)>"
    rb"\s{0,32}([^<>]{1,128}?)\s{0,32}</"
)
"""Elements of a UPnP device description (UDA 1.1, 2.3) and of AVM's box information."""


def facts(body: bytes) -> Iterator[tuple[str, Value]]:
    """`http.json` or `http.xml`, words and values as one text, or `http.text`, the line; nothing for anything else."""
    text = body.strip()
    if text[:1] == b"{" and len(text) <= _MOST:
        told = _told(text)
        words = [f"{name}={told[name]}" for name in _KEPT if name in told]
        if words:
            yield "http.json", "; ".join(words)
    elif re.match(rb"<(?:\?xml|root)\b", text) and len(text) <= _MOST:
        first = {said(name): said(value) for name, value in reversed(_ELEMENT.findall(text))}
        if first:
            yield "http.xml", "; ".join(f"{name}={first[name]}" for name in sorted(first))
    elif _LINE.fullmatch(text):
        yield "http.text", said(text)
    elif status := _STATUS.match(text):
        yield "http.text", said(status[1])


def _told(text: bytes) -> dict[str, str]:
    """The plain values of an object and of the objects in it, by their path; empty for what is no JSON."""
    try:
        top = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    told: dict[str, str] = {}
    for name, value in top.items():
        # of a list the first member: a list of models or of parts is all of one make
        within = value[0] if isinstance(value, list) and value else value
        inner = within.items() if isinstance(within, dict) else ()
        for path, one in ((name, value), *((f"{name}.{below}", one) for below, one in inner)):
            if path in _KEPT and isinstance(one, str | int):
                told[path] = said(str(one).encode("utf-8", "replace"))[:_LONGEST]
    return told
