"""Hosts that were patched until a known day, and what they would show of it: the world that bench_horizon.py judges in.

Kept apart from the code it judges: it knows nothing of `scanner.age`, and its habits are of another shape (schedules with
skipped slots, bursts between long pauses, people who left, media that lay in a drawer, services that were not restarted).
The dates of versions are public facts, read from the project's tables.
"""

import csv
import functools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from scanner.model.net import Port
from scanner.model.observation import Observation, Value

NOW = date(2026, 11, 23)
FACTS = Path(__file__).parents[1] / "scanner" / "knowledge" / "facts"


@dataclass(frozen=True)
class Family:
    """One fleet's way of life; every number is the world's own, none is the estimator's."""

    name: str
    scheduled: float
    """Share patched on a schedule to this day; the rest of the shares are the fields below."""
    bursty: float
    """Updated several times within weeks, then not for long."""
    left: float
    """Patched on a schedule until somebody left."""
    never: float
    """Never after installation."""
    rhythms: tuple[tuple[int, float], ...]
    """Days between patch days, with weights."""
    skipped: float
    """Chance that a patch day is skipped."""
    pause: float
    """Mean days between two bursts."""
    stays: float
    """Mean days until somebody leaves."""
    old_media: float
    """Share installed from a medium of the release's first day, with no update since where it is never updated."""
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


TUNED_ON = Family(
    name="tuned on", scheduled=0.45, bursty=0.2, left=0.2, never=0.15, rhythms=((7, 3), (30, 5), (90, 2)), skipped=0.15,
    pause=300, stays=1100, old_media=0.3, not_restarted=0.05, paid=0.1, bought=550, cadence=(60, 420), restarts=0.1,
)  # fmt: skip
WATCHED = Family(
    name="watched while tuning", scheduled=0.38, bursty=0.27, left=0.2, never=0.15, rhythms=((14, 3), (31, 4), (120, 3)), skipped=0.3,
    pause=480, stays=1500, old_media=0.45, not_restarted=0.08, paid=0.18, bought=700, cadence=(90, 500), restarts=0.06,
)  # fmt: skip
NEGLECTED = Family(
    name="neglected, watched too", scheduled=0.3, bursty=0.2, left=0.3, never=0.2, rhythms=((7, 2), (45, 4), (180, 4)), skipped=0.2,
    pause=700, stays=800, old_media=0.2, not_restarted=0.03, paid=0.25, bought=900, cadence=(30, 700), restarts=0.15,
)  # fmt: skip
"""These two were looked at while the estimator was made."""


def drawn(number: int) -> Family:
    """A fleet that nobody chose: every number by dice, out of ranges wider than those of the three above."""
    dice = random.Random(f"fleet {number}")
    shares = [dice.uniform(*ends) for ends in ((0.25, 0.5), (0.15, 0.3), (0.15, 0.3), (0.1, 0.25))]
    scheduled, bursty, left, never = (share / sum(shares) for share in shares)
    rhythms = tuple(
        (days, dice.uniform(1, 5)) for days in sorted(dice.sample((7, 14, 30, 45, 90, 120, 180), 3))
    )
    return Family(
        name=f"drawn {number}", scheduled=scheduled, bursty=bursty, left=left, never=never, rhythms=rhythms,
        skipped=dice.uniform(0.1, 0.35), pause=dice.uniform(250, 800), stays=dice.uniform(700, 1600),
        old_media=dice.uniform(0.15, 0.5), not_restarted=dice.uniform(0.02, 0.1), paid=dice.uniform(0.05, 0.25),
        bought=dice.uniform(400, 1000), cadence=(dice.randint(30, 100), dice.randint(300, 700)),
        restarts=dice.uniform(0.05, 0.15),
    )  # fmt: skip


Shown = tuple[str, Value, Port | None]


