"""Reads knowledge/rules/<field>.toml into Rule values; a wrong line is named by file and rule."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from scanner.errors import DataError
from scanner.model.rule import Rule


@cache
def load(folder: Path, field: str) -> tuple[Rule, ...]:
    """The rule table of one observation field, in order; empty where there is none, DataError where it is wrong."""
    path = folder / f"{field}.toml"
    if not re.fullmatch(r"[a-z0-9_.\-]+", field) or not path.is_file():
        return ()
    rules = tuple(_rule(path, number, line) for number, line in enumerate(_lines(path), start=1))
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise DataError(f"{path}: rule {rule.id}: this id stands twice")
        seen.add(rule.id)
    return rules


def _lines(path: Path) -> list[Any]:
    """The file's `rules` array, or its `[[rule]]` tables: one list either way."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    if len(content) != 1 or not isinstance(lines := next(iter(content.values())), list):
        raise DataError(f"{path}: want one array, rules = [ {{ id = ... }}, ... ]")
    return lines


def _rule(path: Path, number: int, line: object) -> Rule:
    name = line.get("id", f"number {number}") if isinstance(line, dict) else f"number {number}"
    try:
        rule = msgspec.convert(line, Rule)
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: rule {name}: {error}") from error
    if not rule.eg:
        raise DataError(f"{path}: rule {name}: needs an example (eg)")
    if not 0 < rule.confidence <= 1:
        raise DataError(
            f"{path}: rule {name}: confidence is {rule.confidence}, want more than 0 and at most 1"
        )
    return rule
