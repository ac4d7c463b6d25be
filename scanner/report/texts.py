"""What people read, from one catalogue a language: `templates/texts/<language>.toml`; English is whole, others may lack."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from scanner.errors import DataError
from scanner.report.assets import templates_dir

ENGLISH: Final = "en"
"""What stands wherever another language has no text."""

Text = str | Mapping[str, str]
"""One text, or its forms `one` and `many`, of which `count` chooses."""
Say = Callable[..., str]
"""`say("headings.limits")`, or `say("more.limits", count=3)` where the text depends on a number."""
Code = TypeVar("Code", bound=str)

# A language is chosen once, where a page is asked for, and every section, chart and word below it speaks it: handed from
# function to function it would stand in each signature of the package. Each thread and task has its own.
_SPOKEN: Final[ContextVar[Mapping[str, Text] | None]] = ContextVar("spoken", default=None)


def languages(folder: Path) -> tuple[str, ...]:
    """The languages that have a catalogue in the folder of the templates."""
    return tuple(sorted(path.stem for path in (folder / "texts").glob("*.toml")))


@contextmanager
def spoken(folder: Path, language: str) -> Iterator[None]:
    """Within this, `phrase` speaks that language. Raise DataError where there is no catalogue of it."""
    before = _SPOKEN.set(_whole(folder, language))
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def phrase(key: str, **values: object) -> str:
    """The text of that key in the language that is spoken, English by itself; `{name}` in it stands for a value."""
    return _fitting(_now()[key], values).format_map(values)


def known(key: str) -> bool:
    """Whether the catalogue has such a text."""
    return key in _now()


def say(folder: Path, language: str = ENGLISH) -> Say:
    """Give the function by which templates speak. Raise DataError where there is no catalogue of that language."""
    whole = _whole(folder, language)

    def told(key: str, **values: object) -> str:
        shown = {name: whole["words.not_known"] if value is None else value for name, value in values.items()}
        return _fitting(whole[key], values).format_map(shown)

    return told


class Named(Mapping[Code, str]):
    """The words for some codes, each the text of its table that is called as the code is."""

    def __init__(self, table: str, codes: Iterable[Code]) -> None:
        """Nothing is read yet: the language may still be chosen."""
        self._table, self._codes = table, tuple(codes)

    def __getitem__(self, code: Code) -> str:
        """The words for a code; KeyError where it is none of these."""
        if code not in self._codes:
            raise KeyError(code)
        return phrase(f"{self._table}.{code}")

    def __iter__(self) -> Iterator[Code]:
        """The codes in their order."""
        return iter(self._codes)

    def __len__(self) -> int:
        """How many codes there are."""
        return len(self._codes)


@cache
def read(folder: Path, language: str) -> Mapping[str, Text]:
    """Every text by its key, `table.name`; one that depends on a number has the forms `one` and `many`."""
    path = folder / "texts" / f"{language}.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"no texts in {language!r}; there are: {', '.join(languages(folder))}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    return {f"{table}.{name}": text for table, texts in raw.items() for name, text in texts.items()}


@cache
def _whole(folder: Path, language: str) -> Mapping[str, Text]:
    """The texts of a language, English where it has none."""
    own = read(folder, language)
    return {key: own.get(key) or text for key, text in read(folder, ENGLISH).items()}


@cache
def _english() -> Mapping[str, Text]:
    return _whole(templates_dir(), ENGLISH)


def _now() -> Mapping[str, Text]:
    return _SPOKEN.get() or _english()


def _fitting(text: Text, values: Mapping[str, object]) -> str:
    """The form that fits `count`."""
    if isinstance(text, str):
        return text
    return text["one" if str(values["count"]) == "1" else "many"]