@dataclass(frozen=True)
class Host:
    """One host: what kind of evidence it gives, the truth, what it shows, and the naive reading of that."""

    source: str
    patched: date
    """The day its software was last level with its channel."""
    shows: tuple[Shown, ...]
    naive: date | None
    """The day on which the youngest version that it shows was published: what a release table alone would say."""

    def observations(self, address: str) -> tuple[Observation, ...]:
        """What a scan on NOW would have logged of it."""
        when = datetime(NOW.year, NOW.month, NOW.day, 9, tzinfo=UTC)
        seen = [("tcp.open", "yes", Port("tcp/80"))] if not self.shows else list(self.shows)
        return tuple(
            Observation(
                source="probe:bench", first=when, last=when, field=field, value=value, address=address, port=port,
                zone="office",
            )
            for field, value, port in seen
        )  # fmt: skip


def hosts(family: Family, each: int, seed: int) -> list[Host]:
    """Make so many hosts of every source."""
    dice = random.Random(f"{family.name} {seed}")
    return [make(family, dice) for make in SOURCES.values() for _ in range(each)]


def _life(family: Family, dice: random.Random, born: date, ends: date) -> tuple[list[date], date]:
    """The days on which a host was brought up to date, and the day whose state it was installed in.

    `ends` is the day after which nothing was published: a later patch day changes nothing.
    """
    sold = min(ends, NOW - timedelta(days=40))
    bought = min(born + timedelta(days=int(dice.expovariate(1 / family.bought))), sold)
    state = born if dice.random() < family.old_media else bought
    habit = dice.choices(
        ("scheduled", "bursty", "left", "never"), (family.scheduled, family.bursty, family.left, family.never)
    )[0]
    days = [] if habit == "never" else _patch_days(family, dice, habit, bought)
    return sorted({min(day, ends) for day in days if day <= NOW}), state


def _patch_days(family: Family, dice: random.Random, habit: str, since: date) -> list[date]:
    if habit == "bursty":
        days, at = [], since
        while at <= NOW:
            days += [at + timedelta(days=dice.randrange(25)) for _ in range(dice.randint(1, 4))]
            at += timedelta(days=int(dice.gammavariate(2, family.pause / 2)) + 20)
        return days
    until = NOW if habit == "scheduled" else since + timedelta(days=int(dice.expovariate(1 / family.stays)))
    step = dice.choices([days for days, _ in family.rhythms], [weight for _, weight in family.rhythms])[0]
    found, at = [], since + timedelta(days=dice.randrange(step))
    while at <= min(until, NOW):
        if dice.random() >= family.skipped:
            found.append(at)
        at += timedelta(days=step)
    return found


def _patched(days: Sequence[date], state: date) -> date:
    return days[-1] if days else state


@dataclass(frozen=True)
class Suite:
    """One Debian release: when it came, until when anybody updates it freely, and what it came with."""

    name: str
    number: int
    released: date
    ends: date
    elts: date
    packages: Mapping[str, str]


