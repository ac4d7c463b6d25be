"""A user's own Recog content: XML fingerprints, taken in beside our rules and used after them.

The content stays the user's, under its own licence: nothing of it ships. It is read from the open format that
Recog's fingerprint files have: `<fingerprints matches="ssh.banner">` holds `<fingerprint pattern="..." flags="...">`
with `<example>` and `<param pos="1" name="service.version"/>` or `<param pos="0" name="service.vendor" value="X"/>`.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.rule import Rule

CAP: Final = 20_000_000
"""Most bytes of one XML file."""
CONFIDENCE: Final = 0.8
"""Less than a rule of ours: its examples are not ours to test."""
_FIELD: Final = re.compile(r"[a-z0-9_.\-]{1,60}")
_ATTRIBUTE: Final = re.compile(r"(?:os|hw|service|service\.component|host)\.[a-z0-9_]+")
_UNUSED: Final = frozenset({"os.certainty", "service.certainty", "hw.certainty", "service.protocol"})
_INSIDE: Final = re.compile(r"\{([a-z0-9_.]+)\}")
_FLAGS: Final = {
    "REG_ICASE": "i",
    "IGNORECASE": "i",
    "REG_DOT_NEWLINE": "s",
    "REG_MULTILINE": "s",
    "MULTILINE": "s",
}
"""In the Ruby that the format comes from, MULTILINE lets a dot match a line's end; `^` and `$` always match at lines."""


class Skipped(Struct, frozen=True, kw_only=True):
    """A fingerprint that was not taken over."""

    file: str
    pattern: str
    why: str


class Content(Struct, frozen=True, kw_only=True):
    """What a folder of fingerprints gave."""

    rules: Mapping[str, tuple[Rule, ...]]
    """By field, in the order of the files' names and of their lines."""
    skipped: tuple[Skipped, ...]


def load(folder: Path | None, field: str) -> tuple[Rule, ...]:
    """The taken-in fingerprints of a field; empty where there are none."""
    return () if folder is None else _load(folder, field)


@cache
def _load(folder: Path, field: str) -> tuple[Rule, ...]:
    path = folder / f"{field}.json"
    if not _FIELD.fullmatch(field) or not path.is_file():
        return ()
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Rule, ...])
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{path}: not whole: {error}; take the Recog folder in again") from error


def save(content: Content, folder: Path) -> None:
    """Write the rules so that `load` finds them quickly."""
    folder.mkdir(parents=True, exist_ok=True)
    for field, rules in content.rules.items():
        (folder / f"{field}.json").write_bytes(msgspec.json.encode(rules))


def read(folder: Path) -> Content:
    """Read every XML file of a folder; DataError when one is not such a file, or none is there.

    Patterns that RE2 cannot take are left out and counted, with the reason.
    """
    paths = sorted(folder.rglob("*.xml"))
    if not paths:
        raise DataError(f"{folder}: no Recog fingerprints (*.xml) here")
    rules: dict[str, list[Rule]] = {}
    skipped: list[Skipped] = []
    for path in paths:
        for found in _file(path):
            if isinstance(found, Skipped):
                skipped.append(found)
            else:
                field, rule = found
                rules.setdefault(field, []).append(rule)
    return Content(rules={field: tuple(found) for field, found in rules.items()}, skipped=tuple(skipped))


def _file(path: Path) -> Iterator[tuple[str, Rule] | Skipped]:
    top = _parsed(path)
    field = top.get("matches", "")
    if top.tag != "fingerprints" or not _FIELD.fullmatch(field):
        raise DataError(f'{path}: want <fingerprints matches="field">, got <{top.tag[:40]}>')
    for number, one in enumerate(top.iter("fingerprint"), 1):
        made = _rule(f"recog-{path.stem}-{number}", one)
        if isinstance(made, str):
            yield Skipped(file=path.name, pattern=one.get("pattern", "")[:200], why=made)
        else:
            yield field, made


def _parsed(path: Path) -> Element:
    """The document, without entities or a document type: those can be bombs, and no fingerprint needs them."""
    import defusedxml.ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        if path.stat().st_size > CAP:
            raise DataError(f"{path}: more than {CAP / 1e6:,.0f} MB: no fingerprints")
        top = defusedxml.ElementTree.fromstring(path.read_bytes(), forbid_dtd=True)
    except (OSError, ParseError, DefusedXmlException, ValueError) as error:
        raise DataError(f"{path}: not a whole XML file: {error}") from error
    if not isinstance(top, Element):
        raise DataError(f"{path}: empty")
    return top


def _rule(name: str, one: Element) -> Rule | str:
    """The rule of one fingerprint, or why there is none."""
    pattern = _pattern(one.get("pattern", ""), one.get("flags", ""))
    if why := _refused(pattern, [text for text in map(_example, one.iter("example")) if text is not None]):
        return why
    texts: dict[str, str] = {}
    for param in one.iter("param"):
        attribute, pos = param.get("name", ""), param.get("pos", "0")
        if not _ATTRIBUTE.fullmatch(attribute) or attribute in _UNUSED or not pos.isdecimal():
            continue  # a word of another tool's: nothing here would read it
        if int(pos) > 9:
            return f"takes more than nine captures ({attribute} is the {pos}th)"
        # `$` has a meaning in our templates
        texts[attribute] = f"${pos}" if pos != "0" else param.get("value", "").replace("$", "")
    filled = {attribute: _filled(text, texts) for attribute, text in texts.items()}
    meant = {attribute: text for attribute, text in filled.items() if text}
    if not meant:
        return "says nothing about a device in words that we share"
    return Rule(id=name, re=pattern, set=meant, eg={}, origin="recog", confidence=CONFIDENCE)


def _filled(text: str, texts: Mapping[str, str]) -> str:
    """With `{service.version}` replaced by what that attribute takes; nothing when it is not set."""
    names = _INSIDE.findall(text)
    if any(_INSIDE.search(texts.get(name, "{x}")) for name in names):
        return ""
    return _INSIDE.sub(lambda found: texts[found[1]], text)


def _pattern(text: str, flags: str) -> str:
    letters = {"m"} | {_FLAGS[flag] for flag in re.split(r"[,|\s]+", flags) if flag in _FLAGS}
    return f"(?{''.join(sorted(letters))}){text}"


def _example(one: Element) -> str | None:
    """An example's text; None where it stands in a file of its own."""
    if one.get("_filename") or one.text is None:
        return None
    if one.get("_encoding") != "base64":
        return one.text
    try:
        return base64.b64decode(one.text).decode("utf-8", "replace")
    except ValueError:
        return None


def _refused(pattern: str, examples: Sequence[str]) -> str:
    """Why a pattern cannot be used: RE2 cannot take it, or reads it otherwise than its examples want."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        made = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        return f"not RE2 syntax: {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    if examples and not any(made.search(text) for text in examples):
        return "matches none of its own examples here"
    return ""
