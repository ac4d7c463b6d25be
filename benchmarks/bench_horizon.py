"""How well the patch horizon is calibrated: `python benchmarks/bench_horizon.py`.

Hosts of `horizon_world.py`, looked after by habits of `horizon_lives.py` that the estimator does not know, go through the
whole right half (rules, merge, editions, evidence rows, estimate). Three fleets were watched while the estimator was made;
the aims are judged on fleets whose numbers dice draw, of three makers of lives that share no arithmetic. The peer is what a
release table alone gives: the day on which the shown version was published, taken as the day of the last update. Prints
aim, measured, peer and ratio, and PASS or MISS.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import mean, median

from horizon_lives import MAKERS, NEGLECTED, NOW, TUNED_ON, WATCHED, drawn
from horizon_world import LAST_DAYS, SOURCES, Host, hosts

from scanner.age import editions, horizon
from scanner.age.scene import Scene, belonging
from scanner.identify import merge
from scanner.knowledge.base import open_base
from scanner.model.verdict import Horizon
from scanner.scope.parse import parse

EACH = 100
FLEETS = 8
SEED = 20
LEAST, MOST = 0.88, 0.92
SCOPE = """
[engagement]
name = "bench"
owner = "bench"
authorized_by = "bench"
contact = "-"
reference = "-"
valid_from = 2026-11-01
valid_until = 2026-12-01
sector = "office"
[[network]]
cidr = "10.0.0.0/8"
zone = "office"
profile = "office"
criticality = 1
"""


@dataclass(frozen=True)
class Found:
    """One host, judged."""

    host: Host
    lo: date
    hi: date
    median: date
    said: float
    """The belief that the interval holds: more than 0.9 where a single day holds a lot."""

    @property
    def held(self) -> bool:
        """Whether the interval holds the truth."""
        return self.lo <= self.host.patched <= self.hi

    @property
    def wide(self) -> int:
        """Days from end to end."""
        return (self.hi - self.lo).days

    @property
    def off(self) -> int:
        """Days between the median and the truth."""
        return abs((self.median - self.host.patched).days)


def main() -> int:
    """Judge all families and print the tables; 1 when an aim is missed on the fleets that nobody chose."""
    print(
        "watched while the estimator was made: three fleets; judged: fleets drawn by dice, three makers of lives"
    )
    for fleet in (TUNED_ON, WATCHED, NEGLECTED):
        told(fleet.name, hosts(fleet, EACH * 2, SEED))
    found: list[Found] = []
    for maker in MAKERS:
        unseen = [host for number in range(FLEETS) for host in hosts(drawn(maker, number), EACH, SEED)]
        found += told(f"{FLEETS} fleets drawn by dice, {maker}", unseen)
    print(f"\nall {FLEETS * len(MAKERS)} fleets drawn by dice")
    table(found)
    return aims(found)


def told(name: str, those: Sequence[Host]) -> list[Found]:
    """Judge hosts and print their table."""
    began = time.perf_counter()
    found = judge(those)
    took = (time.perf_counter() - began) / len(found) * 1000
    print(f"\n{name}: {len(found)} hosts, {took:.2f} ms each with rules and merge")
    table(found)
    return found


def judge(those: Sequence[Host]) -> list[Found]:
    """Give every host its interval, as a report would."""
    knowledge, now = open_base(), datetime(NOW.year, NOW.month, NOW.day, 12, tzinfo=UTC)
    at = {f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}": host for n, host in enumerate(those, 256)}
    seen = [one for address, host in at.items() for one in host.observations(address)]
    devices = merge.devices(seen, knowledge, parse(SCOPE, "bench"), now)
    raw = belonging(devices, seen)
    found = []
    for device in devices:
        host = at[device.legs[0].address]
        scene = Scene(device, knowledge, editions.system(device, knowledge), raw.get(device.id, ()), now)
        it, _ = horizon.dated(device, knowledge, scene.readings, now, raw.get(device.id, ()))
        if it.median is None or it.not_before is None:
            # nothing to date: a report says `not known`; what the habit alone would say is measured here
            habit = horizon.estimate(scene, ())
            it = Horizon(
                not_before=habit.lo,
                not_after=habit.hi,
                because=(),
                evidence=(),
                knots=habit.knots,
                median=habit.median,
            )
        found.append(_found(host, it))
    return found


def _found(host: Host, it: Horizon) -> Found:
    lo, hi = it.not_before or date.min, it.not_after or NOW
    said = (it.before(hi + timedelta(days=1)) or 0.0) - (it.before(lo) or 0.0)
    return Found(host, lo, hi, it.median or hi, said)


def table(found: Sequence[Found]) -> None:
    """One line a source."""
    print(
        f"{'source':<30}{'hosts':>6}{'says':>8}{'held':>8}{'width':>8}{'<12 months':>12}{'error':>8}{'naive':>8}"
    )
    for source in [*SOURCES, "all"]:
        those = [one for one in found if source in {one.host.source, "all"}]
        naive = [abs((one.host.naive - one.host.patched).days) for one in those if one.host.naive]
        held = share(those, lambda it: it.held)
        print(
            f"{source:<30}{len(those):>6}{mean(it.said for it in those):>8.1%}{held:>8.1%}"
            f"{median(it.wide for it in those):>8.0f}"
            f"{share(those, lambda it: it.wide < 365):>12.0%}{median(it.off for it in those):>8.0f}"
            f"{f'{median(naive):.0f}' if naive else '-':>8}"
            f"{'' if LEAST <= held <= MOST else '  held outside 88-92 %'}"
        )
    print(
        "says: belief inside the 90 % interval; held: share whose interval holds the truth; the rest: medians in days"
    )


def aims(found: Sequence[Found]) -> int:
    """Print the aims; 1 when one is missed."""
    print(f"\n{'what':<58}{'aim':>10}{'measured':>10}{'peer':>8}{'ratio':>8}")
    good = [
        _held(source, [one for one in found if source in {one.host.source, "all"}])
        for source in [*SOURCES, "all"]
    ]
    suffix = [one for one in found if one.host.source.startswith("distro suffix")]
    naive = median(abs((one.host.naive - one.host.patched).days) for one in suffix if one.host.naive)
    error = median(one.off for one in suffix)
    good.append(error <= 60)
    print(
        f"{'median error where a distro suffix is shown, days':<58}{'<= 60':>10}{error:>10.0f}{naive:>8.0f}"
        f"{naive / max(error, 1):>7.1f}x  {verdict(good[-1])}"
    )
    early = [one.off for one in suffix if one.host.patched not in LAST_DAYS]
    print(f"the same without hosts that are level with the last day of their suite: {median(early):.0f} days")
    return int(not all(good))


def _held(source: str, those: Sequence[Found]) -> bool:
    """Print one source's aim and whether it is met.

    An interval of whole days cannot hold less than its likeliest day: where that one day is believed with more than 92 %,
    what can be asked is that the intervals hold as often as they say, to two points.
    """
    held, said = share(those, lambda it: it.held), mean(it.said for it in those)
    aim, met = "88-92 %", LEAST <= held <= MOST
    if said > MOST and not met:
        aim, met = f"{said:.1%} +- 2", abs(held - said) <= MOST - 0.9
    what = f"90 % interval holds the truth: {source}"
    print(f"{what:<58}{aim:>10}{held:>10.1%}{'-':>8}{'-':>8}  {verdict(met)}")
    if aim != "88-92 %":
        one = share(those, lambda it: it.wide == 0)
        print(
            f"  above 92 %: {one:.0%} of these intervals are a single day (the last build there ever was, at the end of support)"
        )
    return met


def share(those: Sequence[Found], holds: Callable[[Found], bool]) -> float:
    """The share for which it holds."""
    return sum(map(holds, those)) / len(those)


def verdict(good: bool) -> str:
    """PASS or MISS."""
    return "PASS" if good else "MISS"


if __name__ == "__main__":
    sys.exit(main())
