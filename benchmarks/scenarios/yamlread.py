"""The little of YAML that published scenarios use: tables and lists by indentation or in brackets, plain scalars, comments.

Not a YAML parser: anchors, tags, several documents and text over several lines are refused. Pure; DataError names the line.
"""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from scanner.errors import DataError

Node: TypeAlias = "str | int | float | bool | list[Node] | dict[str, Node] | None"

DEEPEST: Final = 20
_KEY: Final = re.compile(
    r"""((?:\([^()]*\)|"[^"]*"|'[^']*'|[^\s\[\]{}"'#:,-][^:#\[\]{}]*?))\s*:(?:\s+(.*)|)$"""
)
_TOKEN: Final = re.compile(
    r"""\s*([\[\]{},:]|\([^()]*\)|"[^"]*"|'[^']*'|[^\[\]{},:\s](?:[^\[\]{},:]*[^\[\]{},:\s])?)\s*"""
)

_Line = tuple[int, int, str]
"""Number, indentation, text."""


def read(text: str, what: str) -> Node:
    """The document as tables, lists and scalars; keys are text."""
    lines = [
        (number, len(line) - len(line.lstrip()), line.strip())
        for number, raw in enumerate(text.splitlines(), 1)
        if (line := re.sub(r"(^|\s)#.*", "", raw).rstrip()) and line.strip() != "---"
    ]
    if not lines:
        return None
    found, left = _block(lines, 0, lines[0][1], what, 0)
    if left < len(lines):
        raise DataError(f"{what}:{lines[left][0]}: the indentation fits nothing above")
    return found


def _block(lines: Sequence[_Line], at: int, indent: int, what: str, depth: int) -> tuple[Node, int]:
    number, _, text = lines[at]
    if depth > DEEPEST:
        raise DataError(f"{what}:{number}: nested too deep")
    if text == "-" or text.startswith("- "):
        return _items(lines, at, indent, what, depth)
    if _KEY.match(text):
        return _keys(lines, at, indent, what, depth)
    return _scalar(text, what, number), at + 1


def _items(lines: Sequence[_Line], at: int, indent: int, what: str, depth: int) -> tuple[Node, int]:
    out: list[Node] = []
    while (
        at < len(lines) and lines[at][1] == indent and (lines[at][2] == "-" or lines[at][2].startswith("- "))
    ):
        number, _, text = lines[at]
        rest = text[1:].strip()
        if rest:
            out.append(_scalar(rest, what, number))
            at += 1
        else:
            value, at = _inner(lines, at + 1, indent, what, depth)
            out.append(value)
    return out, at


def _keys(lines: Sequence[_Line], at: int, indent: int, what: str, depth: int) -> tuple[Node, int]:
    out: dict[str, Node] = {}
    while at < len(lines) and lines[at][1] == indent and (found := _KEY.match(lines[at][2])):
        number, key = lines[at][0], found[1].strip().strip("\"'")
        if key in out:
            raise DataError(f"{what}:{number}: {key!r} stands there twice")
        if found[2]:
            out[key] = _scalar(found[2], what, number)
            at += 1
        else:
            out[key], at = _inner(lines, at + 1, indent, what, depth)
    return out, at


def _inner(lines: Sequence[_Line], at: int, indent: int, what: str, depth: int) -> tuple[Node, int]:
    """What stands deeper below a key or a dash; a list may stand as deep as its key."""
    if at < len(lines):
        deeper = lines[at][1] > indent
        if deeper or (
            lines[at][1] == indent and lines[at][2].startswith("- ") and lines[at - 1][2].endswith(":")
        ):
            return _block(lines, at, lines[at][1], what, depth + 1)
    return None, at


def _scalar(text: str, what: str, number: int) -> Node:
    if text[0] in "&*!|>%@`":
        raise DataError(f"{what}:{number}: {text[:20]!r}: more of YAML than is read here")
    if text[0] not in "[{":
        return _plain(text)
    tokens, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise DataError(f"{what}:{number}: {text[at : at + 20]!r} cannot be read")
        tokens.append(token[1])
        at = token.end()
    value, left = _flow(tokens, 0, f"{what}:{number}", 0)
    if left < len(tokens):
        raise DataError(f"{what}:{number}: something follows the last bracket")
    return value


def _flow(tokens: Sequence[str], at: int, where: str, depth: int) -> tuple[Node, int]:
    if at >= len(tokens) or depth > DEEPEST:
        raise DataError(f"{where}: a bracket is not closed, or they are nested too deep")
    if tokens[at] == "[":
        out: list[Node] = []
        at += 1
        while at < len(tokens) and tokens[at] != "]":
            value, at = _flow(tokens, at, where, depth + 1)
            out.append(value)
            at = _comma(tokens, at, "]", where)
        return out, _closed(tokens, at, where)
    if tokens[at] == "{":
        table: dict[str, Node] = {}
        at += 1
        while at < len(tokens) and tokens[at] != "}":
            key = tokens[at].strip("\"'")
            if at + 1 >= len(tokens) or tokens[at + 1] != ":":
                raise DataError(f"{where}: {key!r} has no value")
            table[key], at = _flow(tokens, at + 2, where, depth + 1)
            at = _comma(tokens, at, "}", where)
        return table, _closed(tokens, at, where)
    if tokens[at] in "]},:":
        raise DataError(f"{where}: {tokens[at]!r} where a value is wanted")
    return _plain(tokens[at]), at + 1


def _comma(tokens: Sequence[str], at: int, end: str, where: str) -> int:
    if at < len(tokens) and tokens[at] == ",":
        return at + 1
    if at < len(tokens) and tokens[at] != end:
        raise DataError(f"{where}: {tokens[at]!r} where a comma is wanted")
    return at


def _closed(tokens: Sequence[str], at: int, where: str) -> int:
    if at >= len(tokens):
        raise DataError(f"{where}: a bracket is not closed")
    return at + 1


def _plain(text: str) -> Node:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    word = text.lower()
    if word in {"null", "~", "none"}:
        return None
    if word in {"true", "false"}:
        return word == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
