"""The file of decisions, `decisions.toml`: read with file and line in each complaint, and written again."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final, NoReturn

from scanner.errors import DataError
from scanner.model.decision import Decision, Trigger

FILE: Final = "decisions.toml"
"""Its name in the engagement folder."""
MOST: Final = 10_000
"""Decisions in one file."""

_ABOUT: Final = ("finding", "device", "cause")
_KEYS: Final = (*_ABOUT, "by", "reason", "decided", "until", "reopen_on", "score", "devices", "exploited")
_NEEDS: Final[Mapping[Trigger, tuple[str, ...]]] = {
    Trigger.WORSENS: ("score", "devices"),
    Trigger.EXPLOIT: ("exploited",),
    Trigger.CHANGE: ("score", "devices", "exploited"),
}
_HEAD: Final = re.compile(r"\s*\[\[\s*decision\s*\]\]")
_Table = Mapping[str, object]


def is_named(path: Path) -> bool:
    """Whether a file is called as one of decisions is, also as a browser calls a second download: `decisions (1).toml`."""
    return re.search(r"decisions( ?\(\d+\))?\.toml$", path.name) is not None


def read(path: Path) -> tuple[Decision, ...]:
    """Read a file of decisions; none where there is no file. Raise DataError with file and line."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot read it: {error}") from error
    return parse(text, str(path))


def parse(text: str, where: str) -> tuple[Decision, ...]:
    """Read the text of such a file; `where` names it in errors."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"{where}: {error}") from error
    return _Reader(text, where).decisions(raw)


def written(decisions: Iterable[Decision]) -> str:
    """Write decisions so that `parse` gives the same ones back."""
    parts = ["# Who accepts which finding, why and until when; `stalehost decide` adds to it."]
    for one in decisions:
        rows = {
            _sort(one.about): _quoted(one.about),
            "by": _quoted(one.by),
            "reason": _quoted(one.reason),
            "decided": one.decided.isoformat(),
            "until": one.until.isoformat(),
            "reopen_on": _list(one.reopen_on) if one.reopen_on else None,
            "score": one.score,
            "devices": one.devices,
            "exploited": None if one.exploited is None else _list(one.exploited),
        }
        parts += [
            "",
            "[[decision]]",
            *(f"{key} = {value}" for key, value in rows.items() if value is not None),
        ]
    return "\n".join(parts) + "\n"


def added(old: Iterable[Decision], new: Iterable[Decision]) -> tuple[Decision, ...]:
    """Put new decisions to the old ones; a later word about the same thing stands in the place of an earlier."""
    kept = {one.about: one for one in old}
    for one in new:
        if one.about not in kept or kept[one.about].decided <= one.decided:
            kept[one.about] = one
    return tuple(kept[name] for name in sorted(kept))


class _Reader:
    """Carries the text along, so that a complaint can name its line."""

    def __init__(self, text: str, where: str) -> None:
        self._lines, self._where = text.splitlines(), where
        self._heads = [at for at, line in enumerate(self._lines) if _HEAD.match(line)]

    def decisions(self, raw: _Table) -> tuple[Decision, ...]:
        for key in raw:
            if key != "decision":
                self._stop(None, key, f"unknown key {key!r}{_near(key, ('decision',))}")
        tables = raw.get("decision", [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            self._stop(None, "decision", "write each decision below a line [[decision]]")
        if len(tables) > MOST:
            self._stop(None, "decision", f"{len(tables):,} decisions: at most {MOST:,} are read")
        return tuple(self._decision(at, table) for at, table in enumerate(tables))

    def _decision(self, at: int, table: _Table) -> Decision:
        for key in table:
            if key not in _KEYS:
                self._stop(at, key, f"unknown key {key!r}{_near(key, _KEYS)}")
        named = [key for key in _ABOUT if key in table]
        if len(named) != 1:
            self._stop(at, None, f"name exactly one of {', '.join(_ABOUT)}")
        decided, until = self._day(at, table, "decided"), self._day(at, table, "until")
        if until < decided:
            self._stop(at, "until", "until lies before decided")
        triggers = tuple(self._trigger(at, word) for word in self._words(at, table, "reopen_on"))
        for trigger in triggers:
            if lacking := [key for key in _NEEDS[trigger] if key not in table]:
                self._stop(
                    at,
                    "reopen_on",
                    f"{trigger} compares with {' and '.join(lacking)}, which is missing; let `stalehost decide` write it",
                )
        return Decision(
            about=self._text(at, table, named[0]),
            by=self._text(at, table, "by"),
            reason=self._text(at, table, "reason"),
            decided=decided,
            until=until,
            reopen_on=triggers,
            score=self._count(at, table, "score"),
            devices=self._count(at, table, "devices"),
            exploited=tuple(sorted(set(self._words(at, table, "exploited"))))
            if "exploited" in table
            else None,
        )

    def _text(self, at: int, table: _Table, key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > 2048:
            self._stop(at, key, f'{key} is missing or no text; write {key} = "..."')
        return value

    def _day(self, at: int, table: _Table, key: str) -> date:
        value = table.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self._stop(at, key, f"{key} is missing or no day; write {key} = 2027-06-30")
        return value

    def _count(self, at: int, table: _Table, key: str) -> int | None:
        value = table.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            self._stop(at, key, f"{key} is a whole number, 0 or more")
        return value

    def _words(self, at: int, table: _Table, key: str) -> list[str]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._stop(at, key, f'{key} is a list such as ["worsens"]')
        return value

    def _trigger(self, at: int, word: str) -> Trigger:
        if word not in list(Trigger):
            self._stop(at, "reopen_on", f"{word!r} is not one of {', '.join(Trigger)}{_near(word, Trigger)}")
        return Trigger(word)

    def _stop(self, at: int | None, key: str | None, complaint: str) -> NoReturn:
        """Raise DataError at the line of this key in this table, or at the table's own."""
        start = self._heads[at] if at is not None and at < len(self._heads) else 0
        ends = [head for head in self._heads if head > start]
        end = ends[0] if ends and at is not None else len(self._lines)
        lines = (
            number
            for number in range(start, end)
            if key and re.match(rf"\s*\[*\s*\"?{re.escape(key)}\b", self._lines[number])
        )
        raise DataError(f"{self._where}:{next(lines, start) + 1}: {complaint}")


def _sort(about: str) -> str:
    if re.fullmatch(r"F-\d{5,}", about):
        return "finding"
    return "device" if re.fullmatch(r"dev-[0-9a-f]{10}", about) else "cause"


def _quoted(text: str) -> str:
    """A TOML basic string: every character that could end it, or that cannot be seen, as an escape (TOML 1.0)."""
    # a lone half of a surrogate pair has no escape in TOML
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return (
        '"'
        + "".join(one if one.isprintable() and one not in '"\\' else f"\\U{ord(one):08x}" for one in whole)
        + '"'
    )


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(_quoted(str(one)) for one in words)}]"


def _near(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, [str(one) for one in known], 1, 0.5)
    return f"; did you mean {close[0]}?" if close else ""
