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
from scanner.report.texts import phrase

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
        return phrase("recall.not_known_no_run_has_looked_for_hosts_here")
    if of.share is None or of.interval is None or of.missed is None:
        return phrase(
            "recall.not_known_answered_too_little_to_judge_by", addresses=plural(of.found, "address")
        )
    ends = dict.fromkeys((percent(of.interval.lo), percent(of.interval.hi)))
    within = "" if len(ends) == 1 else f"{' to '.join(ends)} "
    sure = phrase("recall.with_confidence", within=within, level=percent(of.interval.level))
    most = phrase("words.none") if of.missed.hi < 1 else phrase("recall.at_most_about", hi=of.missed.hi)
    return phrase(
        "recall.of_the_devices_switched_on_during_this_run", share=percent(of.share), sure=sure, most=most
    )


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
        yield phrase("recall.a_device_that_slept_through_every_pass")
    else:
        yield phrase("recall.a_device_behind_a_firewall_that_answers")
    if silent:
        yield phrase("recall.known_from_records_stayed_silent_switched", devices=plural(silent, "device"))
    yield phrase("recall.what_was_switched_off_during_the_run_is_not")


def _advice(whole: bool, guess: Guess | None, answered: Sequence[float]) -> Iterator[str]:
    if guess is None:
        yield phrase("recall.a_further_run_fewer_than_devices_were_asked", least=LEAST)
    if not whole:
        yield phrase("recall.a_sensor_inside_the_zone_or_the_arp_table")
    lost = 1 - min(answered, default=1.0)
    if lost and guess is not None and guess.tie > ASLEEP:
        yield phrase("recall.a_run_at_another_hour_or_listening_here")
    elif lost:
        yield phrase("recall.one_more_pass_or_a_slower_one_up_to", lost=percent(lost))
