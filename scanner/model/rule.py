"""A fingerprint rule: what one text says about a device, with the examples that prove it."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Origin = Literal["recorded", "documented", "synthetic"]
"""Where an example comes from: a real device, a document that quotes one, or made up by us (weighs less)."""


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of `knowledge/rules/<field>.toml`; the first rule of a table that matches wins."""

    id: str
    re: str
    """RE2 syntax, searched (not anchored) in the first 2 KiB of the text."""
    set: Mapping[str, str]
    """Attribute -> value; `$1`..`$9` are the captures, and an attribute whose captures are empty is left out."""
    eg: Mapping[str, Mapping[str, str]]
    """Example text -> attributes it must yield (a subset). Never empty."""
    origin: Origin | Literal["recog"] = "documented"
    """Where its examples are from; `recog` for a fingerprint of the user's own Recog content, which ships none."""
    confidence: float = 0.9
    """How far to trust it when a device says this, 0..1."""
