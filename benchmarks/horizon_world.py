"""Hosts that were patched until a known day, and what they would show of it: the world that bench_horizon.py judges in.

Kept apart from the code it judges: it knows nothing of `scanner.age`. How hosts are looked after stands in `horizon_lives.py`;
here is what they run, media that lay in a drawer, and services that were not restarted. The dates of versions are public
facts, read from the project's tables.
"""

import csv
import functools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from horizon_lives import NOW, Fleet, life

from scanner.model.net import Port
from scanner.model.observation import Observation, Value

FACTS = Path(__file__).parents[1] / "scanner" / "knowledge" / "facts"


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


def hosts(fleet: Fleet, each: int, seed: int) -> list[Host]:
    """Make so many hosts of every source."""
    dice = random.Random(f"{fleet.name} {seed}")
    return [make(fleet, dice) for make in SOURCES.values() for _ in range(each)]


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
    Suite("jessie", 8, date(2015, 4, 26), date(2020, 6, 30), date(2025, 6, 30), {"openssh": "6.7p1-5", "php5": "5.6.7+dfsg-1", "mysql-5.5": "5.5.43-0+deb8u1", "bind9": "9.9.5-9"}),
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


def debian(packages: int, source: str) -> Callable[[Fleet, random.Random], Host]:
    """A Debian host that shows so many packages."""

    def make(fleet: Fleet, dice: random.Random) -> Host:
        suite = dice.choice(SUITES)
        ends = suite.elts if dice.random() < fleet.paid else suite.ends
        days, state = life(fleet, dice, suite.released, min(ends, NOW))
        last = _patched(days, state)
        idle = len(days) > 1 and dice.random() < fleet.not_restarted
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
    (date(2007, 3, 14), date(2017, 3, 31), date(2020, 11, 30), ((date(2007, 3, 14), "4.3"),)),
    (date(2011, 7, 10), date(2020, 11, 30), date(2024, 6, 30), ((date(2011, 7, 10), "5.3"),)),
    (date(2014, 7, 7), date(2024, 6, 30), date(2028, 6, 30), ((date(2014, 7, 7), "6.4"), (date(2015, 12, 10), "6.6.1"), (date(2017, 9, 13), "7.4"))),
    (date(2019, 9, 24), date(2021, 12, 31), date(2029, 5, 31), ((date(2019, 9, 24), "7.8"), (date(2020, 1, 15), "8.0"))),
)  # fmt: skip
"""Releases of a rebuild of RHEL: first day, last day, last day of paid updates, and the OpenSSH that each point release brought."""


APPLIANCES = 0.25
"""Share of the hosts with a bare version that are firmware of some maker, and no rebuild of RHEL."""


def upstream(fleet: Fleet, dice: random.Random) -> Host:
    """Shows only what its maker calls the version, because its distribution hides the rest."""
    if dice.random() < APPLIANCES:
        return _appliance(fleet, dice)
    born, free, paid, versions = dice.choice(_RED_HAT)
    days, state = life(fleet, dice, born, min(NOW, paid if dice.random() < fleet.paid else free))
    last = _patched(days, state)
    came, version = max(one for one in versions if one[0] <= max(last, born))
    return Host(
        "upstream version only",
        last,
        (("ssh.banner", f"OpenSSH_{version}", Port("tcp/22")),),
        _openssh().get(version, came),
    )


def _appliance(fleet: Fleet, dice: random.Random) -> Host:
    """A firmware whose maker took the OpenSSH of its time and mended everything else for some years."""
    version, came = dice.choice([one for one in sorted(_openssh().items()) if 2004 <= one[1].year <= 2021])
    born = came + timedelta(days=dice.randrange(700))
    days, state = life(fleet, dice, born, min(NOW, born + timedelta(days=dice.randint(2 * 365, 10 * 365))))
    shows = (("ssh.banner", f"OpenSSH_{version}", Port("tcp/22")),)
    return Host("upstream version only", _patched(days, state), shows, came)


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


def generation(fleet: Fleet, dice: random.Random) -> Host:
    """Windows that shows its build without the update revision."""
    build, born, last, _ = _windows(fleet, dice, _WINDOWS)
    return Host("Windows build only", last, (("ntlm.version", build, Port("tcp/445")),), born)


def started(fleet: Fleet, dice: random.Random) -> Host:
    """Windows 7 or 2008 R2 that also shows when it last started: its last update was in time for that."""
    build, born, last, days = _windows(fleet, dice, _WINDOWS[:1])
    month = timedelta(days=30)
    boot = at = last
    while at + month <= NOW:
        at += month
        if dice.random() < fleet.restarts:
            boot = at
    if dice.random() < fleet.not_restarted and len(days) > 1:
        boot = days[-2]
        last = boot
    shows: tuple[Shown, ...] = (
        ("ntlm.version", build, Port("tcp/445")),
        ("smb2.boot_time", f"{boot}T08:00:00Z", Port("tcp/445")),
    )
    return Host("Windows build and start", last, shows, born)


def _windows(
    fleet: Fleet, dice: random.Random, builds: Sequence[tuple[str, date, date, date]]
) -> tuple[str, date, date, list[date]]:
    build, born, ends, paid = dice.choice(builds)
    days, state = life(fleet, dice, born, min(NOW, paid if dice.random() < fleet.paid else ends))
    return build, born, _patched(days, state), days


def exact(fleet: Fleet, dice: random.Random) -> Host:
    """Windows whose mail service shows the update revision."""
    build, _, last, _ = _windows(fleet, dice, [one for one in _WINDOWS if one[0] in _updates()])
    rows = _updates()[build]
    came, revision = max((one for one in rows if one[0] <= last), default=rows[0])
    last = max(last, came)
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


def exchange(fleet: Fleet, dice: random.Random) -> Host:
    """A mail server whose build is in its greeting; whoever updates it takes the newest build there is."""
    stem, born, ends = dice.choice(_EXCHANGE)
    builds = _exchange_builds(stem)
    days, state = life(fleet, dice, max(born, min(builds.values())), min(NOW, ends))
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


def firmware(fleet: Fleet, dice: random.Random) -> Host:
    """A device whose firmware says when it was compiled; its maker mends it for some years."""
    born = date(2002, 1, 1) + timedelta(days=dice.randrange(22 * 365))
    mended = born + timedelta(days=dice.randint(3 * 365, 11 * 365))
    builds, at = [], born
    while at <= min(mended, NOW):
        builds.append(at)
        at += timedelta(days=dice.randint(*fleet.cadence))
    days, state = life(fleet, dice, born, min(NOW, mended))
    last = _patched(days, state)
    lag = timedelta(days=dice.randint(10, 45))
    built = max((one for one in builds if one + lag <= last), default=builds[0])
    last = max(last, built)
    said = f"Frobnet switch software, Compiled {built:%a %d-%b-%y} 02:09 by team"  # of no maker whose dates are known
    return Host("in-band build date", last, (("snmp.sys_description", said, Port("udp/161")),), built)


def nothing(fleet: Fleet, dice: random.Random) -> Host:
    """A device that shows nothing that could be dated."""
    born = NOW - timedelta(days=int(min(dice.expovariate(1 / 1800), 8000)) + 60)
    return Host("none", _patched(*life(fleet, dice, born, NOW)), (), None)


SOURCES: Mapping[str, Callable[[Fleet, random.Random], Host]] = {
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
