"""Doubt words that programs borrow: what real systems of long ago say, and attackers' tools have said ever since.

A device that says nothing else may be either. What it says stays, with less confidence and a line that says why; as soon as
anything else agrees, it is believed as ever.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from scanner.model.device import Attribute, Claim

LEFT: Final = 0.6
"""What remains of the confidence: below what a report tells as a fact."""
_WORDS: Final = {
    "smb.native_os": re.compile(r"Windows 2000 2195"),
    "smb.native_lm": re.compile(r"Windows 2000 5\.0"),
}
"""The pair that the SMB clients of attack frameworks have sent for twenty years, as Windows 2000 does [common knowledge]."""


def doubt(
    attributes: Mapping[str, Attribute], facts: Sequence[Claim]
) -> tuple[dict[str, Attribute], tuple[str, ...]]:
    """The same attributes, those of the system with less confidence where borrowed words alone say so; and why, in words."""
    lent = {claim.evidence: claim.seen for claim in facts if claim.seen.field in _WORDS and _is_lent(claim)}
    if not lent:
        return dict(attributes), ()
    system = {name: one for name, one in attributes.items() if name.startswith("os.")}
    behind = {evidence for one in system.values() for evidence in one.evidence}
    # one word on the system from anywhere else is agreement enough
    doubted = system.keys() if behind and lent.keys() >= behind else set[str]()
    less = {
        name: structs.replace(one, confidence=round(one.confidence * LEFT, 4)) if name in doubted else one
        for name, one in attributes.items()
    }
    said = sorted({f"{one.field} {one.value}" for one in lent.values()}) if doubted else []
    return less, tuple(f"attackers' tools say {one} too, and nothing else agrees with it" for one in said)


def _is_lent(claim: Claim) -> bool:
    said = claim.seen.value
    return isinstance(said, str) and _WORDS[claim.seen.field].fullmatch(said) is not None
