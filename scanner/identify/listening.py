"""Say what listens on a device: each open port once, and what speaks on it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from scanner.identify import trust
from scanner.identify.readings import parts
from scanner.model.device import Claim, Service
from scanner.model.net import Address, Port, number, order
from scanner.model.observation import Observation, evidence_id
from scanner.model.presence import NO_ANSWER

SHUT: Final = NO_ANSWER | {"closed", "filtered", "reset"}
"""Words that say a port is not open."""


def services(seen: Iterable[Observation], facts: Sequence[Claim]) -> tuple[Service, ...]:
    """Every open port of every address, in order, with the product and version that its own words name."""
    at: dict[tuple[Address, Port], list[Observation]] = defaultdict(list)
    for one in seen:
        if one.address and one.port and opened(one):
            at[one.address, one.port].append(one)
    said: dict[tuple[Address | None, Port | None], list[Claim]] = defaultdict(list)
    for claim in facts:
        if claim.attr in {"service.product", "service.version", "service.vendor"}:
            said[claim.seen.address, claim.seen.port].append(claim)
    places = sorted(at, key=lambda place: (order(place[0]), place[1][:3], number(place[1])))
    return tuple(_service(place, at[place], said[place]) for place in places)


def opened(one: Observation) -> bool:
    """Whether the observation shows its port open: anything heard there does, but a probe that got nothing."""
    said = parts(one.value)
    return not SHUT & {said.get("outcome", ""), said.get("state", ""), said.get("", "")}


def _service(place: tuple[Address, Port], seen: Sequence[Observation], said: Sequence[Claim]) -> Service:
    chosen, _ = trust.choose(said)
    product, version = chosen.get("service.product"), chosen.get("service.version")
    spoke = sorted(
        {one.source for one in seen if one.source.startswith("probe:") and one.field != "probe.outcome"}
    )
    return Service(
        port=place[1],
        address=place[0],
        protocol=spoke[0].removeprefix("probe:") if spoke else None,
        product=product.value if product else None,
        version=version.value if version else None,
        evidence=tuple(sorted({evidence_id(one) for one in seen})),
    )
