"""Approvals of packet plans: who approved which plan, kept in the engagement folder beside the scope file.

A plan has two halves. Its ground is what may be sent where and how fast: the scope file, each network's profile and
that profile's limits. The gate and the raw helper work it out again by themselves. Its questions are what the probes
say, which only the planner knows; it holds a scan to them before anything is sent.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from scanner.errors import ScopeError
from scanner.model.kinds import Profile
from scanner.scope.file import Approval, Network, Scope
from scanner.scope.profile import CAREFUL, LIMITS

FILE: Final = "plan.approved"

LONGEST: Final = 1 << 20
"""A longer file of approvals is not read: each line is about 500 bytes."""

HOW: Final = "read it with `stalehost scan --dry-run`, then approve it with `stalehost scan --dry-run --approve-by NAME`"
"""How a plan comes to be approved."""


def approvals(folder: Path) -> tuple[Approval, ...]:
    """Every approval, oldest first; raise ScopeError, with the line, for one that cannot be read."""
    return read(text(folder), str(folder / FILE))


def text(folder: Path) -> str:
    """The file word for word, empty when there is none; raise ScopeError when it cannot be read."""
    path = folder / FILE
    if not path.is_file():
        return ""
    try:
        with path.open("rb") as file:
            # what is no text is no approval either: `read` names its line
            return file.read(LONGEST).decode("utf-8", "replace")
    except OSError as error:
        raise ScopeError(f"{path}: cannot read who approved what: {error.strerror}") from error


def read(lines: str, where: str) -> tuple[Approval, ...]:
    """Read approvals, a JSON object a line; raise ScopeError, with file and line, for anything else."""
    found = []
    for number, line in enumerate(lines.splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Approval))
        except (msgspec.MsgspecError, ValueError) as error:
            raise ScopeError(
                f"{where}:{number}: {error}; remove that line and approve the plan again"
            ) from error
    return tuple(found)


def approve(folder: Path, scope: Scope, questions: str, by: str, now: datetime) -> Approval:
    """Add one approval; raise ScopeError when nobody is named or the file cannot be written."""
    one = granted(scope, questions, by, now)
    try:
        handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise ScopeError(f"{folder / FILE}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(line(one).encode() + b"\n")
    return one


def granted(scope: Scope, questions: str, by: str, now: datetime) -> Approval:
    """An approval of the plan for this scope, with its networks' profiles as they are; ScopeError without a name."""
    name = " ".join(by.split())
    if not name:
        raise ScopeError("an approval needs the name of whoever approves")
    profiles = {str(network.cidr): network.profile for network in scope.networks}
    plan = fingerprint(scope, profiles, questions)
    return Approval(plan=plan, questions=questions, profiles=profiles, by=name, at=now)


def line(one: Approval | None) -> str:
    """An approval as it stands in the file; empty where there is none."""
    return msgspec.json.encode(one).decode() if one else ""


def fingerprint(scope: Scope, profiles: Mapping[str, Profile], questions: str) -> str:
    """SHA-256 of a plan: what may be sent where and how fast under these profiles, and what is asked."""
    parts = [scope.text, version("stalehost"), questions]
    parts += [
        f"{network.cidr} {profile} {LIMITS[profile]!r}"
        for network in scope.networks
        for profile in [profiles.get(str(network.cidr), Profile.PASSIVE)]
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def approved(scope: Scope, lines: str, where: str) -> Approval | None:
    """The approval of this scope file that allows the most; None where none fits it. Raises as `read` does.

    One of another scope file, of other limits, or of another version of the program does not fit.
    """
    fitting = [
        one
        for one in read(lines, where)
        if one.plan == fingerprint(scope, one.profiles, one.questions)
        and all(str(network.cidr) in one.profiles for network in scope.networks)
    ]
    return max(fitting, key=_breadth, default=None)


def why_not(scope: Scope, network: Network) -> str | None:
    """Why no approved plan covers what may be sent to a network now; None where none is needed, or one does."""
    if not network.needs_signatures:
        return None
    approval = scope.authority.approval
    profile = network.written or network.profile
    if approval is None:
        return f"{network.cidr} is {profile}: no plan for this scope file is approved, or the scope has changed since; {HOW}"
    if approval.plan != fingerprint(scope, approval.profiles, approval.questions):
        return f"{network.cidr} is {profile}: plan {approval.plan[:16]}... was approved for something else; {HOW}"
    most = approval.profiles.get(str(network.cidr), Profile.PASSIVE)
    if CAREFUL.index(network.profile) > CAREFUL.index(most):
        return f"{network.cidr}: profile {most} is approved at most, not {network.profile}; {HOW}"
    return None


def as_approved(scope: Scope) -> Scope:
    """The scope with no network's profile less careful than the approved plan has it."""
    one = scope.authority.approval
    if one is None:
        return scope
    return _with(
        scope, lambda network: min(network.profile, one.profiles[str(network.cidr)], key=CAREFUL.index)
    )


def of(scope: Scope, one: Approval) -> Scope:
    """The scope with the profiles that an approval was given for."""
    return _with(scope, lambda network: one.profiles[str(network.cidr)])


def _with(scope: Scope, profile: Callable[[Network], Profile]) -> Scope:
    networks = tuple(
        msgspec.structs.replace(one, profile=profile(one), written=one.written or one.profile)
        for one in scope.networks
    )
    return msgspec.structs.replace(scope, networks=networks)


def _breadth(one: Approval) -> tuple[int, float]:
    """How much it allows; of several alike the oldest, so that approving again changes nothing in a run."""
    return sum(map(CAREFUL.index, one.profiles.values())), -one.at.timestamp()
