"""The engagement folder: scope file, database, audit and reports of one job, found as git finds its checkout."""

import hashlib
import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from scanner.errors import ScopeError
from scanner.scope import authority
from scanner.scope.file import Scope

SCOPE_FILE: Final = "scope.toml"
AUDIT_FILE: Final = "audit.jsonl"
"""The hash-chained record of every intended send, and of what people let go on."""


class Folder(Struct, frozen=True, kw_only=True):
    """One engagement: where its files are, and what it may touch."""

    root: Path
    scope_path: Path
    scope: Scope
    database: Path | str
    """A file, or the URL of a database on a server; a password may be in it: it is never shown as it is."""

    def again(self) -> Scope:
        """The scope as its file and signatures stand now; raise ScopeError when they no longer hold."""
        signers = self.scope.authority.allowed_signers
        return authority.read(self.scope_path, Path(signers) if signers else None)

    @property
    def audit(self) -> Path:
        """The hash-chained record of every intended send."""
        return self.root / AUDIT_FILE

    @property
    def ledger(self) -> Path:
        """The wire's own count of connections per host, which outlives a run."""
        return self.root / "ledger.db"

    @property
    def reports(self) -> Path:
        """Where reports go by default."""
        return self.root / "reports"

    @property
    def begun(self) -> bool:
        """Whether there may be a database already; that of a server is only known once it is asked."""
        return isinstance(self.database, str) or self.database.is_file()

    def kept(self, name: str) -> str:
        """The text of a small file that stands beside the scope; empty where there is none."""
        path = self.root / name
        return path.read_text("utf-8") if path.is_file() else ""

    @property
    def id(self) -> str:
        """What every row bears: the same for a renewed scope file, another for another customer."""
        engagement = self.scope.engagement
        text = f"{engagement.owner}\n{engagement.name}\n{engagement.reference}"
        return "eng-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def find(
    start: Path,
    scope_path: Path | None = None,
    database: Path | str | None = None,
    allowed_signers: Path | None = None,
) -> Folder:
    """Open the engagement named, or the nearest one at or above `start`; raise ScopeError when there is none.

    `allowed_signers` says whose signatures count; None = nobody's.
    """
    path = scope_path or _nearest(start)
    if not path.is_file():
        raise ScopeError(f"{path}: no such scope file; write one with `stalehost init`")
    root = path.resolve().parent
    return Folder(
        root=root,
        scope_path=path,
        scope=authority.read(path, allowed_signers),
        database=database or root / "stalehost.db",
    )


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read; raise ScopeError when it exists."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ScopeError(f"{path} exists already; move it away first") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def draft(sector: str, answers: dict[str, str], today: date, networks: Sequence[str] = ()) -> str:
    """A first scope file for a sector, to be completed by hand; it parses as it is.

    `networks` are the lines of its networks (`scope.drafting`), else documentation addresses stand in their place.
    """
    head = {key: answers.get(key) or f"FILL IN: {hint}" for key, hint in _HINTS.items()}
    lines = [
        "# Which networks stalehost may touch. Check every line marked CHECK, then run: stalehost scope check",
        "",
    ]
    lines += ["[engagement]", *(f"{key} = {_quoted(value)}" for key, value in head.items())]
    lines += [
        f"valid_from = {today}",
        f"valid_until = {today + timedelta(days=30)}",
        f'sector = "{sector}"',
        "",
    ]
    lines += ["[flags]  # each true is a permission that the signer gives", "snmp_public = false"]
    lines += ["ftp_anonymous = false", "smb_null_session = false"]
    if sector == "utility":
        lines.append("ot_read_identity = false  # ask controllers once who they are, in their own protocol")
    lines.append("")
    lines += networks
    for cidr, zone, profile, weight in _ZONES[sector] if not networks else ():
        lines += ["[[network]]", f'cidr = "{cidr}"  # CHECK', f'zone = "{zone}"', f'profile = "{profile}"']
        lines += [f"criticality = {weight}", ""]
    return "\n".join(lines)


def _nearest(start: Path) -> Path:
    for folder in (start, *start.resolve().parents):
        if (folder / SCOPE_FILE).is_file():
            return folder / SCOPE_FILE
    raise ScopeError(f"no {SCOPE_FILE} here or above; write one with `stalehost init --sector hospital`")


def _quoted(text: str) -> str:
    plain = "".join(char for char in text if char.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


_HINTS: Final = {
    "name": "what this job is called in the report",
    "owner": "whose networks these are",
    "authorized_by": "who may say so, with role",
    "contact": "whom a ward or control room calls",
    "reference": "change or contract number",
}

_ZONES: Final = {
    "hospital": (
        ("192.0.2.0/28", "office", "office", 1),
        ("192.0.2.16/28", "servers", "office", 10),
        ("192.0.2.32/28", "imaging", "clinical", 30),
        ("192.0.2.48/28", "ward", "clinical", 20),
        ("192.0.2.64/28", "building", "ot", 15),
        ("192.0.2.80/28", "management", "office", 10),
    ),
    "utility": (
        ("192.0.2.0/28", "office", "office", 1),
        ("192.0.2.16/28", "control-room", "ot", 50),
        ("192.0.2.32/28", "substation", "ot", 80),
        ("192.0.2.48/28", "dmz", "office", 10),
    ),
    "bank": (
        ("192.0.2.0/28", "branch", "office", 1),
        ("192.0.2.16/28", "atm", "clinical", 30),
        ("192.0.2.32/28", "payment", "passive", 80),
        ("192.0.2.48/28", "servers", "office", 10),
    ),
    "office": (
        ("192.0.2.0/28", "office", "office", 1),
        ("192.0.2.16/28", "servers", "office", 10),
        ("192.0.2.32/28", "guest", "office", 1),
    ),
}
"""Zones a sector usually has; the addresses are documentation ones (RFC 5737), so an unedited draft touches nobody."""
