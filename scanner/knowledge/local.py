"""Reads local.toml: end dates and contracts that only the owner knows, as rows that stand over every other table.

[[product]]                     # software or firmware that no table knows, or knows otherwise
name = "Acme Ward Manager"      # as devices and people spell it
vendor = "Acme"
branch = "3"                    # the versions meant: 3, 3.1, 3.1.7 ...
ends = 2027-12-31
released = 2015-01-01           # may be left out, as may `also`
also = ["AWM"]                  # other spellings
evidence = "contract 2024-17"

[[device]]                      # a model whose maker told the owner alone
vendor = "Acme"
model = "PG-100"
ends = 2029-06-30
evidence = "letter of 2025-02-03"

[[contract]]                    # paid support: bought until a day, or not bought at all
build = "10.0.19045"            # a Windows build; for anything else `product` and `branch`
bought = true
until = 2028-10-10
evidence = "invoice 4711"
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from scanner.errors import DataError
from scanner.knowledge.cells import spelling

Row = Mapping[str, str]
Rows = dict[str, list[Row]]

CAP: Final = 1_000_000
SOURCE: Final = "local"
"""What every row's source begins with; reports show it."""
_KNOWN: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "product": (frozenset({"name", "vendor", "branch", "ends", "evidence"}), frozenset({"released", "also"})),
    "device": (frozenset({"vendor", "model", "ends", "evidence"}), frozenset({"released", "also"})),
    "contract": (frozenset({"bought", "evidence"}), frozenset({"build", "product", "branch", "until"})),
}
"""Table -> keys that it wants, keys that it may have."""


class Editions(Protocol):
    """What a contract must know of the tables that it stands over."""

    def lives(self, product: str, branch: str) -> Sequence[tuple[str, Row]]:
        """Table and row of each edition of a product's branch."""

    def windows(self, build: str) -> Sequence[tuple[str, Row]]:
        """Table and row of each edition of a Windows build."""

    def product(self, name: str, vendor: str | None = None) -> str | None:
        """The `vendor:product` behind a name."""


def read(path: Path, known: Editions, today: date) -> Rows:
    """The rows of every table, by its name; DataError names the file and the line of what is wrong."""
    try:
        if path.stat().st_size > CAP:
            raise DataError(f"{path}: more than {CAP / 1e6:,.0f} MB: not a local.toml")
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    found: Rows = {}
    for kind, entries in content.items():
        if kind not in _KNOWN:
            raise DataError(f"{path}: unknown table [[{kind}]]{_near(kind, [*_KNOWN])}")
        if not isinstance(entries, list):
            raise DataError(f"{path}: want [[{kind}]], in double brackets")
        for number, entry in enumerate(entries, 1):
            where = f"{path}: [[{kind}]] number {number}"
            _keys(where, entry, *_KNOWN[kind])
            for table, row in _READ[kind](where, entry, known, today):
                found.setdefault(table, []).append(row)
    if not found:
        raise DataError(f"{path}: nothing in it; want [[product]], [[device]] or [[contract]]")
    return found


def _keys(where: str, entry: Any, wanted: frozenset[str], may: frozenset[str]) -> None:
    if not isinstance(entry, dict):
        raise DataError(f"{where}: want keys and values")
    for key in entry:
        if key not in wanted | may:
            raise DataError(f"{where}: unknown key {key!r}{_near(key, sorted(wanted | may))}")
    if missing := sorted(wanted - entry.keys()):
        raise DataError(f"{where}: {missing[0]} is missing")


def _product(where: str, entry: dict[str, Any], known: Editions, today: date) -> Iterator[tuple[str, Row]]:
    name, vendor = _text(where, entry, "name"), _text(where, entry, "vendor")
    yield from _life(where, entry, known, today, vendor, name, _text(where, entry, "branch"))


def _device(where: str, entry: dict[str, Any], known: Editions, today: date) -> Iterator[tuple[str, Row]]:
    vendor, model = _text(where, entry, "vendor"), _text(where, entry, "model")
    yield from _life(where, entry, known, today, vendor, model, "all")


