"""Whose report it looks like: a name, a colour, a line at the end and a logo, out of one small file.

The logo stands in the page as data. An SVG that could act or fetch is refused, although a browser would not let it act
inside an image: the page goes to people who save the picture and open it by itself.
"""

import base64
import difflib
import re
import struct
import tomllib
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from msgspec import Struct

from scanner.errors import DataError

LARGEST: Final = 200_000
"""Bytes of a logo."""
WIDEST: Final = 2000
"""Pixels of a PNG, each way."""

_KEYS: Final = ("name", "colour", "footer", "logo")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_FORBIDDEN: Final = frozenset({"script", "foreignobject", "iframe", "object", "embed", "handler", "listener", "audio", "video", "style", "set", "animate", "animatetransform", "animatemotion", "a"})  # fmt: skip
"""Elements that act, embed, link, or load styles."""
_REACHES: Final = re.compile(r"url\s*\(\s*['\"]?(?!#)|@import|javascript:|expression\s*\(", re.IGNORECASE)


class Brand(Struct, frozen=True, kw_only=True):
    """A brand, checked."""

    name: str
    colour: str | None
    """`#rrggbb`, dark enough for white text."""
    footer: str
    logo: str | None
    """A `data:` address."""

    @property
    def style(self) -> str:
        """The line of CSS that brings the colour; empty without one."""
        return f":root{{--accent:{self.colour}}}\n" if self.colour else ""


def read(path: Path) -> Brand:
    """Read a brand file and its logo, whose path is relative to it; raise DataError saying what is wrong, and where."""
    try:
        text = path.read_bytes().decode("utf-8")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot read it: {error}") from error
    for key, value in raw.items():
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, 1, 0.5)
            hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(_KEYS)}"
            raise DataError(f"{path}:{_line(text, key)}: unknown key {key!r}{hint}")
        if not isinstance(value, str) or len(value) > 400:
            raise DataError(f"{path}:{_line(text, key)}: {key} is a text of at most 400 characters")
    if not raw.get("name", "").strip():
        raise DataError(f'{path}: name is missing; write name = "Example Consulting"')
    colour = raw.get("colour")
    if colour is not None and not (re.fullmatch(r"#[0-9a-fA-F]{6}", colour) and _contrast(colour) >= 4.5):
        raise DataError(
            f"{path}:{_line(text, 'colour')}: colour {colour!r} is not a #rrggbb dark enough to read on white (WCAG 2.2, 1.4.3)"
        )
    logo = raw.get("logo")
    return Brand(
        name=raw["name"],
        colour=colour,
        footer=raw.get("footer", ""),
        logo=_logo(path.parent / logo) if logo else None,
    )


def _line(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if re.match(rf"\s*\"?{re.escape(key)}\b", line)), 0)


def _contrast(colour: str) -> float:
    """Contrast with white (WCAG 2.2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _logo(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot read the logo: {error.strerror}") from error
    if len(data) > LARGEST:
        raise DataError(f"{path}: the logo has more than {LARGEST:,} bytes")
    sort = "png" if data.startswith(_PNG) else "svg+xml"
    complaint = _bad_png(data) if sort == "png" else _bad_svg(data)
    if complaint:
        raise DataError(f"{path}: {complaint}")
    return f"data:image/{sort};base64,{base64.b64encode(data).decode()}"


def _bad_png(data: bytes) -> str:
    """What is wrong with a PNG's head (ISO/IEC 15948, 11.2.2); its pixels are the browser's business."""
    if len(data) < 24 or data[12:16] != b"IHDR":
        return "not a whole PNG"
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        return f"the logo is {width} by {height} pixels; at most {WIDEST} each way"
    return ""


def _bad_svg(data: bytes) -> str:
    """Why an SVG may not stand in a report; empty when it may."""
    try:
        root = ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        return f"the logo is neither PNG nor plain SVG: {error}"
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        return "the logo is neither PNG nor SVG"
    if b"<?xml-stylesheet" in data:
        return "the logo loads a style sheet"
    return next((why for one in root.iter() if (why := _bad_element(one))), "")


def _bad_element(of: Element) -> str:
    """Why one element may not be there."""
    name = _local(str(of.tag))
    if name.lower() in _FORBIDDEN:
        return f"the logo holds <{name}>, which can act or fetch; save it as a plain drawing"
    for attr, value in of.attrib.items():
        key = _local(attr).lower()
        if key.startswith("on"):
            return f"the logo holds the event handler {key}; save it as a plain drawing"
        if key in {"href", "src"} and not value.strip().startswith("#"):
            return f"the logo points outside itself: {key} = {value[:60]!r}"
        if _REACHES.search(value):
            return f"the logo points outside itself: {key} = {value[:60]!r}"
    return ""


def _local(name: str) -> str:
    return name.rpartition("}")[2]