SUITES = (
    Suite("etch", 4, date(2007, 4, 8), date(2010, 2, 15), date(2010, 2, 15), {"openssh": "4.3p2-9", "php5": "5.2.0-8+etch16"}),
    Suite("lenny", 5, date(2009, 2, 14), date(2012, 2, 6), date(2012, 2, 6), {"openssh": "5.1p1-5", "php5": "5.2.6.dfsg.1-1+lenny16"}),
    Suite("squeeze", 6, date(2011, 2, 6), date(2016, 2, 29), date(2016, 2, 29), {"openssh": "5.5p1-6", "bind9": "1:9.7.3.dfsg-1~squeeze11"}),
    Suite("wheezy", 7, date(2013, 5, 4), date(2018, 5, 31), date(2020, 6, 30), {"openssh": "6.0p1-4", "php5": "5.4.4-14", "mysql-5.5": "5.5.31+dfsg-0+wheezy1"}),
    Suite("jessie", 8, date(2015, 4, 25), date(2020, 6, 30), date(2025, 6, 30), {"openssh": "6.7p1-5", "php5": "5.6.7+dfsg-1", "mysql-5.5": "5.5.43-0+deb8u1", "bind9": "9.9.5-9"}),
    Suite("stretch", 9, date(2017, 6, 17), date(2022, 6, 30), date(2027, 6, 30), {"openssh": "7.4p1-10", "php7.0": "7.0.19-1", "bind9": "9.10.3-12.3"}),
    Suite("buster", 10, date(2019, 7, 6), date(2024, 6, 30), date(2029, 6, 30), {"openssh": "7.9p1-10", "php7.3": "7.3.4-2", "bind9": "9.11.5-5.1"}),
    Suite("bullseye", 11, date(2021, 8, 14), date(2026, 8, 31), date(2031, 6, 30), {"openssh": "8.4p1-5", "php7.4": "7.4.21-1"}),
    Suite("bookworm", 12, date(2023, 6, 10), date(2028, 6, 30), date(2033, 6, 30), {"openssh": "9.2p1-2", "bind9": "9.18.16-1"}),
    Suite("trixie", 13, date(2025, 8, 9), date(2030, 6, 30), date(2035, 6, 30), {"openssh": "10.0p1-7", "bind9": "9.20.11-1"}),
)  # fmt: skip


LAST_DAYS = frozenset(day for suite in SUITES for day in (suite.ends, suite.elts))
"""Whoever updates a suite after its end is level with one of these."""


