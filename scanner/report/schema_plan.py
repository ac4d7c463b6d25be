"""The machine output of `stalehost plan`, part of `stalehost/1`: the plan and the what-ifs of one question."""

from typing import Final

from msgspec import Struct

from scanner.model.plan import Answer, Plan

VERSION: Final = "stalehost/1"


class Fix(Struct, frozen=True, kw_only=True):
    """One thing to fix, by what it saves alone, best first."""

    what: str
    target: str
    devices: tuple[str, ...]
    fix_value: float
    score: int


class PlanLine(Struct, frozen=True, kw_only=True, tag_field="schema", tag=VERSION):
    """`plan --json`: one object."""

    plan: Plan | None
    """Null where only what-ifs were asked."""
    what_if: tuple[Answer, ...]
    """Where several were asked, the last is all of them together."""
