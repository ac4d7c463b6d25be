"""What a probe is: one protocol, the ports it is usual on, how much it asks, and how to speak it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from scanner.errors import ScopeError
from scanner.model.kinds import Kind, Profile, Touch
from scanner.model.net import Port
from scanner.model.observation import Value
from scanner.scope.profile import LIMITS
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
    kinds: frozenset[Kind] = frozenset()
    """Where another probe has the same usual port: the kinds of device for which it is this one; else empty."""
    sends: str
    """What goes over the wire, in words a ward engineer can check; docs/probes.md is made from it."""
    question: bytes = b""
    """By UDP: the one datagram that `talk` sends, so that discovery may ask it of many at once."""
    facts: Callable[[bytes], Sequence[tuple[str, Value]]] | None = None
    """By UDP, pure: what one answer to `question` says, whoever asked it."""


class Permit(Struct, frozen=True, kw_only=True):
    """The right to run one probe under one profile; where the profile forbids the probe none can be made.

    Raises ScopeError when the probe does not name the profile, or asks for more than the profile's highest step.
    """

    probe: Probe
    profile: Profile

    def __post_init__(self) -> None:
        if self.profile not in self.probe.connections:
            raise ScopeError(f"probe {self.probe.name} is forbidden in profile {self.profile}")
        if self.probe.touch > LIMITS[self.profile].touch:
            raise ScopeError(
                f"probe {self.probe.name} would {self.probe.touch.name.lower()}, which profile {self.profile} forbids"
            )

    @property
    def connections(self) -> int:
        """How many connections the probe may use on one port, the first included."""
        return self.probe.connections[self.profile]


PERMITTED: Final[Mapping[Profile, int]] = {Profile.OT: 1, Profile.LAB: 1, Profile.BENCH: 1}
"""What asks a control port: never outside ot and labs, and there by permit only (`scanner.scope.identity`)."""


def permit(probe: Probe, profile: Profile) -> Permit | None:
    """The right to run a probe under a profile; None where there is none."""
    try:
        return Permit(probe=probe, profile=profile)
    except ScopeError:
        return None
