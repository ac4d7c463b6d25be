"""Never two of one group at a time: whoever is being worked on keeps the others of its group waiting.

The rule is per address: while one of a group has a connection of ours, or had one REST seconds ago, the others get
none. So a device is asked to the end before its twin is begun.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from scanner.model.net import Address
from scanner.scope.file import Group
from scanner.wire.pace import Pacer

REST: Final = 5.0
"""Seconds after its last connection for which a device still counts as being worked on: longer than any profile's gap."""

_LOOK: Final = 0.2
"""Seconds between two looks at whether it is one's turn."""


class Turns:
    """Whose turn it is in each group."""

    def __init__(self, groups: Iterable[Group], pacer: Pacer) -> None:
        self._pacer = pacer
        self._groups: dict[Address, list[int]] = defaultdict(list)
        for number, group in enumerate(groups):
            for address in group.addresses:
                self._groups[address].append(number)
        self._open: dict[Address, int] = defaultdict(int)
        self._holder: dict[int, Address] = {}
        self._ended: dict[Address, float] = {}

    async def enter(self, address: Address) -> None:
        """Wait until no other of its groups is being worked on; `leave` must follow. At once when all is stopped."""
        mine = self._groups.get(address, ())
        if not mine:
            return
        while not self._pacer.stopped and any(self._busy(number, address) for number in mine):
            await self._pacer.sleep(_LOOK)
        # nothing is awaited between the look and this, so nobody comes in between
        for number in mine:
            self._holder[number] = address
        self._open[address] += 1

    def leave(self, address: Address) -> None:
        """The connection has ended, or was never begun."""
        if self._groups.get(address):
            self._open[address] -= 1
            self._ended[address] = self._pacer.clock()

    def _busy(self, number: int, address: Address) -> bool:
        holder = self._holder.get(number)
        if holder is None or holder == address:
            return False
        if self._open[holder] > 0:
            return True
        return self._pacer.clock() - self._ended[holder] < REST
