"""Make the redacted twin of an assessment, with its key and the map that reads it back."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scanner.model.assessment import Assessment

_LEAST = 16
"""Bytes of a key."""


def twin(found: "Assessment", level: str, key_path: Path | None) -> "Assessment":
    """The assessment at a level of redaction.

    Without a key file the key is thrown away, and two twins cannot be compared. With one, `FILE.map` (0600) is written
    beside it: what stands for what. Raise DataError for a key that is too short.
    """
    from scanner.report.redact import Level, Twin

    made = Twin(Level(level), key_of(key_path) if key_path else secrets.token_bytes(32))
    shown = made.of(found)
    if key_path is not None and made.stands_for:
        save_map(key_path, made.stands_for)
    return shown


def save_map(key_path: Path, stands_for: "Mapping[str, str]") -> None:
    """Write what stands for what beside the key (0600)."""
    import msgspec

    from scanner.report.save import save

    told = dict(sorted(stands_for.items()))
    save(
        key_path.with_name(key_path.name + ".map"),
        msgspec.json.format(msgspec.json.encode(told)).decode(),
    )


def key_of(path: Path) -> bytes:
    """The key in a file, made there (0600) when there is none."""
    from scanner.errors import DataError
    from scanner.report.save import save

    if not path.exists():
        save(path, secrets.token_hex(32) + "\n")
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise DataError(f"{path}: cannot read the key: {error.strerror}") from error
    if len(key) < _LEAST:
        raise DataError(f"{path}: a key has at least {_LEAST} characters; remove the file and one is made")
    return key
