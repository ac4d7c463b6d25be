"""Which format a file is in: each format is one module of `scanner.observe.imports`."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from scanner.errors import DataError
from scanner.observe import imports
from scanner.observe.files.opened import beginning
from scanner.observe.format import Format

HEAD: Final = 64 * 1024
"""Bytes of a file that a format may look at to recognise it."""


@cache
def load_formats() -> Mapping[str, Format]:
    """Every format by name."""
    found = [
        importlib.import_module(f"{imports.__name__}.{module.name}").FORMAT
        for module in pkgutil.iter_modules(imports.__path__)
    ]
    return {form.name: form for form in sorted(found, key=lambda form: str(form.name))}


def detect(path: Path, name: str | None = None) -> Format:
    """The format of a file, as named or as its first bytes tell; raise DataError when neither helps."""
    formats = load_formats()
    if name is not None:
        if name not in formats:
            raise DataError(f"no format {name!r}; known: {', '.join(formats)}")
        return formats[name]
    head = beginning(path, HEAD)
    if head.startswith(b"PK\x03\x04"):
        raise DataError(f"{path}: a zip or Office file; unpack it, or save the sheet as CSV")
    fitting = [form for form in formats.values() if not form.general and form.fits(head)]
    fitting = fitting or [form for form in formats.values() if form.general and form.fits(head)]
    if len(fitting) != 1:
        what = (
            "in no format that we know" if not fitting else f"could be {' or '.join(f.name for f in fitting)}"
        )
        raise DataError(f"{path}: {what}; name it with --format ({', '.join(formats)})")
    return fitting[0]


def mapping(form: Format, words: Sequence[str]) -> Format:
    """The format with our words taken from named headings (`owner=Cost centre`); DataError where that cannot be."""
    if not words:
        return form
    pairs = [word.partition("=")[::2] for word in words]
    if odd := next((word for word in words if not word.partition("=")[2]), None):
        raise DataError(f"--map {odd}: write it as WORD=HEADING, such as owner='Cost centre'")
    if form.mapped is None:
        raise DataError(
            f"--map: the headings of {form.name} are its writer's; it is for tables such as cmdb-csv"
        )
    return msgspec.structs.replace(form, read=form.mapped(dict(pairs)))