@functools.cache
def _channel(suite: str, package: str) -> tuple[tuple[date, str], ...]:
    """The revisions that a suite's own updates brought, oldest first."""
    with (FACTS / "debian_revisions.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["package"] == package]
    own = [row for row in rows if row["suite"].split()[0].removesuffix("-security") == suite]
    return tuple(sorted((date.fromisoformat(row["day"]), row["revision"]) for row in own))


def debian(packages: int, source: str) -> Callable[[Family, random.Random], Host]:
    """A Debian host that shows so many packages."""

    def make(family: Family, dice: random.Random) -> Host:
        suite = dice.choice(SUITES)
        ends = suite.elts if dice.random() < family.paid else suite.ends
        days, state = _life(family, dice, suite.released, min(ends, NOW))
        last = _patched(days, state)
        idle = len(days) > 1 and dice.random() < family.not_restarted
        running = dice.choice(days[:-1][-3:]) if idle else last
        others = [one for one in suite.packages if one != "openssh"]
        names = ["openssh", *dice.sample(others, k=min(packages, len(suite.packages)) - 1)]
        shows, newest = [], []
        for name in names:
            day, revision = _installed(suite, name, running - timedelta(days=dice.choice((0, 0, 1, 2))))
            if shown := _banner(name, revision.rpartition(":")[2]):
                shows.append(shown)
                newest.append(day)
        return Host(source, last, tuple(shows), max(newest))

    return make


def _installed(suite: Suite, package: str, day: date) -> tuple[date, str]:
    """What the archive had on that day, and since when."""
    base = (suite.released, suite.packages[package])
    return max(
        ((came, one) for came, one in _channel(suite.name, package) if suite.released < came <= day),
        default=base,
    )


def _banner(package: str, revision: str) -> Shown | None:
    upstream, _, rest = revision.partition("-")
    if package == "openssh":
        return "ssh.banner", f"OpenSSH_{upstream} Debian-{rest}", Port("tcp/22")
    if "deb" not in revision:
        return None
    if package.startswith("php"):
        return "http_header.x_powered_by", f"PHP/{upstream.removesuffix('+dfsg')}-{rest}", Port("tcp/80")
    if package == "bind9":
        return "dns.versionbind", f"{revision}-Debian", Port("udp/53")
    return "mysql.banners", revision, Port("tcp/3306")


_RED_HAT = (
    (date(2007, 3, 14), date(2017, 3, 31), ((date(2007, 3, 14), "4.3"),)),
    (date(2011, 7, 10), date(2020, 11, 30), ((date(2011, 7, 10), "5.3"),)),
    (date(2014, 7, 7), date(2024, 6, 30), ((date(2014, 7, 7), "6.4"), (date(2015, 12, 10), "6.6.1"), (date(2017, 9, 13), "7.4"))),
    (date(2019, 9, 24), date(2021, 12, 31), ((date(2019, 9, 24), "7.8"), (date(2020, 1, 15), "8.0"))),
)  # fmt: skip
"""Releases of a rebuild of RHEL: first and last day, and the OpenSSH that each point release brought."""


def upstream(family: Family, dice: random.Random) -> Host:
    """Shows only what its maker calls the version, because its distribution hides the rest."""
    born, ends, versions = dice.choice(_RED_HAT)
    days, state = _life(family, dice, born, ends)
    last = _patched(days, state)
    came, version = max(one for one in versions if one[0] <= max(last, born))
    return Host(
        "upstream version only",
        last,
        (("ssh.banner", f"OpenSSH_{version}", Port("tcp/22")),),
        _openssh().get(version, came),
    )


@functools.cache
def _openssh() -> Mapping[str, date]:
    with (FACTS / "releases.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["product"] == "openbsd:openssh"]
    return {row["version"].partition("p")[0]: date.fromisoformat(row["day"]) for row in rows}


_WINDOWS = (
    ("6.1.7601", date(2011, 2, 22), date(2020, 1, 14), date(2023, 1, 10)),
    ("6.3.9600", date(2013, 10, 17), date(2023, 10, 10), date(2026, 10, 13)),
    ("10.0.14393", date(2016, 10, 15), date(2027, 1, 12), date(2027, 1, 12)),
    ("10.0.17763", date(2018, 11, 13), date(2029, 1, 9), date(2029, 1, 9)),
    ("10.0.19045", date(2022, 10, 18), date(2025, 10, 14), date(2028, 10, 10)),
    ("10.0.20348", date(2021, 8, 18), date(2031, 10, 14), date(2031, 10, 14)),
)  # fmt: skip
"""Build, first day, last day of free updates, last day of paid ones."""


def generation(family: Family, dice: random.Random) -> Host:
    """Windows that shows its build without the update revision."""
    build, born, last, _ = _windows(family, dice, _WINDOWS)
    return Host("Windows build only", last, (("ntlm.version", build, Port("tcp/445")),), born)


def started(family: Family, dice: random.Random) -> Host:
    """Windows 7 or 2008 R2 that also shows when it last started: its last update was in time for that."""
    build, born, last, days = _windows(family, dice, _WINDOWS[:1])
    month = timedelta(days=30)
    boot = at = last
    while at + month <= NOW:
        at += month
        if dice.random() < family.restarts:
            boot = at
    if dice.random() < family.not_restarted and len(days) > 1:
        boot = days[-2]
        last = boot
    shows: tuple[Shown, ...] = (
        ("ntlm.version", build, Port("tcp/445")),
        ("smb2.boot_time", f"{boot}T08:00:00Z", Port("tcp/445")),
    )
    return Host("Windows build and start", last, shows, born)


def _windows(
    family: Family, dice: random.Random, builds: Sequence[tuple[str, date, date, date]]
) -> tuple[str, date, date, list[date]]:
    build, born, ends, paid = dice.choice(builds)
    days, state = _life(family, dice, born, min(NOW, paid if dice.random() < family.paid else ends))
    return build, born, _patched(days, state), days


def exact(family: Family, dice: random.Random) -> Host:
    """Windows whose mail service shows the update revision."""
    build, _, last, _ = _windows(family, dice, [one for one in _WINDOWS if one[0] in _updates()])
    rows = _updates()[build]
    came, revision = max((one for one in rows if one[0] <= last), default=rows[0])
    if last - rows[-1][0] > timedelta(days=35):
        # updates went on after our table ends, and so did their numbers
        revision += (last - rows[-1][0]).days * 3
    said = f"mx Microsoft ESMTP MAIL Service, Version: {build}.{revision} ready"
    return Host("Windows update revision", last, (("smtp.banner", said, Port("tcp/25")),), came)


@functools.cache
def _updates() -> Mapping[str, Sequence[tuple[date, int]]]:
    found: dict[str, list[tuple[date, int]]] = {}
    with (FACTS / "windows_updates.csv").open() as table:
        for row in csv.DictReader(table):
            found.setdefault(row["build"], []).append((date.fromisoformat(row["day"]), int(row["revision"])))
    server = {"10.0.14393", "10.0.17763", "10.0.20348"}
    return {build: sorted(rows) for build, rows in found.items() if build in server}


_EXCHANGE = (
    ("15.0.", date(2013, 4, 2), date(2023, 4, 11)),
    ("15.1.", date(2015, 10, 1), date(2025, 10, 14)),
    ("15.2.", date(2018, 10, 22), date(2025, 10, 14)),
)
"""Beginning of the build, first day, last day of updates: Exchange 2013, 2016 and 2019."""


def exchange(family: Family, dice: random.Random) -> Host:
    """A mail server whose build is in its greeting; whoever updates it takes the newest build there is."""
    stem, born, ends = dice.choice(_EXCHANGE)
    builds = _exchange_builds(stem)
    days, state = _life(family, dice, born, min(NOW, ends))
    last = _patched(days, state)
    number = max((one for one in builds if builds[one] <= last), default=min(builds))
    said = f"The Microsoft Exchange POP3 server version {'.'.join(map(str, number))} ready"
    return Host(
        "Exchange build", max(last, builds[number]), (("pop3.banner", said, Port("tcp/110")),), builds[number]
    )


@functools.cache
def _exchange_builds(stem: str) -> Mapping[tuple[int, ...], date]:
    with (FACTS / "exchange_builds.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["build"].startswith(stem)]
    return {tuple(map(int, row["build"].split("."))): date.fromisoformat(row["day"]) for row in rows}


def firmware(family: Family, dice: random.Random) -> Host:
    """A device whose firmware says when it was compiled; its maker mends it for some years."""
    born = date(2002, 1, 1) + timedelta(days=dice.randrange(22 * 365))
    mended = born + timedelta(days=dice.randint(3 * 365, 11 * 365))
    builds, at = [], born
    while at <= min(mended, NOW):
        builds.append(at)
        at += timedelta(days=dice.randint(*family.cadence))
    days, state = _life(family, dice, born, min(NOW, builds[-1] + timedelta(days=45)))
    last = _patched(days, state)
    lag = timedelta(days=dice.randint(10, 45))
    built = max((one for one in builds if one + lag <= last), default=builds[0])
    last = max(last, built)
    said = f"Frobnet switch software, Compiled {built:%a %d-%b-%y} 02:09 by team"  # of no maker whose dates are known
    return Host("in-band build date", last, (("snmp.sys_description", said, Port("udp/161")),), built)


def nothing(family: Family, dice: random.Random) -> Host:
    """A device that shows nothing that could be dated."""
    born = NOW - timedelta(days=int(min(dice.expovariate(1 / 1800), 8000)) + 60)
    return Host("none", _patched(*_life(family, dice, born, NOW)), (), None)


SOURCES: Mapping[str, Callable[[Family, random.Random], Host]] = {
    "distro suffix, one service": debian(1, "distro suffix, one service"),
    "distro suffix, several": debian(3, "distro suffix, several"),
    "upstream version only": upstream,
    "Windows build only": generation,
    "Windows build and start": started,
    "Windows update revision": exact,
    "Exchange build": exchange,
    "in-band build date": firmware,
    "none": nothing,
}
