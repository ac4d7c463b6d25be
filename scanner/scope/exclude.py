"""Exclusions that a scope file does not name by number: followed to addresses and cards, or handed over by another."""

import fnmatch
import ipaddress
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from scanner.errors import ScopeError
from scanner.model import net
from scanner.model.device import Device
from scanner.model.kinds import Kind
from scanner.model.net import Address, Mac
from scanner.scope.file import Exclusion, Scope


def avoiding(scope: Scope, more: Iterable[str]) -> Scope:
    """The scope with more ranges, and cards (`00:09:fb:00:00:00/24`), excluded; raise ScopeError for what is neither."""
    found = tuple(_avoided(one) for one in more)
    return msgspec.structs.replace(scope, exclusions=scope.exclusions + found)


def avoided(scope: Scope) -> tuple[str, ...]:
    """All that the scope excludes by number, as `avoiding` reads it."""
    cards = (f"{one.mac}/{one.mac_bits}" for one in scope.exclusions if one.mac is not None)
    return (*(str(one.cidr) for one in scope.exclusions if one.cidr is not None), *cards)


def _avoided(text: str) -> Exclusion:
    reason = "excluded by the run"
    card, _, bits = text.partition("/")
    try:
        if card.count(":") == 5 and "::" not in card:
            return Exclusion(reason=reason, mac=net.mac(card), mac_bits=int(bits or 48))
        return Exclusion(reason=reason, cidr=ipaddress.ip_network(text))
    except ValueError as error:
        raise ScopeError(f"cannot leave alone what is no range: {error}") from error


def by_nature(scope: Scope) -> bool:
    """Whether the scope excludes anything by host name or kind, so that one must know who is who to keep to it."""
    return any(exclusion.hostname or exclusion.kind for exclusion in scope.exclusions)


def followed(scope: Scope, devices: Sequence[Device]) -> Scope:
    """The scope with exclusions by host name and kind followed to the cards and addresses of the devices known.

    A card stays excluded at whatever address it takes; an address is released once another device answers at it.
    """
    more = [
        one
        for exclusion in scope.exclusions
        for device in devices
        if _meant(exclusion, device)
        for one in _numbers(exclusion, device, devices)
    ]
    return msgspec.structs.replace(scope, exclusions=scope.exclusions + tuple(more))


def shown(
    scope: Scope, address: Address, mac: Mac | None, names: Sequence[str], kind: Kind
) -> tuple[Exclusion, ...]:
    """What is excluded because somebody showed such names or such a kind just now: the card, where it is known, and
    the address for the rest of the run.
    """
    found = next((one for one in scope.exclusions if _says(one, names, kind)), None)
    if found is None:
        return ()
    reason = f"{found.reason} (it showed itself in this run to be {found.hostname or found.kind})"
    card = (Exclusion(reason=reason, mac=mac),) if mac is not None else ()
    return (Exclusion(reason=reason, cidr=ipaddress.ip_network(address)), *card)


def _meant(exclusion: Exclusion, device: Device) -> bool:
    return _says(exclusion, device.names, device.kind)


def _says(exclusion: Exclusion, names: Sequence[str], kind: Kind) -> bool:
    """Whether an exclusion by kind or host name means somebody of this kind and these names."""
    if exclusion.kind is not None:
        return kind is exclusion.kind
    if exclusion.hostname is None:
        return False
    pattern = exclusion.hostname.lower()
    lower = [name.lower() for name in names]
    # `vent-1` also means `vent-1.example.org`
    return any(fnmatch.fnmatchcase(part, pattern) for name in lower for part in (name, name.split(".")[0]))


def _numbers(exclusion: Exclusion, device: Device, devices: Sequence[Device]) -> Iterator[Exclusion]:
    reason = f"{exclusion.reason} ({device.name} is {exclusion.hostname or exclusion.kind})"
    for leg in device.legs:
        if leg.mac is not None:
            yield Exclusion(reason=reason, mac=leg.mac)
        passed_on = not leg.live and any(
            other.live and other.address == leg.address
            for another in devices
            if another is not device and not _meant(exclusion, another)
            for other in another.legs
        )
        if not passed_on:
            yield Exclusion(reason=reason, cidr=ipaddress.ip_network(leg.address))
