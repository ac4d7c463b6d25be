"""The rule of support over edition hypotheses: pure, on branches alone.

unsupported only if every edition hypothesis has ended, supported only if every one still runs, else unknown. Rows marked
unverified never decide alone. From a table over its age limit, "no end was named" no longer counts as supported.
"""

from collections.abc import Sequence
from datetime import date

from scanner.model.kinds import Support
from scanner.model.knowledge import Branch, Confidence


def verdict(branches: Sequence[Branch], today: date, *, late: bool = False) -> Support:
    """The rule itself, over every edition hypothesis of one product; `late` where their table is over its age limit."""
    if all(branch.confidence is Confidence.UNVERIFIED for branch in branches):
        return Support.UNKNOWN  # also when there is none
    over = {ended(branch, today, late=late) for branch in branches}
    if over == {True}:
        return Support.UNSUPPORTED
    return Support.SUPPORTED if over == {False} else Support.UNKNOWN


def ended(branch: Branch, today: date, *, late: bool = False) -> bool | None:
    """Whether support under this hypothesis is over; its last day still counts as supported, None when unknown.

    A day that a maker named stands, however old the table is: such days are moved seldom, and the lower grade says so.
    That no day was named is another matter: in a table over its age limit (`late`), one may have been named since, and
    have passed unseen.
    """
    if branch.ends is None:
        return False if branch.open_ended and not late else None
    return today > branch.ends


def longest(branches: Sequence[Branch]) -> date | None:
    """End of the longest-lived hypothesis; None unless every end is known."""
    ends = [branch.ends for branch in branches if branch.ends is not None]
    return max(ends) if ends and len(ends) == len(branches) else None


def grade(branches: Sequence[Branch], *, guessed: bool, system: bool) -> str:
    """What the verdict rests on, as `Age.grade` says."""
    if guessed or not branches:
        return "E1"
    if not system:
        return "E2"
    return "E4" if all(branch.confidence is Confidence.HIGH for branch in branches) else "E3"
