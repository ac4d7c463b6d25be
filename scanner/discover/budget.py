"""Book frames that count as initiations before they are sent: who has had enough today is left out."""

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from scanner.model.net import Address
from scanner.scope.file import IPNetwork


class Books(Protocol):
    """What this needs of the ledger."""

    def spend(self, address: Address, now: datetime, budget: int | None, count: int = 1) -> bool:
        """Book for one address; False when that exceeds its budget."""

    def spend_span(self, network: IPNetwork, now: datetime, budget: int | None, count: int = 1) -> bool:
        """Book for every address of a network."""

    def tired(
        self, network: IPNetwork, now: datetime, budget: int | None, count: int = 1
    ) -> tuple[IPNetwork, ...]:
        """The parts of a network that cannot bear so much."""


class Budget(Struct, frozen=True, kw_only=True):
    """What the hosts of one network may still be sent in this day."""

    books: Books
    most: int | None
    """Initiations to one host within 24 hours; None = no limit."""
    clock: Callable[[], datetime]
    spared: tuple[IPNetwork, ...] = ()
    """Those that the raw helper spares these frames since they need more care: nothing is booked for them."""

    def bear(self, targets: Sequence[str], count: int) -> tuple[str, ...]:
        """Book `count` frames to each address of these targets; give those parts that can bear them.

        A run that goes on books anew: what a kill makes unsure counts as sent, so no budget is ever exceeded.
        """
        if self.most is None:
            return tuple(targets)
        return tuple(one for target in targets for one in self._bear(target, count))

    def segment(self, part: IPNetwork, count: int) -> bool:
        """Book `count` frames that reach everyone of a network, in one row; False, and nothing booked, when that is
        more than anyone there can bear.
        """
        return self.most is None or self.books.spend_span(part, self.clock(), self.most, count)

    def _bear(self, target: str, count: int) -> Iterator[str]:
        now, network = self.clock(), ipaddress.ip_network(target)
        if network.num_addresses == 1:
            if network in self.spared or self.books.spend(
                Address(str(network.network_address)), now, self.most, count
            ):
                yield target
            return
        for part in _without(network, self.books.tired(network, now, self.most, count)):
            # the part stays whole: places in its order keep their meaning when the run goes on
            pieces = _without(part, [one for one in self.spared if one.network_address in part])
            if all(self.books.spend_span(one, now, self.most, count) for one in pieces):
                yield str(part)


def _without(network: IPNetwork, tired: Sequence[IPNetwork]) -> list[IPNetwork]:
    """A network without some of its parts."""
    left = [network]
    for out in tired:
        left = [part for one in left for part in _cut(one, out)]
    return left


def _cut(one: IPNetwork, out: IPNetwork) -> Iterator[IPNetwork]:
    if one.network_address in out:
        return
    if out.network_address in one:
        yield from one.address_exclude(out)  # type: ignore[arg-type]  # the ledger gives parts of the same version
    else:
        yield one
