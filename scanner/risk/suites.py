"""What a distribution's revision tells of holes: which it has mended, which it has not, and which it does not speak of."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scanner.model.knowledge import Fix, Knowledge

_DEBIAN: Final = re.compile(r"[+~]deb(\d{1,2})u\d+(?:\.\d+)*(?:\+b\d+)?$")
"""Only at the end: `9.9.5-9+deb8u6A~4.2.0` is a derivative's, which mends by its own lights."""
_REPACKED: Final = re.compile(r"[.+~]dfsg[.\d]*(?=-)")
_NAMED: Final = re.compile(r"[+~.](squeeze|lenny|etch|sarge|woody)\d*")
_UBUNTU: Final = re.compile(r"ubuntu")


class Told(Struct, frozen=True, kw_only=True):
    """A revision against its suite's advisories."""

    suite: str | None
    """None: a distribution's revision, but it is not known of which suite, or we have no advisories of it."""
    missing: tuple[Fix, ...]
    """Fixes that came out in a later revision, oldest first."""
    patched: frozenset[str]
    """CVEs whose fix this revision holds."""


def told(knowledge: Knowledge, package: str, revision: str) -> Told:
    """Compare a revision with every fix of its suite, in dpkg's order."""
    every = knowledge.fixes(package)
    suite = _suite(knowledge, package, revision, every)
    own = [one for one in every if one.suite == suite]
    if suite is None or not own:
        return Told(suite=None, missing=(), patched=frozenset())
    missing = tuple(one for one in own if _newer(knowledge, package, one.fixed, revision))
    open_still = {one.cve for one in missing}
    return Told(suite=suite, missing=missing, patched=frozenset(one.cve for one in own) - open_still)


def _newer(knowledge: Knowledge, package: str, fixed: str, revision: str) -> bool:
    """Whether the fix came later; what banners leave out of a version is left out on both sides."""
    return knowledge.compare(f"deb:{package}", _bare(fixed), _bare(revision)) == 1


def _bare(revision: str) -> str:
    """Without the epoch (`1:`) and the mark of a repacked source (`.dfsg`), which banners do not show."""
    head, colon, tail = revision.partition(":")
    return _REPACKED.sub("", tail if colon and head.isdigit() else revision)


def _suite(knowledge: Knowledge, package: str, revision: str, every: Sequence[Fix]) -> str | None:
    """The suite that a revision belongs to: by its suffix, as its archive had it, or that which builds upon it."""
    if numbered := _DEBIAN.search(revision):
        release = knowledge.distro(numbered[1])
        return release.series if release else None
    if named := _NAMED.search(revision):
        return named[1]
    known = knowledge.package(package, revision)
    if known and knowledge.distro(known.suite):
        return known.suite
    if _UBUNTU.search(revision):
        return None
    # a stable release's first revision has no suffix; its security updates are spelled as additions to it
    base = _bare(revision)
    return next((one.suite for one in every if re.match(re.escape(base) + r"[+~.]", _bare(one.fixed))), None)