def _life(
    where: str, entry: dict[str, Any], known: Editions, today: date, vendor: str, name: str, branch: str
) -> Iterator[tuple[str, Row]]:
    """The branch, and every spelling that leads to it."""
    product = known.product(name, vendor) or f"{_word(where, vendor)}:{_word(where, name)}"
    full = name if spelling(name).startswith(spelling(vendor) + " ") else f"{vendor} {name}"
    released = _day(where, entry, "released").isoformat() if "released" in entry else ""
    ends = _day(where, entry, "ends").isoformat()
    if released > ends:
        raise DataError(f"{where}: ends {ends}, before its release ({released})")
    yield (
        "branches",
        {
            "product": product,
            "branch": branch,
            "edition": "standard",
            "label": full if branch == "all" else f"{full} {branch}",
            "released": released,
            "ends": ends,
            "open_ended": "no",
            "aliases": "",
            **_told(where, entry, today),
        },
    )
    also = entry.get("also", [])
    if not isinstance(also, list) or not all(isinstance(one, str) for one in also):
        raise DataError(f"{where}: also is a list of names")
    for spelled in dict.fromkeys(filter(None, map(spelling, [name, full, *also]))):
        yield "names", {"name": spelled, "product": product, "source": SOURCE}


def _contract(where: str, entry: dict[str, Any], known: Editions, today: date) -> Iterator[tuple[str, Row]]:
    """Every edition's row ends as the contract says; without one, where the ordinary support ends."""
    found = _editions(where, entry, known)
    bought = entry["bought"]
    if not isinstance(bought, bool) or bought != ("until" in entry):
        raise DataError(f"{where}: want bought = true and until = a day, or bought = false alone")
    if bought:
        ends = _day(where, entry, "until").isoformat()
    else:
        ends = max((row["ends"] for _, row in found if row["edition"] == "standard"), default="")
        if not ends:
            raise DataError(f"{where}: no table says when its ordinary support ends")
    for table, row in found:
        if bought or row["edition"] != "standard":
            yield table, {**row, "ends": ends, "open_ended": "no", **_told(where, entry, today)}


def _editions(where: str, entry: dict[str, Any], known: Editions) -> Sequence[tuple[str, Row]]:
    if "build" in entry and not {"product", "branch"} & entry.keys():
        named = _text(where, entry, "build")
        found = known.windows(named)
    elif {"product", "branch"} <= entry.keys() and "build" not in entry:
        name, branch = _text(where, entry, "product"), _text(where, entry, "branch")
        named = f"{name} {branch}"
        product = name if ":" in name else known.product(name)
        found = known.lives(product, branch) if product else ()
    else:
        raise DataError(f"{where}: want build, or product and branch")
    if not found:
        raise DataError(f"{where}: no table knows {named}")
    return found


def _told(where: str, entry: dict[str, Any], today: date) -> Row:
    evidence = _text(where, entry, "evidence")
    return {"source": f"{SOURCE}: {evidence}", "looked_up": today.isoformat(), "confidence": "high"}


def _text(where: str, entry: dict[str, Any], key: str) -> str:
    text = entry[key]
    if not isinstance(text, str) or not text.strip() or not text.isprintable() or len(text) > 200:
        raise DataError(f"{where}: {key} is {text!r}, want a line of text")
    return text.strip()


def _day(where: str, entry: dict[str, Any], key: str) -> date:
    day = entry[key]
    if not isinstance(day, date) or isinstance(day, datetime):
        raise DataError(f"{where}: {key} is {day!r}, want a date such as 2027-12-31, without quotes")
    return day


def _word(where: str, text: str) -> str:
    """A name as CPE spells it: `Acme Ward Manager` is `acme_ward_manager`."""
    word = "_".join(re.findall(r"[a-z0-9.+-]+", text.lower()))
    if not word:
        raise DataError(f"{where}: {text!r} holds no letter or digit that a name could be made of")
    return word


def _near(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else ""


_READ: Final[Mapping[str, Callable[[str, dict[str, Any], Editions, date], Iterator[tuple[str, Row]]]]] = {
    "product": _product,
    "device": _device,
    "contract": _contract,
}
