"""Recall that can be read: how many of the devices that were switched on a run found, zone by zone, from the log alone.

Discovery leaves one `discover.tries` for each address and way of asking: a letter a pass, `1` answered, `0` did not,
`-` was not asked. Its source names the way: `raw:arp`, `raw:echo`, `raw:syn`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from scanner.model.assessment import Recall
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.report.estimate import LEAST, Guess, Pattern, by_methods, by_passes
from scanner.report.text import percent, plural

FIELD: Final = "discover.tries"

WHOLE: Final = frozenset({"raw:arp", "raw:nd"})
"""Ways of asking that nobody who speaks IP can ignore: without an answer no neighbour could send to it."""

ASLEEP: Final = 0.25
"""From this tie on it is sleep rather than loss that hides devices."""

Tries = Mapping[Address, str]


def recall(log: Iterable[Observation], since: datetime, silent: Mapping[str, int]) -> dict[str, Recall]:
    """Every zone in which the run that began at `since` looked for hosts; `silent` counts those known but silent."""
    by_zone: dict[str, dict[str, dict[Address, str]]] = defaultdict(lambda: defaultdict(dict))
    known = list(log)
    nobody = {one.address for one in known if _phantom(one, since)}
    for one in known:
        told = one.value
        if one.address in nobody:
            continue
        if one.field == FIELD and one.last >= since and one.zone and one.address and isinstance(told, str):
            by_zone[one.zone][one.source][one.address] = told
    return {zone: _zone(ways, silent.get(zone, 0)) for zone, ways in sorted(by_zone.items())}


def _phantom(one: Observation, since: datetime) -> bool:
    """Whether discovery found that nobody is at the address, whatever answers there."""
    flagged = (
        one.field.startswith("guard.") and isinstance(one.value, dict) and one.value.get("real") is False
    )
    return flagged and one.last >= since


def words(of: Recall | None) -> str:
    """The estimate as one sentence."""
    if of is None:
        return "not known: no run has looked for hosts here"
    if of.share is None or of.interval is None or of.missed is None:
        return f"not known: {plural(of.found, 'address', 'addresses')} answered, too little to judge by"
    ends = dict.fromkeys((percent(of.interval.lo), percent(of.interval.hi)))
    within = "" if len(ends) == 1 else f"{' to '.join(ends)} "
    sure = f"{within}with {percent(of.interval.level)} confidence"
    most = "none" if of.missed.hi < 1 else f"at most about {of.missed.hi:,.0f}"
    return f"{percent(of.share)} of the devices switched on during this run ({sure}; {most} missed)"


def _zone(ways: Mapping[str, Tries], silent: int) -> Recall:
    found = {address for tries in ways.values() for address, told in tries.items() if "1" in told}
    whole = {address: told for way, tries in ways.items() if way in WHOLE for address, told in tries.items()}
    guess = _passes(whole) if whole else _methods(ways)
    answered = _answered([told for tries in ways.values() for told in tries.values()])
    return Recall(
        found=len(found),
        share=guess.share if guess else None,
        interval=guess.interval if guess else None,
        missed=guess.missed if guess else None,
        answered=answered,
        silent=silent,
        doubts=tuple(_doubts(bool(whole), silent)),
        advice=tuple(_advice(bool(whole), guess, answered)),
    )


def _passes(tries: Tries) -> Guess | None:
    told = [one for one in tries.values() if "1" in one]
    counts = Counter(Pattern(one.count("1"), one.count("0")) for one in told)
    return by_passes(counts, max(map(len, tries.values())))


def _methods(ways: Mapping[str, Tries]) -> Guess | None:
    """The way that found most, against all others together; None where there is only one."""
    caught = {way: {at for at, told in tries.items() if "1" in told} for way, tries in sorted(ways.items())}
    first = max(caught, key=lambda way: len(caught[way]))
    rest = [way for way in caught if way != first]
    others = set[Address]().union(*(caught[way] for way in rest))
    both = [at for at in caught[first] if any(set(ways[way].get(at, "-")) != {"-"} for way in rest)]
    answered = sum(at in others for at in both)
    return by_methods(len(caught[first] | others), len(both), answered, len(others - caught[first]))


def _answered(told: Sequence[str]) -> tuple[float, ...]:
    """Of the questions of each pass to those who had answered before, the share that was answered; 1 where none was."""
    shares = []
    for at in range(1, max(map(len, told))):
        again = [one[at] for one in told if "1" in one[:at] and one[at : at + 1] in {"0", "1"}]
        shares.append(again.count("1") / len(again) if again else 1.0)
    return tuple(shares)


def _doubts(whole: bool, silent: int) -> Iterator[str]:
    if whole:
        yield "a device that slept through every pass"
    else:
        yield "a device behind a firewall that answers none of the questions asked"
    if silent:
        yield f"{plural(silent, 'device')} known from records stayed silent: switched off, moved, or gone"
    yield "what was switched off during the run is not counted"


def _advice(whole: bool, guess: Guess | None, answered: Sequence[float]) -> Iterator[str]:
    if guess is None:
        yield f"a further run (fewer than {LEAST} devices were asked twice), or records: leases, ARP tables of the router"
    if not whole:
        yield "a sensor inside the zone, or the ARP table of its router"
    lost = 1 - min(answered, default=1.0)
    if lost and guess is not None and guess.tie > ASLEEP:
        yield "a run at another hour, or listening: here whole devices sleep, so asking faster or oftener helps little"
    elif lost:
        yield f"one more pass, or a slower one: up to {percent(lost)} of the answers of a pass were lost"
