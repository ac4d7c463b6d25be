"""Read JSON object by object: one a line, or the members of arrays, however long those are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from scanner.observe.files.opened import BLOCK, Source, text

Record = dict[str, Any]
"""One JSON object as its writer made it; every reader of it asks before it takes."""

OBJECT: Final = 16 << 20
"""Bytes of one object."""
DEEPEST: Final = 64

_OUTSIDE: Final = re.compile(rb'["{}\[\]]')
_INSIDE: Final = re.compile(rb'["\\]')


def each_line(source: Source) -> Iterator[tuple[int, Record]]:
    """The object of every line, with its number; what is no object is named."""
    for number, line in source.lines():
        if not line.strip():
            continue
        found = _decoded(source, f"line {number}", line.encode("utf-8", "replace"))
        if found is not None:
            yield number, found


def members(source: Source) -> Iterator[tuple[str, int, Record]]:
    """Every object that is a member of an outer array, with the name of the array (empty at the top) and its offset.

    `[{..}, {..}]` gives two; so does `{"meta": {..}, "data": [{..}, {..}]}`, and either cut short gives what is whole.
    """
    yield from _Splitter(source).members()


def whole(source: Source, cap: int = OBJECT) -> Record | None:
    """The file as one object (configurations: small); comments as Kea allows them are left out. None when it is none."""
    held = b""
    for block in source.text_blocks():
        held += block
        if len(held) > cap:
            source.skip(f"byte {cap}", f"one object takes more than {cap} bytes")
            return None
    return _decoded(source, "byte 0", _uncommented(held))


def _uncommented(raw: bytes) -> bytes:
    """Without `//`, `#` and `/* */` outside of strings; what is left keeps its offsets."""
    return re.sub(
        rb'"(?:[^"\\]|\\.)*"|//[^\n]*|#[^\n]*|/\*.*?\*/',
        lambda found: found[0] if found[0].startswith(b'"') else b" " * len(found[0]),
        raw,
        flags=re.DOTALL,
    )


def _decoded(source: Source, place: str, raw: bytes) -> Record | None:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        try:
            # an old export in another encoding: its text is worth more than its accents
            found = msgspec.json.decode(text(raw).encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError) as error:
            source.skip(place, f"no JSON: {error}")
            return None
    if not isinstance(found, dict):
        source.skip(place, "no JSON object")
        return None
    return found


class _Splitter:
    """Finds where the members of outer arrays begin and end, holding one of them at a time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held = b""
        self._offset = 0
        """Where in the file `_held` begins."""
        self._stack: list[bytes] = []
        self._name = b""
        self._begin: int | None = None
        self._depth = 0

    def members(self) -> Iterator[tuple[str, int, Record]]:
        at, quoted, opening = 0, False, 0
        for block in self._source.text_blocks():
            self._held += block
            while found := (_INSIDE if quoted else _OUTSIDE).search(self._held, at):
                mark, at = found[0], found.end()
                if mark == b"\\":
                    if at == len(self._held):
                        at -= 1  # what it escapes has not come yet
                        break
                    at += 1
                elif mark == b'"':
                    quoted, opening = not quoted, at if not quoted else opening
                    if not quoted and self._begin is None:
                        self._name = self._held[opening : at - 1]
                else:
                    yield from self._bracket(mark, at)
            else:
                at = len(self._held)
            if len(self._stack) > DEEPEST or len(self._held) > OBJECT + BLOCK:
                self._source.skip(
                    f"byte {self._offset}",
                    f"one object is deeper than {DEEPEST} or takes more than {OBJECT} bytes",
                )
                return
            keep = self._begin if self._begin is not None else min(opening, at) if quoted else at
            self._held, self._offset = self._held[keep:], self._offset + keep
            at, opening = at - keep, max(0, opening - keep)
            self._begin = 0 if self._begin is not None else None
        if self._stack:
            self._source.skip(f"byte {self._offset + at}", "cut short")

    def _bracket(self, mark: bytes, at: int) -> Iterator[tuple[str, int, Record]]:
        if mark in b"[{":
            outer = self._stack.count(b"{") <= 1 and self._stack[-1:] == [b"["]
            if mark == b"{" and outer and self._begin is None:
                self._begin, self._depth = at - 1, len(self._stack)
            self._stack.append(mark)
            return
        if self._stack:
            self._stack.pop()
        if self._begin is not None and len(self._stack) == self._depth:
            place = self._offset + self._begin
            found = _decoded(self._source, f"byte {place}", self._held[self._begin : at])
            self._begin = None
            if found is not None:
                yield text(self._array).lower(), place, found

    @property
    def _array(self) -> bytes:
        return self._name if self._stack.count(b"{") else b""


def part(of: Mapping[str, Any], *names: str) -> str:
    """The first of the named parts as text; empty where none is there. `site.name` goes one object down."""
    for name in names:
        found: Any = of
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, str | int | float) and not isinstance(found, bool) and found != "":
            return str(found).strip()
    return ""


def parts(of: Mapping[str, Any], name: str) -> list[Any]:
    """The list under a name; empty where there is none."""
    found = of.get(name)
    return found if isinstance(found, list) else []
