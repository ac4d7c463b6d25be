"""On whose word a scope file stands: check its signatures against the list of those whom this machine trusts.

Used by the main process and, on its own reading of the same files, by the raw helper. A signature that does not fit
the scope file makes the whole file refused: somebody changed one of the two.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from scanner.errors import ScopeError
from scanner.scope import approval, parse
from scanner.scope.file import Authority, Network, Scope, Signer
from scanner.scope.signature import LONGEST, NAMESPACE, Allowed, allowed, fingerprint, signatures

SYSTEM_SIGNERS: Final = Path("/etc/stalehost/allowed_signers")
"""The list that only root can change; it comes before a user's own."""


def signature_path(scope_path: Path) -> Path:
    """Where the signatures of a scope file are."""
    return scope_path.with_name(scope_path.name + ".sig")


def usual_signers(env: Mapping[str, str], home: Path, system: Path = SYSTEM_SIGNERS) -> Path | None:
    """The list of signers that this machine uses when none is named; None when it has none."""
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    return next((path for path in (system, config / "stalehost" / "allowed_signers") if path.is_file()), None)


def read(scope_path: Path, allowed_signers: Path | None) -> Scope:
    """Read a scope file with its signatures and the approval of its plan; raise ScopeError with file and line."""
    scope = parse.read(scope_path)
    beside = signature_path(scope_path)
    text = _text(beside) if beside.exists() else ""
    return certify(scope, text, allowed_signers, scope_path, approval.text(scope_path.resolve().parent))


def certify(
    scope: Scope, text: str, allowed_signers: Path | None, scope_path: Path, approvals: str = ""
) -> Scope:
    """The scope with the authority that its signatures and the approval of its plan give it.

    `text` is the signature file and `approvals` the approvals, each empty when there is none. Raise ScopeError when
    one of the signatures is not for these bytes, when the list of signers is not to be trusted, and when an approval
    cannot be read.
    """
    folder = scope_path.resolve().parent
    listed = trusted(allowed_signers, folder) if allowed_signers else ()
    authority = Authority(
        allowed_signers=str(allowed_signers) if allowed_signers else None,
        folder=str(folder),
        signatures=text,
        approval=approval.approved(scope, approvals, str(folder / approval.FILE)),
    )
    if not text:
        return msgspec.structs.replace(scope, authority=authority)
    signers: list[Signer] = []
    strangers = []
    beside = signature_path(scope_path)
    for number, one in enumerate(signatures(text, str(beside)), 1):
        if not one.holds(scope.text.encode()):
            raise ScopeError(
                f"{beside}: signature {number} is not for this {scope_path.name}: one of the two was changed after"
                " signing; look at what changed, remove the signatures, and have it signed again"
            )
        known = [_signer(line) for line in listed if line.key == one.key]
        signers += known
        strangers += [] if known else [fingerprint(one.key)]
    authority = msgspec.structs.replace(authority, signers=tuple(signers), strangers=tuple(strangers))
    return msgspec.structs.replace(scope, authority=authority)


def _signer(line: Allowed) -> Signer:
    return Signer(
        principal=line.principal,
        key=fingerprint(line.key),
        valid_after=line.valid_after,
        valid_before=line.valid_before,
    )


def trusted(path: Path, folder: Path, namespace: str = NAMESPACE) -> Sequence[Allowed]:
    """Who may sign, by a file that nobody but root and its reader can have written; raise ScopeError otherwise."""
    try:
        real = path.resolve(strict=True)
        states = [(real, real.stat()), (real.parent, real.parent.stat())]
    except OSError as error:
        raise ScopeError(f"{path}: cannot read who may sign: {error.strerror}") from error
    if real.is_relative_to(folder.resolve()):
        raise ScopeError(
            f"{path}: lies in the engagement folder, so who writes the scope could name its signers; keep it elsewhere"
        )
    for place, state in states if os.name == "posix" else ():
        # in a folder such as /tmp the sticky bit keeps others from replacing what is not theirs
        sticky = stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX
        if state.st_mode & 0o022 and not sticky:
            raise ScopeError(
                f"{place}: others can write to it, so it cannot say who may sign; run: chmod go-w {place}"
            )
        if state.st_uid not in _trusted_owners():
            raise ScopeError(f"{place}: belongs to another user, so it cannot say who may sign here")
    return allowed(_text(real), str(path), namespace)


def _trusted_owners() -> tuple[int, ...]:
    return 0, os.geteuid()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScopeError(f"{path}: cannot read it: {error}") from error


def unsigned(scope: Scope, now: datetime) -> tuple[Network, ...]:
    """The networks in which nothing may be sent because two signatures are missing."""
    if scope.authority.by_two(now):
        return ()
    return tuple(network for network in scope.networks if network.needs_signatures)


def words(scope: Scope, now: datetime) -> str:
    """Who authorised the scan and how, in one line for the report."""
    job = scope.engagement
    names = tuple(scope.authority.names(now))
    if names:
        return f"signed by {' and '.join(names)}: {job.authorized_by} ({job.reference})"
    bears = (
        "bears no signature that this machine trusts" if scope.authority.strangers else "bears no signature"
    )
    return f"self-authorised: {job.authorized_by} ({job.reference}); the scope file {bears}"


def lines(scope: Scope, now: datetime) -> Sequence[str]:
    """What `scope verify` says: who signed, from when to when their keys count, and what that is enough for."""
    authority = scope.authority
    valid = authority.valid(now)
    said = [f"list of signers: {authority.allowed_signers or 'none on this machine'}"]
    for one in authority.signers:
        bounds = f"from {_day(one.valid_after)} to {_day(one.valid_before)}"
        state = "counts" if one in valid else "DOES NOT COUNT NOW"
        said.append(f"signed by {one.principal}, key {one.key}, valid {bounds}: {state}")
    said += [
        f"signed by key {key}, which the list of signers does not allow (namespace {NAMESPACE}): DOES NOT COUNT"
        for key in authority.strangers
    ]
    if not authority.signatures:
        said.append("bears no signature")
    lacking = unsigned(scope, now)
    for network in lacking:
        said.append(
            f"NOTHING WILL BE SENT to {network.cidr} ({network.zone}): {network.profile} needs two signers"
        )
    if not lacking:
        said.append("every network has the signatures that it needs")
    return said


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "any time"
