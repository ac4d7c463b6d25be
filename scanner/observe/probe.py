"""What a probe is: one protocol, the ports it is usual on, how much it asks, and how to speak it."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Profile, Touch
from scanner.model.net import Port
from scanner.model.observation import Value
from scanner.wire.conn import Conn

Talk = Callable[[Conn], AsyncIterator[tuple[str, Value]]]
"""Speak on one connection and yield `(field, value)` for each thing seen; yield nothing when it is not this protocol."""

ONCE: Final[Mapping[Profile, int]] = {
    Profile.CLINICAL: 1,
    Profile.OT: 1,
    Profile.OFFICE: 1,
    Profile.LAB: 1,
    Profile.BENCH: 1,
}
"""The usual allowance: one connection in every profile that sends at all."""


class Probe(Struct, frozen=True, kw_only=True):
    """How to ask one protocol who is there. The module around it has `talk` and a pure `parse`."""

    name: str
    ports: frozenset[Port]
    touch: Touch
    connections: Mapping[Profile, int]
    """The most connections it may use on one port, the first included; a profile that is absent forbids the probe."""
    talk: Talk
    sends: str
    """What goes over the wire, in words a ward engineer can check; docs/probes.md is made from it."""
