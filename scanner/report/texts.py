"""The texts of the templates, from one catalogue a language: `templates/texts/<language>.toml`; English is whole, others may lack."""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.report import words

ENGLISH: Final = "en"
"""What stands wherever another language has no text."""

Say = Callable[..., str]
"""`say("headings.limits")`, or `say("more.limits", count=3)` where the text depends on a number."""


def languages(folder: Path) -> tuple[str, ...]:
    """The languages that have a catalogue in the folder of the templates."""
    return tuple(sorted(path.stem for path in (folder / "texts").glob("*.toml")))


def say(folder: Path, language: str = ENGLISH) -> Say:
    """Give the function by which templates speak. Raise DataError where there is no catalogue of that language."""
    english, own = read(folder, ENGLISH), read(folder, language)

    def told(key: str, **values: object) -> str:
        shown = {name: words.NOT_KNOWN if value is None else value for name, value in values.items()}
        return _fitting(own.get(key) or english[key], values).format(**shown)

    return told


@cache
def read(folder: Path, language: str) -> Mapping[str, str | Mapping[str, str]]:
    """Every text by its key, `table.name`; one that depends on a number has the forms `one` and `many`."""
    path = folder / "texts" / f"{language}.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"no texts in {language!r}; there are: {', '.join(languages(folder))}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    return {f"{table}.{name}": text for table, texts in raw.items() for name, text in texts.items()}


def _fitting(text: str | Mapping[str, str], values: Mapping[str, object]) -> str:
    """The form that fits `count`."""
    if isinstance(text, str):
        return text
    return text["one" if str(values["count"]) == "1" else "many"]
