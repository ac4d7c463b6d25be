"""Put a finished report where it was asked for, whole or not at all."""

import os
import tempfile
from pathlib import Path

from scanner.errors import StoreError


def save(path: Path, text: str | bytes) -> None:
    """Write a private file by way of a temporary one; raise StoreError, leaving any earlier report as it was."""
    # a lone half of a surrogate pair, which only a hostile name holds, must not cost the report
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=".stalehost-"
        )  # 0600, and never through a link
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
