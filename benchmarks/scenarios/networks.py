"""Read networks from the forms in which attack research publishes them: NASim's, CyberBattleSim's and MulVAL's.

Only the shape is taken: hosts, where they stand, what may be tried with which success, and who may reach whom. Pure: text in,
hosts and a policy out; DataError names what is wrong and where. Nothing of those projects is needed or copied.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from msgspec import Struct

from scanner.errors import DataError
from scanner.risk.exposure import Door
from scanner.risk.spread import Host, Row
from scenarios.yamlread import Node, read

Opens = Callable[[str, str, Door], float]

INTERNET: Final = "internet"
_FACT: Final = re.compile(r"\s*([a-zA-Z_]\w*)\s*\(([^()]*)\)\s*\.\s*")


class Scenario(Struct, frozen=True, kw_only=True):
    """One published network in our terms."""

    hosts: tuple[Host, ...]
    zones: tuple[str, ...]
    allowed: frozenset[tuple[str, str, str]]
    """(zone, zone, service) that may be opened; `*` = every service."""
    start: str
    """The zone of the first foothold."""
    targets: Mapping[str, float]
    """What is to be protected, with its worth."""

    def opens(self, source: str, target: str, door: Door) -> float:
        """P(a zone may open the door in another): the services of a door stand where its ports do."""
        names = ("*", *door.ports)
        return float(source == target or any((source, target, name) in self.allowed for name in names))


def nasim(text: str, what: str) -> Scenario:
    """A scenario in NASim's YAML: subnets, topology, sensitive_hosts, exploits, host_configurations, firewall."""
    data = _table(read(text, what), what)
    topology = [
        [_number(cell, what) for cell in _list(row, what)] for row in _list(_of(data, "topology", what), what)
    ]
    exploits = {name: _table(one, what) for name, one in _table(_of(data, "exploits", what), what).items()}
    firewall = {
        _pair(name, what): [str(one) for one in _list(allow, what)]
        for name, allow in _table(_of(data, "firewall", what), what).items()
    }
    configurations = _table(_of(data, "host_configurations", what), what)
    hosts, zones = [], [_zone(at) for at in range(len(topology))]
    for name, one in configurations.items():
        subnet, number = _pair(name, what)
        table = _table(one, what)
        running = {str(service) for service in _list(_of(table, "services", what), what)}
        rows = _joined(
            (str(exploit["service"]), _number(exploit.get("prob", 1.0), what))
            for exploit in exploits.values()
            if str(exploit.get("service")) in running
            and str(exploit.get("os")) in {"None", str(table.get("os"))}
        )
        hosts.append(Host(key=f"{subnet}.{number}", zones=(_zone(subnet),), rows=rows))
    targets = {
        ".".join(map(str, _pair(name, what))): _number(value, what)
        for name, value in _table(_of(data, "sensitive_hosts", what), what).items()
    }
    allowed = {
        (_zone(source), _zone(target), service)
        for (source, target), services in firewall.items()
        if source < len(topology) and target < len(topology) and topology[source][target]
        for service in services
    }
    return _scenario(hosts, zones, allowed, _zone(0), targets, what)


