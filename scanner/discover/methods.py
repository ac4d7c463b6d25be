"""The ways of asking, in the order in which a network is asked: what nobody can ignore first, the costly last."""

from typing import Final

from scanner.discover import arp, echo, nd, syn, udp
from scanner.discover.how import How
from scanner.scope.file import Flags
from scanner.scope.profile import Limits

METHODS: Final = (arp.HOW, nd.HOW, echo.HOW, echo.HOW6, syn.HOW, udp.HOW)


def methods(limits: Limits, flags: Flags, version: int, *, near: bool) -> tuple[How, ...]:
    """How the hosts of a network may be found: by ARP or ND alone where we stand in it, by all that is allowed elsewhere."""
    found = tuple(how for how in METHODS if how.serves(limits, flags, version, near=near))
    whole = tuple(how for how in found if how.whole)
    return whole or found


def settling(limits: Limits, flags: Flags, version: int) -> tuple[How, ...]:
    """How an address is asked whose ARP answer may be another's: anything but ARP."""
    return tuple(how for how in METHODS if how.serves(limits, flags, version, near=False) and not how.whole)
