"""What is known of who reaches whom, as lines and as JSON, for `stalehost reach`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from scanner.model.kinds import Reach

if TYPE_CHECKING:
    from scanner.model.assessment import Assessment
    from scanner.model.verdict import ZoneReach
    from scanner.risk.segments import Checked
    from scanner.risk.worth import Worth

SHOWN = 5
_RANK = (Reach.MEASURED, Reach.DECLARED, Reach.INFERRED, Reach.ASSUMED)


def counts(reach: "Iterable[ZoneReach]") -> dict[str, int]:
    """How many zone pairs rest on each kind of knowledge, by the best that each pair has."""
    best: dict[tuple[str, str], Reach] = {}
    for one in reach:
        pair = one.source, one.target
        best[pair] = min(best.get(pair, one.known), one.known, key=_RANK.index)
    many = Counter(best.values())
    return {str(known): many[known] for known in _RANK}


def lines(found: "Assessment", telling: "Sequence[Worth]") -> Iterator[str]:
    """Pairs by kind, and where to plug in next."""
    for known, many in counts(found.reach).items():
        yield f"{many:5} zone pair{'s' * (many != 1)} {known}"
    if not telling:
        yield "no test of a single pair would change the expected loss"
        return
    yield "measure next:"
    for one in telling[:SHOWN]:
        yield (
            f"  plug in at {one.source}: does it reach {one.target}? Shut, one foothold costs {one.shut:.1f} endpoints;"
            f" open, {one.open:.1f}"
        )
    yield f"  then: stalehost reach --from {telling[0].source}"


def line(found: "Assessment", telling: "Sequence[Worth]") -> str:
    """The same as one JSON object, with every pair and how it is known."""
    said = {"pairs": counts(found.reach), "next": telling, "reach": found.reach}
    return msgspec.json.encode(said, order="deterministic").decode()


def check_lines(checked: "Checked") -> Iterator[str]:
    """The policy, rule by rule, refuted ones first; then the knocks that could refute what nobody tried."""
    for one in checked.violations:
        how = "was reached" if one.how == "seen" else "is let through by an imported firewall policy"
        yield f"REFUTED  {one.source} -> {one.target}: {one.port} {how}, and is not allowed ({', '.join(one.evidence)})"
    for rule in checked.rules:
        if rule.state != "refuted":
            tried = f"shut: {', '.join(rule.tested)}" if rule.tested else "nothing was tried"
            yield f"{rule.state.upper():8} {rule.source} -> {rule.target}: {tried}{f'; {rule.why}' if rule.why else ''}"
    knocks = [knock for rule in checked.rules for knock in rule.knocks]
    if knocks:
        yield f"{len(knocks)} knock{'s' * (len(knocks) != 1)} would try what is left:"
        yield from (f"  from {one.source}: {one.address} {one.port}" for one in knocks)
    refuted = sum(rule.state == "refuted" for rule in checked.rules)
    yield f"{'PASS' if checked.passed else 'FAIL'}: {refuted} of {len(checked.rules)} declared rules refuted"


def check_line(checked: "Checked") -> str:
    """The same as one JSON object."""
    said = {"passed": checked.passed, **msgspec.structs.asdict(checked)}
    return msgspec.json.encode(said, order="deterministic").decode()