def cyberbattle(text: str, what: str) -> Scenario:
    """A network in the manner of CyberBattleSim, as JSON: nodes with services, value, vulnerabilities and whom they
    point at; each node is a zone of its own, since reach is told host by host.

    `{"start": "client", "nodes": {"client": {"value": 0, "services": ["SSH"], "reaches": ["web"], "vulnerabilities":
    {"weak": {"service": "SSH", "success": 0.8}}}}}`
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{what}: no JSON ({error})") from error
    nodes = _table(_of(_table(data, what), "nodes", what), what)
    hosts, targets, allowed = [], dict[str, float](), set[tuple[str, str, str]]()
    for name, one in nodes.items():
        node = _table(one, what)
        listed = _table(node.get("vulnerabilities", {}), what)
        holes = [_table(hole, what) for hole in listed.values()]
        rows = _joined(
            (str(hole.get("service", "*")), _number(hole.get("success", 1.0), what)) for hole in holes
        )
        hosts.append(Host(key=name, zones=(name,), rows=rows))
        if worth := _number(node.get("value", 0), what):
            targets[name] = worth
        for other in _list(node.get("reaches", []), what):
            if other not in nodes:
                raise DataError(f"{what}: {name} reaches {other!r}, which is no node")
            allowed.add((name, str(other), "*"))
    start = str(_of(_table(data, what), "start", what))
    return _scenario(hosts, list(nodes), allowed, start, targets, what)


def mulval(text: str, what: str) -> Scenario:
    """Facts in MulVAL's input language: hacl, vulExists, networkServiceInfo, attackerLocated, attackGoal, and ours for
    odds, `vulChance(cve, 0.8)`.
    """
    facts = list(_facts(text, what))
    listening = {
        (a[0], a[1]): f"{a[2]}/{a[3]}" for name, a in facts if name == "networkServiceInfo" and len(a) == 5
    }
    odds = {a[0]: _number(a[1], what) for name, a in facts if name == "vulChance" and len(a) == 2}
    holes: dict[str, list[tuple[str, float]]] = {}
    for name, arguments in facts:
        if name == "vulExists" and len(arguments) >= 3:
            host, cve, program = arguments[:3]
            if (host, program) in listening:
                holes.setdefault(host, []).append((listening[host, program], odds.get(cve, 1.0)))
    reach = [a for name, a in facts if name == "hacl" and len(a) == 4]
    start = [a[0] for name, a in facts if name == "attackerLocated" and a]
    if not start:
        raise DataError(f"{what}: no attackerLocated(...): where does it begin?")
    goals = {a[0]: 1.0 for name, a in facts if name == "attackGoal" and a}
    names = sorted({*holes, *start, *goals, *(one for a in reach for one in a[:2])} - {"_"})
    hosts = [Host(key=name, zones=(name,), rows=_joined(holes.get(name, ()))) for name in names]
    allowed = {
        (source, target, "*" if "_" in a[2:] else f"{a[2]}/{a[3]}")
        for a in reach
        for source in (names if a[0] == "_" else [a[0]])
        for target in (names if a[1] == "_" else [a[1]])
    }
    return _scenario(hosts, names, allowed, start[0], goals, what)


def _facts(text: str, what: str) -> list[tuple[str, tuple[str, ...]]]:
    """`name(a, 'b').`, a fact after another; `%` begins a comment. `attackGoal(execCode(host, _))` names its host."""
    plain = re.sub(r"%[^\n]*", "", text)
    plain = re.sub(r"\b(?:execCode|accessFile)\s*\(([^()]*)\)", r"\1", plain)
    found, at = [], 0
    while at < len(plain.rstrip()):
        fact = _FACT.match(plain, at)
        if fact is None:
            line = plain.count("\n", 0, at) + 1
            raise DataError(f"{what}:{line}: not a fact: {plain[at : at + 40].strip()!r}")
        found.append((fact[1], tuple(word.strip().strip("'\"") for word in fact[2].split(","))))
        at = fact.end()
    return found


def _scenario(
    hosts: Sequence[Host],
    zones: Sequence[str],
    allowed: set[tuple[str, str, str]],
    start: str,
    targets: Mapping[str, float],
    what: str,
) -> Scenario:
    keys = [host.key for host in hosts]
    for name in targets:
        if name not in keys:
            raise DataError(f"{what}: {name} is to be protected and is no host")
    if start not in zones:
        raise DataError(f"{what}: it begins at {start!r}, which is nowhere")
    for host in hosts:
        if not set(host.zones) <= set(zones):
            raise DataError(f"{what}: {host.key} stands in {host.zones[0]}, which is nowhere")
    return Scenario(
        hosts=tuple(hosts), zones=tuple(zones), allowed=frozenset(allowed), start=start, targets=dict(targets)
    )


def _joined(ways: "Sequence[tuple[str, float]] | object") -> tuple[Row, ...]:
    """One row a service: several exploits of one service are several chances."""
    missed: dict[str, float] = {}
    for service, chance in cast("Sequence[tuple[str, float]]", ways):
        missed[service] = missed.get(service, 1.0) * (1 - chance)
    return tuple(
        Row(door=Door(service, () if service == "*" else (service,)), chance=1 - left)  # type: ignore[arg-type]  # a service stands where a port does
        for service, left in sorted(missed.items())
    )


def _zone(subnet: int) -> str:
    return INTERNET if subnet == 0 else f"subnet-{subnet}"


def _pair(name: str, what: str) -> tuple[int, int]:
    found = re.fullmatch(r"\(?\s*(\d+)\s*,\s*(\d+)\s*\)?", name)
    if found is None:
        raise DataError(f"{what}: {name!r} is no pair of numbers such as (1, 0)")
    return int(found[1]), int(found[2])


def _of(table: Mapping[str, Node], key: str, what: str) -> Node:
    if key not in table:
        raise DataError(f"{what}: no {key}")
    return table[key]


def _table(node: Node, what: str) -> dict[str, Node]:
    if not isinstance(node, dict):
        raise DataError(f"{what}: {node!r} where a table is wanted")
    return node


def _list(node: Node, what: str) -> list[Node]:
    if not isinstance(node, list):
        raise DataError(f"{what}: {node!r} where a list is wanted")
    return node


def _number(node: Node, what: str) -> float:
    try:
        value = float(cast("str", node))
    except (TypeError, ValueError) as error:
        raise DataError(f"{what}: {node!r} is no number") from error
    if not 0 <= value < float("inf"):
        raise DataError(f"{what}: {node!r} is no number from 0 up")
    return value
