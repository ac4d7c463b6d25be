"""Who was seen to reach whom: conversations that were heard in passing, as reach between zones."""

from collections import defaultdict
from collections.abc import Iterable

from scanner.model.kinds import Reach
from scanner.model.net import Address, Port, address
from scanner.model.observation import EvidenceId, Observation, evidence_id
from scanner.model.verdict import ZoneReach
from scanner.scope.file import Scope
from scanner.scope.gate import Gate

FIELD = "flow.seen"
"""A service that answered somebody: the address and port are the service's, `from` is who was answered."""


def measured(seen: Iterable[Observation], scope: Scope) -> tuple[ZoneReach, ...]:
    """One row for each pair of zones between which somebody was answered, with the ports; the rest stays unknown."""
    gate = Gate(scope)
    found: dict[tuple[str, str], dict[Port, EvidenceId]] = defaultdict(dict)
    for one in seen:
        if one.field != FIELD or one.address is None or one.port is None:
            continue
        pair = _zone(gate, _client(one)), _zone(gate, one.address)
        if pair[0] and pair[1] and pair[0] != pair[1]:
            proof = evidence_id(one)
            ports = found[pair[0], pair[1]]
            # the same from whatever order the log comes in
            ports[one.port] = min(ports.get(one.port, proof), proof)
    return tuple(
        ZoneReach(
            source=source,
            target=target,
            gates=tuple(sorted(ports)),
            known=Reach.MEASURED,
            probability=1.0,
            evidence=tuple(ports[port] for port in sorted(ports)),
        )
        for (source, target), ports in sorted(found.items())
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
