"""Who was seen to reach whom: conversations heard in passing, and knocks from one zone on another."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from scanner.model.kinds import Reach
from scanner.model.net import Address, Port, address
from scanner.model.observation import EvidenceId, Observation, evidence_id
from scanner.model.verdict import ZoneReach
from scanner.scope.file import Scope
from scanner.scope.gate import Gate
from scanner.scope.site import beside, called

FIELD = "flow.seen"
"""A service that answered somebody: the address and port are the service's, `from` is who was answered."""
KNOCKED: Final = "port.state"
"""What a port did when it was knocked on; `vantage` is the zone of who knocked."""
OPEN: Final = "open"

Pair = tuple[str, str]
Proofs = dict[Port, tuple[EvidenceId, datetime]]
"""By port: what shows it, and when that was last so."""
Doors = Collection[tuple[Address, Port]]


def measured(seen: Iterable[Observation], scope: Scope, beyond: Doors = frozenset()) -> tuple[ZoneReach, ...]:
    """What was measured between two zones: ports that somebody reached, and ports that nobody who knocked did.

    A port is shut between two zones when a device whose port is open to its own zone did not open it to the other, and
    no device there did. What is open to nobody says nothing of the way. Of the knocks of one zone on one port of one
    device the latest counts, since rules change; a conversation that was heard stays heard.

    An address of another site is in the zone that the scope's peers say, and nobody's without them. `beyond` are doors
    that were open to their own zones there, by their addresses as seen from here.
    """
    gate, peers = Gate(beside(scope)), {called(one) for one in scope.peers}
    opened: dict[Pair, Proofs] = defaultdict(dict)
    shut: dict[Pair, Proofs] = defaultdict(dict)
    log = latest(one for one in seen if one.field in {FIELD, KNOCKED} and one.address and one.port)
    inside = {*inner(log), *beyond}
    for one in log:
        for pair, port, is_open in _said(one, gate):
            if is_open or (one.address, port) in inside:
                ports = (opened if is_open else shut)[pair]
                proof = evidence_id(one), one.last
                before = ports.get(port, proof)
                # the same from whatever order the log comes in
                ports[port] = min(before[0], proof[0]), max(before[1], proof[1])
    closed = {
        pair: left
        for pair, ports in shut.items()
        if (left := {port: proof for port, proof in ports.items() if port not in opened.get(pair, {})})
    }
    return tuple(
        _row(pair, ports, probability, far=not peers.isdisjoint(pair))
        for pair in sorted({*opened, *closed})
        for ports, probability in ((opened.get(pair, {}), 1.0), (closed.get(pair, {}), 0.0))
        if ports
    )


def inner(seen: Iterable[Observation]) -> set[tuple[Address, Port]]:
    """Doors that were open to whoever stood in their own zone."""
    return {
        (one.address, one.port)
        for one in seen
        if one.address and one.port and one.field == KNOCKED and one.value == OPEN
        and one.vantage is not None and one.vantage == one.zone
    }  # fmt: skip


def latest(seen: Iterable[Observation]) -> list[Observation]:
    """The log without knocks that a later one from the same zone has overtaken; of two at once both stay."""
    log = list(seen)
    last: dict[tuple[object, ...], datetime] = {}
    for one in log:
        if one.field == KNOCKED:
            last[_door(one)] = max(last.get(_door(one), one.last), one.last)
    return [one for one in log if one.field != KNOCKED or one.last == last[_door(one)]]


def _door(one: Observation) -> tuple[object, ...]:
    return one.vantage, one.address, one.port


def _said(one: Observation, gate: Gate) -> Iterator[tuple[Pair, Port, bool]]:
    """The pair of zones that one observation speaks of, the port, and whether it was open."""
    assert one.port is not None  # noqa: S101  # `measured` takes no other
    target = _zone(gate, one.address)
    source = one.vantage if one.field == KNOCKED else _zone(gate, _client(one))
    if source and target and source != target:
        yield (source, target), one.port, one.field == FIELD or one.value == OPEN


def _row(pair: Pair, ports: Proofs, probability: float, *, far: bool) -> ZoneReach:
    return ZoneReach(
        source=pair[0],
        target=pair[1],
        gates=tuple(sorted(ports)),
        known=Reach.MEASURED,
        probability=probability,
        evidence=tuple(ports[port][0] for port in sorted(ports)),
        last=max(last for _, last in ports.values()) if far else None,
    )


def _client(one: Observation) -> Address | None:
    said = one.value.get("from") if isinstance(one.value, dict) else None
    try:
        return address(str(said))
    except ValueError:
        return None


def _zone(gate: Gate, of: Address | None) -> str | None:
    network = gate.network(of) if of else None
    return network.zone if network else None
