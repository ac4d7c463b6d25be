"""How the hosts of bench_horizon.py are looked after: fleets whose habits the estimator does not know.

Three makers of lives that share no arithmetic, with each other or with `scanner.age`: schedules that people keep, skip
and leave (`scheduled`); waiting times alone, without any classes of hosts (`waiting`); and owners who come and go, with
fleets bought in batches (`owned`). Where updates ended, who looked after a host has often replaced it: what stands today
are the survivors.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

NOW = date(2026, 11, 23)
SPARED = 0.2
"""Share of the looked-after hosts that nobody could replace, however long support is over."""

PatchDays = Callable[[random.Random, date], list[date]]
"""The days on which a host that was bought on a day was brought up to date, in any order."""


@dataclass(frozen=True)
class Fleet:
    """One fleet's way of life; every number is the world's own, none is the estimator's."""

    name: str
    days: PatchDays
    old_media: float
    """Share installed from a medium of the release's first day."""
    not_restarted: float
    """Share whose services were not restarted after the last update."""
    paid: float
    """Share with a contract that goes on after the end of free updates."""
    bought: float
    """Mean days between a release and its installation."""
    cadence: tuple[int, int]
    """Days between two builds of a firmware, least and most."""
    restarts: float
    """Chance per month of a restart for another reason than an update."""
    replaced: float
    """Chance a year that a host which was looked after to the end of support is replaced after it; 0 = never."""


def life(fleet: Fleet, dice: random.Random, born: date, ends: date) -> tuple[list[date], date]:
    """The days on which a host was brought up to date, and the day whose state it was installed in.

    `ends` is the day after which nothing was published: a later patch day changes nothing.
    """
    sold = min(ends, NOW - timedelta(days=40))
    while True:
        bought = min(born + timedelta(days=int(dice.expovariate(1 / fleet.bought))), sold)
        state = born if dice.random() < fleet.old_media else bought
        days = [day for day in fleet.days(dice, bought) if day <= NOW]
        if not any(day > ends - timedelta(days=365) for day in days) or _stands(fleet, dice, ends):
            return sorted({min(day, ends) for day in days}), state


def _stands(fleet: Fleet, dice: random.Random, ends: date) -> bool:
    gone = (1 - SPARED) * (1 - math.exp(-fleet.replaced * max(0, (NOW - ends).days) / 365))
    return dice.random() >= gone


def scheduled(
    habits: Mapping[str, float],
    rhythms: Sequence[tuple[int, float]],
    skipped: float,
    pause: float,
    stays: float,
) -> PatchDays:
    """Schedules: `habits` are the shares of `scheduled`, `bursty` (several at once, then a pause), `left`, `never`.

    `rhythms` are the days between patch days with their weights, `skipped` the chance to skip one, `pause` the mean days
    between bursts and `stays` the mean days until whoever did it left.
    """

    def days(dice: random.Random, since: date) -> list[date]:
        habit = dice.choices(list(habits), list(habits.values()))[0]
        if habit == "never":
            return []
        found, at = [], since
        if habit == "bursty":
            while at <= NOW:
                found += [at + timedelta(days=dice.randrange(25)) for _ in range(dice.randint(1, 4))]
                at += timedelta(days=int(dice.gammavariate(2, pause / 2)) + 20)
            return found
        until = NOW if habit == "scheduled" else since + timedelta(days=int(dice.expovariate(1 / stays)))
        step = dice.choices([one for one, _ in rhythms], [weight for _, weight in rhythms])[0]
        at += timedelta(days=dice.randrange(step))
        while at <= min(until, NOW):
            if dice.random() >= skipped:
                found.append(at)
            at += timedelta(days=step)
        return found

    return days


def waiting(typical: float, spread: float, wander: float, never: float) -> PatchDays:
    """Waiting times: each host has its own typical wait, log-normal about `typical` days with `spread`; single waits differ
    from it by `wander`, and each host waits a bit longer every time. `never` is the share that nobody ever updated.
    """

    def days(dice: random.Random, since: date) -> list[date]:
        if dice.random() < never:
            return []
        wait, at, found = dice.lognormvariate(math.log(typical), spread), since, []
        while True:
            at += timedelta(days=1 + min(9000, int(wait * dice.lognormvariate(0, wander))))
            if at > NOW:
                return found
            found.append(at)
            wait *= dice.uniform(1.0, 1.06)

    return days


