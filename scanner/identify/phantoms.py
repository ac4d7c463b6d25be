"""Addresses at which nobody is: silence, an error from a router, or what discovery flagged makes no device.

What lists and people say of such an address stays: a lease is a record of a device, wherever it may be now.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

from scanner.identify.places import RECENT
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.model.presence import shows_life

_TOLD: Final = ("import:", "person:")
"""Sources that tell of a device rather than seeing it."""


def real(seen: Iterable[Observation]) -> list[Observation]:
    """The observations without what phantoms answered, what was asked in vain, and the flags themselves."""
    known = list(seen)
    flagged = _flagged(known)
    # a port that was asked in vain says nothing of anybody; every other observation does
    proof = {one.address for one in known if one.field != "port.state" or shows_life(one)}
    return [
        one
        for one in known
        if not one.field.startswith("guard.")
        and one.address in proof
        and not (one.address in flagged and not one.source.startswith(_TOLD))
    ]


def _flagged(known: Sequence[Observation]) -> AbstractSet[Address | None]:
    """Addresses that were phantoms when last looked at."""
    flags: dict[Address | None, datetime] = {}
    for one in known:
        flag = (
            one.field.startswith("guard.") and isinstance(one.value, dict) and one.value.get("real") is False
        )
        if flag and one.address is not None:
            flags[one.address] = max(flags.get(one.address, one.last), one.last)
    # what answers there in a later run, without being flagged again, is somebody
    later = {
        one.address
        for one in known
        if (at := flags.get(one.address))
        and not one.field.startswith("guard.")
        and shows_life(one)
        and one.last > at + RECENT
    }
    return flags.keys() - later
