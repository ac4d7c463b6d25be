"""Which format a file is in: each format is one module of `scanner.observe.imports`."""

import importlib
import pkgutil
import sys
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


_HEAD: Final = """# What can be imported

This page is made from the formats themselves (`python -m scanner.observe.importing`); a test compares the two. Nothing is
sent by an import. The format of a file is recognised by what is in it; `--format NAME` names it where that fails. Files
packed with gzip are read as they are, and so are UTF-8, UTF-16 (as PowerShell writes it) and old Windows encodings. What
cannot be read is named with its line or byte; what can be read is stored.

`Checked against` says how sure we are of a format: a **real file** that its program wrote, its **documentation**, or
**memory** alone. Look twice at what comes of the last.

Take secrets out of configurations before they leave their device. Of people nothing is read: no user names, no logins.
A table of devices with headings of its own (`cmdb-csv`) may name them: `stalehost import --map owner="Cost centre" assets.csv`.
`stalehost init --from FILE...` drafts a scope file from whatever tells of networks.
"""


def page() -> str:
    """Every format with what it tells and how to get such a file, as docs/imports.md."""
    parts = [_HEAD]
    for form in load_formats().values():
        about = importlib.import_module(f"{imports.__name__}.{form.name.replace('-', '_')}").__doc__ or ""
        first = about.partition("\n")[0].strip()
        parts.append(
            f"## {form.name}\n\n{first}\n\nTells: {form.says}. Checked against: {form.checked_against}.\n\n```\n{form.export}\n```\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
