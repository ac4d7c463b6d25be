"""What a run that was killed had seen of one network: who was found, and what was asked to its end. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Final

from msgspec import Struct, field

from scanner.discover.found import Found
from scanner.discover.guards import Faces
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation
from scanner.scope import identity
from scanner.scope.file import Network

_NOBODY: Final = frozenset({"silent", "unreachable"})


class Before(Struct):
    """The earlier life of a run, as far as it bears on one network."""

    seen: list[Observation] = field(default_factory=list)
    hosts: dict[Address, None] = field(default_factory=dict)
    """Those who answered frames of ours."""
    done: set[tuple[Address, Port]] = field(default_factory=set)
    """Ports that were asked to the end: closed, silent, or open with what the probe made of them."""
    silent: dict[Address, int] = field(default_factory=lambda: defaultdict(int))
    """Knocks without an answer at addresses that never gave one."""

    def remind(self, found: Found, faces: Faces, cards: dict[Address, Mac]) -> None:
        """Put what was seen where this life of the run looks for it."""
        found.hosts.update(self.hosts)
        for seen in self.seen:
            faces.saw(seen)
            if seen.field == "link.mac" and seen.address and seen.mac:
                cards[seen.address] = seen.mac

    def identified(self) -> set[Address]:
        """Who may have been asked by a control protocol who it is: its port was open, or a datagram was not refused."""
        return {
            one.address
            for one in self.seen
            if one.address is not None
            and one.port in identity.PORTS
            and (one.value == "open" or _answered(one))
        }

    def given_up(self, address: Address, most: int) -> bool:
        """Whether so many knocks went unanswered there."""
        return self.silent.get(address, 0) >= most


def _answered(one: Observation) -> bool:
    """Whether a probe ended on its port otherwise than by a word that nobody reads there."""
    return isinstance(one.value, Mapping) and one.value.get("outcome") not in {None, "closed", "refused"}


def before(seen: Iterable[Observation], network: Network) -> Before:
    """Read it from the log of that run."""
    found = Before()
    loud = set()
    for one in seen:
        if one.address is None or ip_address(one.address) not in network.cidr:
            continue
        found.seen.append(one)
        if one.source.startswith("raw:"):
            found.hosts[one.address] = None
        if one.port is None or (one.source != "tcp:connect" and one.field != "probe.outcome"):
            continue
        if isinstance(one.value, str) and one.value in _NOBODY:
            found.silent[one.address] += 1
        else:
            loud.add(one.address)
        # an open port is done once its probe has ended, not when it was found open
        if one.value != "open":
            found.done.add((one.address, one.port))
    for address in loud:
        found.silent.pop(address, None)
    return found
