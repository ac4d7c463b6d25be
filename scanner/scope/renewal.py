"""Renew a scope file: new dates, nothing else, and the signatures of the old one no longer count."""

import re
from datetime import date
from pathlib import Path
from typing import Final

from scanner.errors import ScopeError
from scanner.scope import parse
from scanner.scope.authority import signature_path

_DATE: Final = r"(?m)^(\s*{key}\s*=\s*)[^#\n]*?(\s*(?:#.*)?)$"


def renew(scope_path: Path, until: date, today: date) -> Path:
    """Write the scope anew, valid from today (or from its start, when that is still to come) to the end of `until`.

    The old file and its signatures are kept beside it, ending in `.bak`; give where. Raise ScopeError when the new
    dates are not allowed; nothing is changed then.
    """
    old = parse.read(scope_path)
    start = max(today, old.engagement.valid_from.date())
    text = _dated(_dated(old.text, "valid_from", start), "valid_until", until)
    new = parse.parse(text, str(scope_path))
    if new.engagement.valid_until.date() <= until:
        raise ScopeError(
            f"{scope_path}: could not write the new dates; change valid_until by hand and sign again"
        )
    kept = _free(scope_path)
    signatures = signature_path(scope_path)
    kept.write_bytes(scope_path.read_bytes())
    kept.chmod(0o600)
    draft = scope_path.with_name(scope_path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(text.encode())
    if signatures.exists():
        # first the signatures: a scope without any allows less than one with wrong ones would claim
        signatures.replace(signature_path(kept))
    draft.replace(scope_path)
    return kept


def _dated(text: str, key: str, day: date) -> str:
    return re.sub(_DATE.format(key=key), lambda found: f"{found[1]}{day}{found[2]}", text, count=1)


def _free(path: Path) -> Path:
    """The first name ending in `.bak`, `.bak2`, ... that is not taken."""
    number = 1
    while (kept := path.with_name(f"{path.name}.bak{number if number > 1 else ''}")).exists():
        number += 1
    return kept
