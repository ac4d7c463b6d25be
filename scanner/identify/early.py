"""Say what a thing is while it is still being looked at, so that no more is asked of it than that takes."""

from collections.abc import Sequence
from datetime import datetime

from scanner.identify import merge
from scanner.model.device import Device
from scanner.model.kinds import Kind
from scanner.model.knowledge import Knowledge
from scanner.model.observation import Observation
from scanner.scope.file import Scope


def kind(seen: Sequence[Observation], knowledge: Knowledge, scope: Scope, now: datetime) -> Kind | None:
    """The kind that the observations of one address speak of so far; None while they do not tell."""
    return told(merge.devices(seen, knowledge, scope, now))


def told(devices: Sequence[Device]) -> Kind | None:
    """The first kind that these tell; None while they do not."""
    return next((one.kind for one in devices if one.kind is not Kind.UNKNOWN), None)


def names(seen: Sequence[Observation], knowledge: Knowledge, scope: Scope, now: datetime) -> tuple[str, ...]:
    """The host names that the observations of one address speak of so far."""
    found = (name for device in merge.devices(seen, knowledge, scope, now) for name in device.names)
    return tuple(dict.fromkeys(found))
