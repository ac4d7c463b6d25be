"""Hold the declared policy against what was seen: refuted, tested, or how it could be refuted with the fewest knocks.

A rule is one pair of zones with the ports that it allows; what it does not allow it forbids. Refuted means that somebody was
seen to reach a forbidden port, or that an imported firewall policy lets it through. That nothing refuted it proves nothing
for ports that nobody tried.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from scanner.model.device import Device
from scanner.model.net import Address, Port
from scanner.model.observation import EvidenceId, Observation, evidence_id
from scanner.risk.canary import Gates, cover, every
from scanner.risk.flows import KNOCKED, OPEN, Doors, latest, measured
from scanner.scope import imported
from scanner.scope.file import Scope
from scanner.scope.site import beside

ANYTHING: Final = "*"


class Violation(Struct, frozen=True, kw_only=True):
    """One forbidden port that is open from one zone to another."""

    source: str
    target: str
    port: str
    how: Literal["seen", "imported"]
    """`seen`: somebody reached it; `imported`: a firewall's own rules let it through."""
    evidence: tuple[EvidenceId, ...]


class Knock(Struct, frozen=True, kw_only=True):
    """One harmless connection that could refute a rule."""

    source: str
    """The zone to plug in."""
    address: Address
    port: Port


class Rule(Struct, frozen=True, kw_only=True):
    """One declared pair, and what is known of it."""

    source: str
    target: str
    allow: tuple[str, ...]
    state: Literal["refuted", "held", "untested"]
    """`held`: every gate class that is open in the target was tried on one port and was shut."""
    tested: tuple[str, ...]
    """Forbidden ports that were tried and were shut."""
    knocks: tuple[Knock, ...]
    """The fewest that try every gate class which nobody tried; empty where none is left, or none may be sent."""
    why: str
    """Why nothing can be sent where something is left to try; empty elsewhere."""


class Checked(Struct, frozen=True, kw_only=True):
    """The declared policy of a scope, checked."""

    rules: tuple[Rule, ...]
    violations: tuple[Violation, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing refutes the policy."""
        return not self.violations


def check(
    scope: Scope,
    log: Sequence[Observation],
    devices: Sequence[Device],
    known: Gates,
    beyond: Doors = frozenset(),
) -> Checked:
    """Check every declared segment; `known` says which gate classes each port opens.

    Zones of other sites count as the scope's peers name them; `beyond` are doors that are open to their own zones there.
    """
    allowed = _declared(scope)
    seen = measured(log, scope, beyond)
    scope = beside(scope)
    broken: list[Violation] = []
    shut: dict[tuple[str, str], set[str]] = {}
    for row in seen:
        pair = row.source, row.target
        if pair not in allowed:
            continue
        for port, proof in zip(row.gates, row.evidence, strict=True):
            if row.probability == 0:
                shut.setdefault(pair, set()).add(port)
            elif not _may(allowed[pair], port):
                broken.append(
                    Violation(source=pair[0], target=pair[1], port=port, how="seen", evidence=(proof,))
                )
    for one in imported.segments(log, scope):
        pair = one.source, one.target
        proofs = _rules(log)
        broken += [
            Violation(source=pair[0], target=pair[1], port=port, how="imported", evidence=proofs)
            for port in (one.allow if pair in allowed else ())
            if not _may(allowed[pair], port)
        ]
    refuted = {(one.source, one.target) for one in broken}
    rules = [
        _rule(scope, pair, ports, refuted, shut.get(pair, set()), devices, known)
        for pair, ports in sorted(allowed.items())
    ]
    return Checked(
        rules=tuple(rules),
        violations=tuple(sorted(broken, key=lambda one: (one.source, one.target, one.port, one.how))),
    )


def anew(log: Iterable[Observation], source: str) -> tuple[Observation, ...]:
    """The log as if nobody had knocked from a zone yet: firewalls change, so each test tries everything again."""
    return tuple(one for one in log if one.field != KNOCKED or one.vantage != source)


def still(log: Iterable[Observation], source: str, checked: Checked) -> tuple[tuple[Address, Port], ...]:
    """What a zone was last seen to reach against the rules, on all devices: to be tried again, since it may be mended."""
    broken = {(one.target, one.port) for one in checked.violations if one.source == source}
    return tuple(
        sorted({
            (one.address, one.port)
            for one in latest(log)
            if one.field == KNOCKED and one.vantage == source and one.value == OPEN
            and one.address and one.port and (one.zone, one.port) in broken
        })
    )  # fmt: skip


def _rule(
    scope: Scope,
    pair: tuple[str, str],
    allow: frozenset[str],
    refuted: Iterable[tuple[str, str]],
    shut: set[str],
    devices: Sequence[Device],
    known: Gates,
) -> Rule:
    tried = frozenset[str]().union(*(known.get(Port(port), frozenset()) for port in shut))
    open_ = {
        service.port
        for device in devices
        for service in device.services
        if any(leg.zone == pair[1] and leg.address == service.address for leg in device.legs)
    }
    forbidden = {port: gates for port, gates in known.items() if port in open_ and not _may(allow, port)}
    left = frozenset[str]().union(*forbidden.values()) - tried
    offers = {
        (one.address, port): forbidden[port]
        for one in every(devices, scope, known)
        if one.network.zone == pair[1]
        for port in one.ports
        if port in forbidden
    }
    knocks = tuple(Knock(source=pair[0], address=address, port=port) for address, port in cover(left, offers))
    state: Literal["refuted", "held", "untested"] = "held" if tried and not left else "untested"
    return Rule(
        source=pair[0],
        target=pair[1],
        allow=tuple(sorted(allow)),
        state="refuted" if pair in refuted else state,
        tested=tuple(sorted(shut)),
        knocks=knocks,
        why=_why(state, knocks, forbidden),
    )


def _why(state: str, knocks: Sequence[Knock], forbidden: Gates) -> str:
    if state == "held" or knocks:
        return ""
    if not forbidden:
        return "no port that the rule forbids was seen open there"
    return "nothing may be knocked on there for this: import the firewall's rules, or listen"


def _declared(scope: Scope) -> dict[tuple[str, str], frozenset[str]]:
    """The ports that are allowed, by pair; several segments of one pair are joined."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for one in scope.segments:
        if one.known == "declared" and one.source != one.target:
            pair = one.source, one.target
            found[pair] = found.get(pair, frozenset()) | frozenset(one.allow)
    return found


def _may(allow: frozenset[str], port: str) -> bool:
    return ANYTHING in allow or port in allow


def _rules(log: Iterable[Observation]) -> tuple[EvidenceId, ...]:
    return tuple(sorted({evidence_id(one) for one in log if one.field == imported.RULE}))[:6]
