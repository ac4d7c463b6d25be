"""How well the patch horizon is calibrated: `python benchmarks/bench_horizon.py`.

Hosts of `horizon_world.py`, patched until a known day by habits that the estimator does not know, go through the whole
right half (rules, merge, editions, evidence rows, estimate). The numbers of the estimator were tuned on one family of
fleets and watched on two more; the aims are judged on fleets that dice draw. The peer is what a release table alone
gives: the day on which the shown version was published, taken as the day of the last update. Prints aim, measured, peer
and ratio, and PASS or MISS.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median

from horizon_world import LAST_DAYS, NEGLECTED, NOW, SOURCES, TUNED_ON, WATCHED, Host, drawn, hosts

from scanner.age import editions, horizon
from scanner.age.scene import Scene, belonging
from scanner.identify import merge
from scanner.knowledge.base import open_base
from scanner.scope.parse import parse

EACH = 400
FLEETS = 8
SEED = 20
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
        "tuned on the first family of fleets, watched on two more; only the fleets drawn by dice are judged"
    )
    for family in (TUNED_ON, WATCHED, NEGLECTED):
        told(family.name, hosts(family, EACH, SEED))
    unseen = [host for number in range(FLEETS) for host in hosts(drawn(number), EACH // 2, SEED)]
    found = told(f"{FLEETS} fleets drawn by dice", unseen)
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
            found.append(Found(host, habit.lo, habit.hi, habit.median))
        else:
            found.append(Found(host, it.not_before, it.not_after or NOW, it.median))
    return found


def table(found: Sequence[Found]) -> None:
    """One line a source."""
    print(f"{'source':<30}{'hosts':>6}{'held':>8}{'width':>8}{'<12 months':>12}{'error':>8}{'naive':>8}")
    for source in [*SOURCES, "all"]:
        those = [one for one in found if source in {one.host.source, "all"}]
        naive = [abs((one.host.naive - one.host.patched).days) for one in those if one.host.naive]
        print(
            f"{source:<30}{len(those):>6}{share(those, lambda it: it.held):>8.1%}{median(it.wide for it in those):>8.0f}"
            f"{share(those, lambda it: it.wide < 365):>12.0%}{median(it.off for it in those):>8.0f}"
            f"{f'{median(naive):.0f}' if naive else '-':>8}"
            f"{'' if 0.88 <= share(those, lambda it: it.held) <= 0.92 else '  held outside 88-92 %'}"
        )
    print("held: share whose 90 % interval holds the truth; width and errors: medians in days")


def aims(found: Sequence[Found]) -> int:
    """Print the aims; 1 when one is missed."""
    suffix = [one for one in found if one.host.source.startswith("distro suffix")]
    held = share(found, lambda it: it.held)
    naive = median(abs((one.host.naive - one.host.patched).days) for one in suffix if one.host.naive)
    error = median(one.off for one in suffix)
    print(f"\n{'what':<58}{'aim':>10}{'measured':>10}{'peer':>8}{'ratio':>8}")
    good = 0.88 <= held <= 0.92, error <= 60
    print(
        f"{'90 % interval holds the truth, all sources':<58}{'88-92 %':>10}{held:>10.1%}{'-':>8}{'-':>8}  {verdict(good[0])}"
    )
    print(
        f"{'median error where a distro suffix is shown, days':<58}{'<= 60':>10}{error:>10.0f}{naive:>8.0f}"
        f"{naive / max(error, 1):>7.1f}x  {verdict(good[1])}"
    )
    early = [one.off for one in suffix if one.host.patched not in LAST_DAYS]
    print(f"the same without hosts that are level with the last day of their suite: {median(early):.0f} days")
    return int(not all(good))


def share(those: Sequence[Found], holds: Callable[[Found], bool]) -> float:
    """The share for which it holds."""
    return sum(map(holds, those)) / len(those)


def verdict(good: bool) -> str:
    """PASS or MISS."""
    return "PASS" if good else "MISS"


if __name__ == "__main__":
    sys.exit(main())
