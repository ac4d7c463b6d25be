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


class Shared(Protocol):
    """What this needs of rights that are shared (`scanner.wire.grant.Grant`)."""

    async def sweep(self, targets: Sequence[str], count: int, budget: int) -> tuple[str, ...]:
        """Book for every address of these networks, on all machines together; those parts that can bear it."""


class Budget(Struct, frozen=True, kw_only=True):
    """What the hosts of one network may still be sent in this day."""

    books: Books
    most: int | None
    """Initiations to one host within 24 hours; None = no limit."""
    clock: Callable[[], datetime]
    spared: tuple[IPNetwork, ...] = ()
    """Those that the raw helper spares these frames since they need more care: nothing is booked for them."""
    grant: Shared | None = None
    """Where the day's budget is shared with other machines; None = it is ours alone."""

    async def bear(self, targets: Sequence[str], count: int) -> tuple[str, ...]:
        """Book `count` frames to each address of these targets; give those parts that can bear them.

        A run that goes on books anew: what a kill makes unsure counts as sent, so no budget is ever exceeded.
        """
        if self.most is None:
            return tuple(targets)
        borne = tuple(one for target in targets for one in self._bear(target, count))
        # ours first: whoever dies between the two has spent too much, never too little
        return borne if self.grant is None else await self._shared(self.grant, borne, count, self.most)

    async def segment(self, part: IPNetwork, count: int) -> bool:
        """Book `count` frames that reach everyone of a network, in one row; False, and nothing sent, when that is
        more than anyone there can bear.
        """
        if self.most is None:
            return True
        if not self.books.spend_span(part, self.clock(), self.most, count):
            return False
        whole = (str(part),)
        return self.grant is None or await self.grant.sweep(whole, count, self.most) == whole

    async def _shared(self, grant: Shared, borne: Sequence[str], count: int, most: int) -> tuple[str, ...]:
        """Of what our own book bears, what that of all machines bears too."""
        pieces = {one: self._pieces(ipaddress.ip_network(one)) for one in borne}
        asked = tuple(str(piece) for some in pieces.values() for piece in some)
        left = await grant.sweep(asked, count, most) if asked else ()
        return tuple(part for one in borne for part in _left(one, pieces[one], left))

    def _pieces(self, part: IPNetwork) -> list[IPNetwork]:
        """A part without those who are spared."""
        return apart(part, [one for one in self.spared if _within(one, part)])

    def _bear(self, target: str, count: int) -> Iterator[str]:
        now, network = self.clock(), ipaddress.ip_network(target)
        if network.num_addresses == 1:
            if network in self.spared or self.books.spend(
                Address(str(network.network_address)), now, self.most, count
            ):
                yield target
            return
        for part in apart(network, self.books.tired(network, now, self.most, count)):
            # the part stays whole: places in its order keep their meaning when the run goes on
            if all(self.books.spend_span(one, now, self.most, count) for one in self._pieces(part)):
                yield str(part)


def _within(one: IPNetwork, part: IPNetwork) -> bool:
    return one.network_address in part


def _left(one: str, pieces: Sequence[IPNetwork], left: Sequence[str]) -> Iterator[str]:
    """A part whole where all of its pieces are left, so that places in its order keep their meaning; else what is."""
    if all(str(piece) in left for piece in pieces):
        yield one
        return
    part = ipaddress.ip_network(one)
    yield from (other for other in left if _within(ipaddress.ip_network(other), part))


def apart(network: IPNetwork, tired: Sequence[IPNetwork]) -> list[IPNetwork]:
    """A network without some of its parts, as networks of the same version."""
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
