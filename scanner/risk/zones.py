"""Who may open what in which zone: measured, declared, inferred or assumed, and never one taken for another."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from scanner.errors import DataError
from scanner.model.device import Device
from scanner.model.kinds import Reach, Role
from scanner.model.net import Port
from scanner.model.verdict import ZoneReach
from scanner.risk.exposure import Door
from scanner.scope.file import Scope, Segment

ANY: Final = "*"
_RANK: Final = {Reach.MEASURED: 3, Reach.DECLARED: 2, Reach.INFERRED: 1, Reach.ASSUMED: 0}

Pair = tuple[str, str]


class Policy:
    """The probability that a zone can open a port in another; own zone always 1."""

    def __init__(self, reach: Iterable[ZoneReach], values: Mapping[str, float], *, imported: bool) -> None:
        """Lay measured over declared over inferred; a pair that nothing mentions is assumed at `reach.*`."""
        self.unknown = "reach.policy" if imported else "reach.flat"
        self._assumed = values[self.unknown]
        self._known: dict[Pair, list[ZoneReach]] = {}
        for one in reach:
            if one.known is not Reach.ASSUMED:
                self._known.setdefault((one.source, one.target), []).append(one)

    def opens(self, source: str, target: str, door: Door) -> float:
        """P(from one zone, any of the door's ports can be opened in the other)."""
        if source == target:
            return 1.0
        if (source, target) not in self._known:
            return self._assumed
        ports = door.ports or (ANY,)
        return max(self._port(source, target, port) for port in ports)

    def known(self, source: str, target: str) -> bool:
        """Whether anything but assumption speaks about the pair."""
        return source == target or (source, target) in self._known

    def how(self, source: str, target: str, door: Door) -> Reach | None:
        """How it is known that the door can be opened: what its likeliest port rests on; None within one zone."""
        if source == target:
            return None
        if (source, target) not in self._known:
            return Reach.ASSUMED
        told = [self._best(source, target, port) for port in door.ports or (ANY,)]
        _, known = max((said, _RANK[known]) for said, known in told)
        return next(one for one, rank in _RANK.items() if rank == known)

    def across(self, source: str, target: str, door: Door) -> ZoneReach | None:
        """What was measured from site to site and lets the door be opened, the latest; None where nothing was."""
        ports = door.ports or (ANY,)
        found = [
            one
            for one in self._known.get((source, target), ())
            if one.last and one.probability and any(_said(one, port) for port in ports)
        ]
        return max(found, key=lambda one: (one.last, one.site or ""), default=None)

    def _port(self, source: str, target: str, port: Port | str) -> float:
        return self._best(source, target, port)[0]

    def _best(self, source: str, target: str, port: Port | str) -> tuple[float, Reach]:
        """The best word on one port: the strongest kind of knowledge that mentions it; among equals the most open.

        A measurement speaks of its own ports only; a declaration speaks of all: what it does not allow, it forbids.
        """
        best: tuple[int, float] | None = None
        kind = Reach.ASSUMED
        for one in self._known[source, target]:
            said = _said(one, port)
            if said is not None and (best is None or (_RANK[one.known], said) > best):
                best, kind = (_RANK[one.known], said), one.known
        return (self._assumed if best is None else best[1]), kind


def policy(scope: Scope, reach_seen: Sequence[ZoneReach], values: Mapping[str, float]) -> Policy:
    """Join the scope's segments with what was measured; DataError for a probability outside 0 .. 1."""
    for one in reach_seen:
        if not math.isfinite(one.probability) or not 0 <= one.probability <= 1:
            raise DataError(
                f"reach {one.source} -> {one.target}: probability {one.probability} is not in 0 .. 1"
            )
    return Policy((*_declared(scope.segments), *reach_seen), values, imported=_imported(scope))


def table(
    scope: Scope, reach_seen: Sequence[ZoneReach], zones: Sequence[str], values: Mapping[str, float]
) -> tuple[ZoneReach, ...]:
    """Every ordered pair of zones with how its reach is known, for the report; assumed pairs say their probability."""
    told = [*reach_seen, *_declared(scope.segments)]
    by_pair: dict[Pair, list[ZoneReach]] = {}
    for one in told:
        by_pair.setdefault((one.source, one.target), []).append(one)
    unknown = values["reach.policy" if _imported(scope) else "reach.flat"]
    rows: list[ZoneReach] = []
    for source in sorted(set(zones)):
        for target in sorted(set(zones)):
            if source != target:
                assumed = ZoneReach(
                    source=source, target=target, gates=(ANY,), known=Reach.ASSUMED, probability=unknown
                )
                said = by_pair.get((source, target), [assumed])
                rows.extend(sorted(said, key=lambda one: (-_RANK[one.known], one.gates, -one.probability)))
    return tuple(rows)


def legs(device: Device) -> tuple[str, ...]:
    """The zones it stands in: those of its live legs, or of all legs where none answered; sorted, each once.

    A dead leg is where it stood once: a laptop that moved from one zone to another joins nothing.
    """
    live = [leg for leg in device.legs if leg.live] or list(device.legs)
    return tuple(sorted({leg.zone for leg in live if leg.zone}))


def bridges(device: Device) -> bool:
    """Whether an intruder on it stands in all its zones; gateways have legs by design: their legs are policy."""
    return device.role is Role.NONE and len(legs(device)) > 1


def _declared(segments: Iterable[Segment]) -> list[ZoneReach]:
    """One row a pair: imported segments (a firewall says so) beat declared ones; several of a kind are joined."""
    chosen: dict[Pair, list[Segment]] = {}
    for one in segments:
        before = chosen.get((one.source, one.target), [])
        if before and before[0].known == "imported" != one.known:
            continue
        keep = [] if before and before[0].known != one.known else before
        chosen[one.source, one.target] = [*keep, one]
    return [
        ZoneReach(
            source=source,
            target=target,
            gates=tuple(sorted({port for one in said for port in one.allow})),
            known=Reach.DECLARED,
            probability=1.0,
        )
        for (source, target), said in sorted(chosen.items())
    ]


def _imported(scope: Scope) -> bool:
    return any(one.known == "imported" for one in scope.segments)


def _said(one: ZoneReach, port: str) -> float | None:
    """What one row says of a port (`*` = whatever is open); None when it does not speak of it."""
    named = port in one.gates or ANY in one.gates or (port == ANY and bool(one.gates))
    if named:
        return one.probability
    return None if one.known is Reach.MEASURED and one.gates else 0.0
