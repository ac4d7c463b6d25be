"""What changed since the last look, counted: of one site, of one among several, and of many sites added up.

Only what asks for somebody, or is better by now, is news; what nobody looked at again and what somebody accepted is not.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from scanner.model.since import Cause, Since, State
from scanner.report.text import day
from scanner.report.texts import Named, phrase

NEWS: Final = (State.NEW, State.WORSE, State.REOPENED, State.BETTER, State.FIXED, State.GONE)
"""The states that count, in the order in which they are told."""
CAUSES: Final = Named("causes", tuple(cause.value for cause in Cause))
"""What a change comes from, in words."""
_STATES: Final = Named("news_states", tuple(state.value for state in NEWS))


class Count(Struct, frozen=True):
    """How many findings became what, and from what most of that comes."""

    state: State
    because: Cause
    findings: int


class News(Struct, frozen=True):
    """What changed between an earlier look and now."""

    since: datetime
    """The earlier look; of several sites the earliest."""
    counts: tuple[Count, ...] = ()
    """As a reader needs them, no state and cause twice; empty = nothing new."""


def news(since: Since, site: str | None = None) -> News:
    """The news of a comparison; of one of its sites where one is named."""
    return News(
        since.before.at,
        _counted(
            Count(one.state, one.because or Cause.NETWORK, 1)
            for one in since.findings
            if one.state in NEWS and (site is None or site in one.sites)
        ),
    )


def together(several: Iterable[News]) -> News | None:
    """Those of many sites added up; None where none of them has been looked at twice."""
    those = list(several)
    if not those:
        return None
    return News(min(one.since for one in those), _counted(count for one in those for count in one.counts))


def by_state(of: News) -> tuple[tuple[str, int], ...]:
    """How many findings became what, in words."""
    found = Counter[State]()
    for one in of.counts:
        found[one.state] += one.findings
    return tuple((_STATES[state.value], found[state]) for state in NEWS if found[state])


def by_cause(of: News) -> tuple[tuple[str, str], ...]:
    """For each cause in words, what became of how many findings by it: `3 new, 1 gone`."""
    return tuple(
        (
            CAUSES[cause],
            _listed(by_state(News(of.since, tuple(one for one in of.counts if one.because is cause)))),
        )
        for cause in Cause
        if any(one.because is cause for one in of.counts)
    )


def told(of: News | None) -> str:
    """In a few words: `2 new, 1 worse since 2026-11-20`, `nothing new since 2026-11-20`, `first report`."""
    if of is None:
        return phrase("news.first")
    if not of.counts:
        return phrase("news.nothing", since=day(of.since))
    return phrase("news.some", counts=_listed(by_state(of)), since=day(of.since))


def sentence(of: News | None) -> str:
    """The same as a sentence, with what it comes from."""
    if of is None:
        return phrase("news.first_sentence")
    if not of.counts:
        return phrase("news.nothing_sentence", since=day(of.since))
    causes = "; ".join(phrase("news.cause", cause=cause, counts=counts) for cause, counts in by_cause(of))
    return phrase("news.by_cause", told=told(of), causes=causes)


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(phrase("news.count", count=f"{count:,}", state=state) for state, count in counts)


def _counted(counts: Iterable[Count]) -> tuple[Count, ...]:
    found = Counter[tuple[State, Cause]]()
    for one in counts:
        found[one.state, one.because] += one.findings
    causes = tuple(Cause)
    ordered = sorted(found, key=lambda key: (NEWS.index(key[0]), causes.index(key[1])))
    return tuple(Count(state, cause, found[state, cause]) for state, cause in ordered)
