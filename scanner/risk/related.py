"""OT and medical advisories that name a device's maker and product: related, never confirmed, and never in a score."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from scanner.model.device import Claim, Device
from scanner.model.knowledge import Advisory, Knowledge
from scanner.model.observation import EvidenceId
from scanner.model.verdict import Exposure
from scanner.risk.facts import unique

GATE: Final = "advisory"
MOST: Final = 3
"""Maker and product pairs of one device that are shown, and advisories that each names."""
CVES: Final = 12

_Named = dict[tuple[str, str], set[EvidenceId]]


def related(device: Device, knowledge: Knowledge) -> tuple[Exposure, ...]:
    """One exposure of probability 0 for each maker and product that advisories name, the most named first."""
    found = [
        (advisories, vendor, product, shown)
        for (vendor, product), shown in sorted(_named(device).items())
        if (advisories := knowledge.advisories(vendor, product))
    ]
    ranked = sorted(found, key=lambda one: (-len(_ids(one[0])), one[1], one[2]))
    return tuple(_exposure(*one) for one in ranked[:MOST])


def _named(device: Device) -> _Named:
    """Maker and product as one observation names them together."""
    groups: dict[tuple[EvidenceId, str], dict[str, Claim]] = defaultdict(dict)
    for claim in device.facts:
        subject, _, part = claim.attr.partition(".")
        if subject in {"hw", "os", "service"} and part in {"vendor", "product", "model"} and claim.value:
            groups[claim.evidence, subject][part] = claim
    named: _Named = defaultdict(set)
    for (shown, _), group in groups.items():
        product = group.get("product") or group.get("model")
        if "vendor" in group and product:
            named[group["vendor"].value, product.value].add(shown)
    return named


def _exposure(advisories: Sequence[Advisory], vendor: str, product: str, shown: set[EvidenceId]) -> Exposure:
    ids = _ids(advisories)
    cves = list(dict.fromkeys(cve for one in advisories for cve in one.cves))
    newest = f"{', '.join(ids[:MOST])}{' ...' if len(ids) > MOST else ''} of {advisories[0].day} and before"
    what = product if product.lower().startswith(vendor.lower()) else f"{vendor} {product}"
    return Exposure(
        id=f"advisories:{vendor}:{product}",
        name=f"{len(ids)} {'advisory names' if len(ids) == 1 else 'advisories name'} {what}",
        gate=GATE,
        cves=tuple(cves[:CVES]),
        probability=0.0,
        grade="E1",
        evidence=unique(shown),
        remedy="Ask its maker whether this very version is affected, and keep it in a zone of its own until then",
        because=(f"related by the names of maker and product; its version was not compared: {newest}",),
    )


def _ids(advisories: Sequence[Advisory]) -> list[str]:
    return list(dict.fromkeys(one.id for one in advisories))
