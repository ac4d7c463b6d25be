"""The scope of another site, as it is read here: its zones bear its name, and nothing of it may ever be touched."""

from typing import Final

import msgspec

from scanner.scope.file import Scope, Segment

BETWEEN: Final = "/"
"""Stands between a site and a zone of it: no site's name holds it."""

_change = msgspec.structs.replace


def named(site: str, zone: str) -> str:
    """A zone's name where several sites stand side by side."""
    return f"{site}{BETWEEN}{zone}"


def within(scope: Scope, site: str) -> Scope:
    """A site's scope with its zones named as they stand beside those of other sites."""
    return _change(
        scope,
        networks=tuple(_change(one, zone=named(site, one.zone), site=site) for one in scope.networks),
        critical=tuple(_change(one, site=site) for one in scope.critical),
        segments=tuple(_segment(one, site) for one in scope.segments),
    )


def _segment(of: Segment, site: str) -> Segment:
    return _change(of, source=named(site, of.source), target=named(site, of.target))
