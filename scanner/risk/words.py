"""Say one part of a score in plain words, with its evidence and with what would take its points away."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from scanner.model.kinds import Support
from scanner.model.observation import EvidenceId
from scanner.risk.exposure import HEADLINE, Weakness
from scanner.risk.facts import unique
from scanner.risk.passwords import Group
from scanner.risk.scene import Actor
from scanner.risk.zones import bridges

SHARED: Final = "cred:"
CITED: Final = 6
"""Evidence ids per line: enough to check it, few enough to read."""

Line = tuple[str, tuple[EvidenceId, ...], str]


class Part(Struct, frozen=True):
    """One part of a score: gates (`cred:` = a shared password), legs, the entry weight, or assumed reach."""

    sort: Literal["gate", "leg", "entry", "reach"]
    names: tuple[str, ...]


def company(cast: Sequence[Actor]) -> dict[str, tuple[Actor, ...]]:
    """Who stands in each zone."""
    found: dict[str, list[Actor]] = {}
    for actor in cast:
        for zone in actor.zones:
            found.setdefault(zone, []).append(actor)
    return {zone: tuple(inside) for zone, inside in found.items()}


def word(actor: Actor, part: Part, near: Mapping[str, Sequence[Actor]], values: Mapping[str, float]) -> Line:
    """Text, evidence and remedy of one part; `near` says who stands in each zone."""
    if part.sort == "gate":
        return _gate(actor, part.names, values)
    if part.sort == "leg":
        return _leg(actor, part.names, near)
    return _entry(actor, values) if part.sort == "entry" else _reach(values)


def _reach(values: Mapping[str, float]) -> Line:
    text = (
        "Zones that nobody declared or measured count as open to each other "
        f"({_percent(values['reach.flat'])}; {_percent(values['reach.policy'])} under an imported policy)"
    )
    return text, (), "Declare the segments in scope.toml, or measure them with `stalehost reach`"


def _gate(actor: Actor, names: tuple[str, ...], values: Mapping[str, float]) -> Line:
    found = [one for one in actor.weaknesses if one.fact.gate in names]
    shared = [group for group in actor.groups if f"{SHARED}{group.name}" in names]
    if not found:
        return _password(actor, shared[0])
    best = found[0]
    more = len(found) - 1 + len(shared)
    name = best.fact.name
    if best.finding.unknown and actor.age.subject:
        decided = actor.age.support is Support.UNSUPPORTED
        since = (
            "out of support: holes found since then"
            if decided
            else "perhaps out of support: holes found since"
        )
        name = f"{actor.age.subject}, {since} stay open"
    text = f"{name}{_where(best)}: {_percent(best.chance(HEADLINE, values))} likely to let an intruder in"
    text += f", and {more} more" if more else ""
    evidence = unique(one for weakness in found[:3] for one in weakness.finding.evidence)[:CITED]
    return text, evidence, best.fact.remedy or "Update or replace it, or allow only the peers it needs"


def _password(actor: Actor, group: Group) -> Line:
    others = len(group.members) - 1
    how = "seen in" if group.parameter == "credential.unmanaged" else "assumed from"
    text = f"Probably shares a password with {others} other device{'s' * (others != 1)} ({how} {group.label})"
    return (
        text,
        group.evidence[actor.device.id][:CITED],
        "Give each device an administrator password of its own",
    )


def _leg(actor: Actor, names: tuple[str, ...], near: Mapping[str, Sequence[Actor]]) -> Line:
    evidence = unique(one.evidence for one in actor.device.facts if one.seen.zone in names)[:CITED]
    here = _zones(names)
    if len(actor.zones) < 2:
        neighbours = len(near[names[0]]) - 1
        text = f"Stands in {here} beside {neighbours} other device{'s' * (neighbours != 1)}"
        return text, evidence, f"Move it to a zone of its own that may open nothing in {here}"
    if not bridges(actor.device):
        return (
            f"Has a leg in {here}: its rules decide who passes",
            evidence,
            f"Close its own services in {here}",
        )
    joined = set(actor.zones)
    alone = not any(
        joined <= set(other.zones) and bridges(other.device) for other in near[names[0]] if other is not actor
    )
    first = "The only device that joins" if alone else "Joins"
    return f"{first} {_zones(actor.zones)}: its leg in {here}", evidence, f"Unplug its leg in {here}"


def _entry(actor: Actor, values: Mapping[str, float]) -> Line:
    chance = _percent(actor.entry(values))
    forgotten = actor.forgotten
    axes = [name for name in ("unknown", "unmanaged", "stale") if getattr(forgotten, name)]
    why = f", more since nobody looks after it ({', '.join(axes)})" if axes else ""
    evidence = unique(one for signal in forgotten.signals for one in signal.evidence)[:CITED]
    text = f"A way in by itself, about {chance} a year for its kind{why}"
    return text, evidence, "Give it an owner, or take it out of use"


def _where(weakness: Weakness) -> str:
    ports = weakness.finding.ports
    return f" on {ports[0]}" if len(ports) == 1 else ""


def _percent(chance: float) -> str:
    return f"{100 * chance:.0f}%" if chance >= 0.01 else f"{100 * chance:.1f}%"


def _zones(names: Sequence[str]) -> str:
    return f"zone{'s' * (len(names) > 1)} {_list(names)}"


def _list(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
