"""A page's icon: where the page says that it is, and the numbers by which others know it."""

import base64
import hashlib
import html
import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from scanner.observe.text import said

MOST: Final = 128 * 1024
"""Bytes of an icon; a larger file is no icon."""

_LINK: Final = re.compile(rb"<link\s[^>]{0,512}>", re.IGNORECASE)
_REL: Final = re.compile(rb"\brel\s*=\s*[\"']?(?:shortcut\s+)?icon\b", re.IGNORECASE)
_HREF: Final = re.compile(
    rb"\bhref\s*=\s*(?:\"([^\"]{1,256})\"|'([^']{1,256})'|([^\s>\"']{1,256}))", re.IGNORECASE
)
_PATH: Final = re.compile(r"/[A-Za-z0-9._~/+-]{1,200}")
# the first bytes of what browsers take for an icon: ICO, PNG, GIF, JPEG, BMP, SVG
_IMAGE: Final = re.compile(rb"\x00\x00\x01\x00|\x89PNG|GIF8|\xff\xd8\xff|BM|\s*<(?:svg|\?xml)")


def named(page: bytes, base: str) -> str | None:
    """Path of the icon that a page names on its own server; None when it names none, or one elsewhere.

    No page that names none is asked for `/favicon.ico`: that would be a guess.
    """
    for tag in _LINK.findall(page[:65536]):
        found = _HREF.search(tag) if _REL.search(tag) else None
        if not found:
            continue
        href = html.unescape(said(found[1] or found[2] or found[3])).strip()
        try:
            target, here = urlsplit(urljoin(base, href)), urlsplit(base)
        except ValueError:
            return None
        same = (target.scheme, target.netloc) == (here.scheme, here.netloc)
        plain = _PATH.fullmatch(target.path) and ".." not in target.path
        return target.path if same and plain else None
    return None


def facts(icon: bytes) -> list[tuple[str, str]]:
    """`http.favicon`: the 32-bit number that search engines of the field use, and SHA-256; nothing for no image."""
    if not _IMAGE.match(icon) or len(icon) > MOST:
        return []
    number, digest = murmur3(base64.encodebytes(icon)), hashlib.sha256(icon).hexdigest()
    return [("http.favicon", f"murmur3={number}; sha256={digest}")]


def murmur3(data: bytes) -> int:
    """MurmurHash3, x86, 32 bits, seed 0, as a signed number (A. Appleby, public domain, 2011)."""
    state = 0
    for at in range(0, len(data) - 3, 4):
        state ^= _mixed(int.from_bytes(data[at : at + 4], "little"))
        state = (_turned(state, 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    state ^= _mixed(int.from_bytes(data[len(data) & ~3 :], "little"))
    state ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        state = ((state ^ state >> shift) * factor) & 0xFFFFFFFF
    return state - (1 << 32) if state >> 31 else state


def _mixed(block: int) -> int:
    return _turned(block * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF


def _turned(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & 0xFFFFFFFF
