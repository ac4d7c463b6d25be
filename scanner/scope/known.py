"""Known first: in clinical and ot networks only what somebody or something says the nature of is spoken to.

The word of those who signed the scope file counts (`[[known]]`), and so does the log: leases, inventories, address
tables, what was heard, earlier runs. An answer to ARP shows that somebody is there, and not who.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from scanner.model.device import Device
from scanner.model.kinds import Kind
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.scope.file import Known, Network, Scope

HELP: Final = (
    "import what says it (`stalehost import dhcpd.leases`, an inventory, a switch's or router's address table),"
    " or have it signed as [[known]] in the scope file"
)
"""How a device comes to be known."""


NAMED: Final = 12
"""Strangers that a note names; `audit show` has them all."""


class Index:
    """Who is known, by address and by card."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._addresses: dict[Address, list[Known]] = defaultdict(list)
        self._cards: dict[Mac | None, list[Known]] = defaultdict(list)
        for one in known:
            if one.address is not None:
                self._addresses[one.address].append(one)
            else:
                self._cards[one.mac].append(one)

    def why_not(self, address: Address, mac: Mac | None, days: int) -> str | None:
        """Why nothing says what is at `address`, which is on card `mac` as far as anybody knows; None when it is known."""
        if mac is not None and mac in self._cards:
            return None
        listed = self._addresses.get(address)
        if not listed:
            return f"nothing of the last {days} days says what {address} is; {HELP}"
        # where the card is not to be had (behind a router) the address has to do
        if mac is None or any(one.mac is None or one.mac == mac for one in listed):
            return None
        cards = ", ".join(sorted({one.mac for one in listed if one.mac}))
        return f"{address} was known on card {cards} and is on {mac} now: somebody else may have it; {HELP}"

    def kinds(self, address: Address, mac: Mac | None) -> frozenset[Kind]:
        """Of what kind it is, by the word of all that know it: by its address, on this card, or by its card alone."""
        listed = [
            one for one in self._addresses.get(address, ()) if mac in {None, one.mac} or one.mac is None
        ]
        return frozenset(one.kind for one in (*listed, *self._cards.get(mac, ())))


def note(strangers: Collection[Address]) -> str:
    """What a run says of those that it did not speak to, in words for its report."""
    named = ", ".join(list(strangers)[:NAMED])
    more = f" and {len(strangers) - NAMED:,} more" if len(strangers) > NAMED else ""
    return f"nothing says what is at {named}{more}, so nothing was asked there; {HELP}"


def learned(scope: Scope, devices: Sequence[Device], log: Iterable[Observation], now: datetime) -> Scope:
    """The scope with what the log knows of its clinical and ot networks: every device whose kind it tells.

    What binds an address to a device must be younger than the scope's limit, on the card that it was seen on last.
    """
    networks = [network for network in scope.networks if network.needs_signatures]
    if not networks:
        return scope
    young = now - timedelta(days=scope.known_days)
    # a knock of ours that nobody answered is no sighting
    sighted = {
        (seen.address, seen.mac)
        for seen in log
        if seen.last >= young and not (seen.field == "port.state" and seen.value in ("silent", "unreachable"))
    }
    more = tuple(one for device in devices for one in _of(device, networks, sighted))
    return msgspec.structs.replace(scope, known=scope.known + more)


def _of(
    device: Device, networks: Sequence[Network], sighted: set[tuple[Address | None, Mac | None]]
) -> Iterator[Known]:
    if device.kind is Kind.UNKNOWN:
        return
    for leg in device.legs:
        inside = any(ipaddress.ip_address(leg.address) in network.cidr for network in networks)
        if inside and {(leg.address, leg.mac), (leg.address, None)} & sighted:
            yield Known(kind=device.kind, address=leg.address, mac=leg.mac)
