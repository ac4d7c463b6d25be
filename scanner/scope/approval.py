"""Approvals of packet plans: who approved which plan, kept in the engagement folder beside the scope file."""

import os
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import ScopeError

FILE: Final = "plan.approved"


class Approval(Struct, frozen=True, kw_only=True):
    """One line of the file."""

    plan: str
    """The plan's fingerprint."""
    by: str
    at: datetime


def approvals(folder: Path) -> tuple[Approval, ...]:
    """Every approval, oldest first; raise ScopeError, with the line, for one that cannot be read."""
    path = folder / FILE
    if not path.is_file():
        return ()
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Approval))
        except (msgspec.MsgspecError, ValueError) as error:
            raise ScopeError(f"{path}:{number}: {error}; approve the plan again") from error
    return tuple(found)


def approve(folder: Path, plan: str, by: str, now: datetime) -> Approval:
    """Add one approval; raise ScopeError when nobody is named or the file cannot be written."""
    name = " ".join(by.split())
    if not name:
        raise ScopeError("an approval needs the name of whoever approves")
    one = Approval(plan=plan, by=name, at=now)
    try:
        handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise ScopeError(f"{folder / FILE}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(one) + b"\n")
    return one


def require(folder: Path, plan: str) -> Approval:
    """The approval of this very plan; raise ScopeError, saying how to get it, when there is none."""
    found = [one for one in approvals(folder) if one.plan == plan]
    if not found:
        raise ScopeError(
            f"plan {plan[:16]}... for clinical or ot networks is not approved, or the scope has changed since;"
            " read it with `stalehost scan --dry-run`, then approve it with `--dry-run --approve-by NAME`"
        )
    return found[-1]
