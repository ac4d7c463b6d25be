"""Which devices stand in for each other, or serve one bed: never two of them are worked on at a time.

A storm of packets has restarted both computers of a redundant pair at once (CVE-2024-8110); one after the other, the
second can take over from the first. Groups are declared in the scope file, or follow from what the log knows.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from scanner.model.device import Device
from scanner.model.net import Address
from scanner.scope.file import Group, Scope

_TWIN: Final = re.compile(
    r"(.*?[a-z0-9])[-_. ](?:[ab]|0?[12]|prim(?:ary)?|sec(?:ondary)?|master|standby|backup)"
)
"""A name that ends in what tells one of a pair from the other: `pacs-a`, `scada_01`, `dcs-standby`."""
_GLUED: Final = re.compile(r"(.*[a-z])(?:0?[12])")
"""The same without anything between: `gw1`, `scada02`."""
_BED: Final = re.compile(r"\bbed[-_. ]?0*(\d+)")

_KEYS: Final = ("sha256", "fingerprint")
"""Parts of a certificate or host key that two devices share only when they are meant to be one to others."""


def paired(scope: Scope, devices: Sequence[Device]) -> Scope:
    """The scope with the groups that the log shows beside those that the file declares; clinical and ot alone.

    A pair that is none costs time and does no harm, so a name alone is enough.
    """
    if not any(network.needs_signatures for network in scope.networks):
        return scope
    found: dict[str, list[Device]] = defaultdict(list)
    for device in devices:
        for key in sorted(set(_keys(device))):
            found[key].append(device)
    more = (
        Group(name=key, addresses=tuple(dict.fromkeys(_addresses(members))))
        for key, members in sorted(found.items())
    )
    return msgspec.structs.replace(
        scope, groups=scope.groups + tuple(one for one in more if len(one.addresses) > 1)
    )


def _keys(device: Device) -> Iterator[str]:
    """What it has in common with those that it belongs to; its own id, since it may have several addresses."""
    yield f"device {device.id}"
    zones = ",".join(device.zones)
    for name in device.names:
        short = name.lower().split(".")[0]
        twin = _TWIN.fullmatch(short) or _GLUED.fullmatch(short)
        if twin:
            yield f"{twin[1]} in {zones}"
        if bed := _BED.search(short):
            yield f"bed {bed[1]} in {zones}"
    for fact in device.facts:
        if isinstance(fact.seen.value, dict):
            yield from (f"{key} {fact.seen.value[key]}" for key in _KEYS if fact.seen.value.get(key))


def _addresses(members: Sequence[Device]) -> Iterator[Address]:
    for device in members:
        yield from (leg.address for leg in device.legs)
