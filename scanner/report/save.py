"""Put a finished report where it was asked for, whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from scanner.errors import StoreError


def save(path: Path, text: str) -> None:
    """Write a private file by way of a temporary one; raise StoreError, leaving any earlier report as it was."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
