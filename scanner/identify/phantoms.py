"""Addresses at which something answered and nobody is: what discovery flagged as such makes no device.

What lists and people say of such an address stays: a lease is a record of a device, wherever it may be now.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from scanner.identify.places import RECENT, answered
from scanner.model.net import Address
from scanner.model.observation import Observation


def real(seen: Iterable[Observation]) -> list[Observation]:
    """The observations without what phantoms answered, and without the flags themselves."""
    known = list(seen)
    flagged = _flagged(known)
    return [one for one in known if not one.field.startswith("guard.") and not _phantom(one, flagged)]


def _flagged(known: Sequence[Observation]) -> dict[Address, datetime]:
    """Addresses that were phantoms when last looked at, and when that was."""
    flags: dict[Address, datetime] = {}
    heard: dict[Address, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=known[0].last.tzinfo))
    for one in known:
        if one.address is None:
            continue
        if not one.field.startswith("guard."):
            heard[one.address] = max(heard[one.address], one.last) if answered(one) else heard[one.address]
        elif isinstance(one.value, dict) and one.value.get("real") is False:
            flags[one.address] = max(flags.get(one.address, one.last), one.last)
    # what answers there in a later run, without being flagged again, is somebody
    return {address: at for address, at in flags.items() if heard[address] <= at + RECENT}


def _phantom(one: Observation, flagged: dict[Address, datetime]) -> bool:
    return one.address in flagged and not one.source.startswith(("import:", "person:"))