def owned(care: float, neglect: float, careless: float, every: int) -> PatchDays:
    """Owners: spells of care (mean days) with an update each `every` days, and spells of neglect (mean days) with none,
    in turn. The first owner is a `careless` one with that chance; an owner in five takes care only once, on arrival.
    """

    def days(dice: random.Random, since: date) -> list[date]:
        cares, at = dice.random() >= careless, since
        found: list[date] = []
        while at <= NOW:
            until = at + timedelta(days=1 + int(dice.expovariate(1 / (care if cares else neglect))))
            day = at + timedelta(days=dice.randrange(every))
            once = dice.random() < 0.2
            while cares and day <= until:
                found.append(day)
                day = until + timedelta(days=1) if once else day + timedelta(days=every)
            at, cares = until, not cares
        return found

    return days


TUNED_ON = Fleet(
    name="tuned on", old_media=0.3, not_restarted=0.05, paid=0.1, bought=550, cadence=(60, 420), restarts=0.1, replaced=0.2,
    days=scheduled({"scheduled": 0.45, "bursty": 0.2, "left": 0.2, "never": 0.15}, ((7, 3), (30, 5), (90, 2)), 0.15, 300, 1100),
)  # fmt: skip
WATCHED = Fleet(
    name="watched while tuning", old_media=0.45, not_restarted=0.08, paid=0.18, bought=700, cadence=(90, 500), restarts=0.06,
    replaced=0.0,
    days=scheduled({"scheduled": 0.38, "bursty": 0.27, "left": 0.2, "never": 0.15}, ((14, 3), (31, 4), (120, 3)), 0.3, 480, 1500),
)  # fmt: skip
NEGLECTED = Fleet(
    name="neglected, watched too", old_media=0.2, not_restarted=0.03, paid=0.25, bought=900, cadence=(30, 700), restarts=0.15,
    replaced=0.4,
    days=scheduled({"scheduled": 0.3, "bursty": 0.2, "left": 0.3, "never": 0.2}, ((7, 2), (45, 4), (180, 4)), 0.2, 700, 800),
)  # fmt: skip
"""These two were looked at while the estimator was made."""


def drawn(maker: str, number: int) -> Fleet:
    """A fleet that nobody chose: every number by dice. `maker` is one of MAKERS."""
    dice = random.Random(f"{maker} fleet {number}")
    fleet = Fleet(
        name=f"{maker} {number}", days=MAKERS[maker](dice), old_media=dice.uniform(0.15, 0.5),
        not_restarted=dice.uniform(0.02, 0.1), paid=dice.uniform(0.05, 0.25), bought=dice.uniform(400, 1000),
        cadence=(dice.randint(30, 100), dice.randint(300, 700)), restarts=dice.uniform(0.05, 0.15),
        replaced=dice.uniform(0.0, 0.5),
    )  # fmt: skip
    return replace(fleet, bought=fleet.bought * 1.5) if maker == "owned" else fleet


def _schedules(dice: random.Random) -> PatchDays:
    shares = [dice.uniform(*ends) for ends in ((0.25, 0.5), (0.15, 0.3), (0.15, 0.3), (0.1, 0.25))]
    habits = {
        name: share / sum(shares)
        for name, share in zip(("scheduled", "bursty", "left", "never"), shares, strict=True)
    }
    rhythms = [(days, dice.uniform(1, 5)) for days in sorted(dice.sample((7, 14, 30, 45, 90, 120, 180), 3))]
    return scheduled(
        habits, rhythms, dice.uniform(0.1, 0.35), dice.uniform(250, 800), dice.uniform(700, 1600)
    )


def _waits(dice: random.Random) -> PatchDays:
    return waiting(
        dice.uniform(40, 400), dice.uniform(1.2, 2.0), dice.uniform(0.3, 0.8), dice.uniform(0.05, 0.25)
    )


def _owners(dice: random.Random) -> PatchDays:
    return owned(
        dice.uniform(500, 2000),
        dice.uniform(700, 2500),
        dice.uniform(0.2, 0.5),
        dice.choice((7, 14, 30, 60, 90)),
    )


MAKERS: Mapping[str, Callable[[random.Random], PatchDays]] = {
    "schedules": _schedules,
    "waiting times": _waits,
    "owners": _owners,
}
"""Who makes lives, and how the dice choose its numbers."""
