"""Say what listens on a device: each open port once, and what speaks on it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from scanner.identify import trust
from scanner.identify.readings import parts
from scanner.model.device import Claim, Service
from scanner.model.net import Address, Port, number, order
from scanner.model.observation import EvidenceId, Observation, evidence_id
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
        if claim.attr in {"service.product", "service.version"}:
            said[claim.seen.address, claim.seen.port].append(claim)
    places = sorted(at, key=lambda place: (order(place[0]), place[1][:3], number(place[1])))
    return tuple(_service(place, at[place], said[place]) for place in places)


def opened(one: Observation) -> bool:
    """Whether the observation shows its port open: anything heard there does, but a probe that got nothing."""
    said = parts(one.value)
    return SHUT.isdisjoint((said.get("outcome"), said.get("state"), said.get("")))


def _service(place: tuple[Address, Port], seen: Sequence[Observation], said: Sequence[Claim]) -> Service:
    chosen = trust.choose(said)[0] if said else {}
    product = chosen.get("service.product")
    # a version that belongs to another product must not end up beside the winner
    apart = {one.evidence for one in said if product and _another(one, product.value)}
    if apart:
        chosen = trust.choose([one for one in said if one.evidence not in apart])[0]
    version = chosen.get("service.version")
    spoke = sorted(
        {one.source for one in seen if one.source.startswith("probe:") and one.field != "probe.outcome"}
    )
    return Service(
        port=place[1],
        address=place[0],
        protocol=spoke[0].removeprefix("probe:") if spoke else None,
        product=product.value if product else None,
        version=version.value if version else None,
        also=tuple(sorted(set(_named([one for one in said if one.evidence in apart])))),
        evidence=tuple(sorted({evidence_id(one) for one in seen})),
    )


def _another(claim: Claim, product: str) -> bool:
    """Whether a claim names another product than this one, and not only more or less of its name."""
    own, wins = set(trust.plain(claim.value).split()), set(trust.plain(product).split())
    return claim.attr == "service.product" and not own <= wins and not wins <= own


def _named(said: Iterable[Claim]) -> Iterator[str]:
    """Each product with the version that the same words give it."""
    words: dict[EvidenceId, dict[str, str]] = defaultdict(dict)
    for claim in said:
        words[claim.evidence][claim.attr] = claim.value
    for one in words.values():
        yield " ".join(filter(None, (one.get("service.product"), one.get("service.version"))))
