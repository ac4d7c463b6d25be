"""Evidence rows 1, 2 and 6: package revisions, upstream versions and exact builds of what the device runs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from scanner.age import ends, evidence
from scanner.age.estimate import Row
from scanner.age.kept import KEEPERS, keeper
from scanner.age.scene import SSH, Scene, text
from scanner.model.knowledge import PackageRevision, Update
from scanner.model.observation import EvidenceId

SOURCES: Final[Mapping[str, str]] = {
    "apache:http_server": "apache2",
    "dovecot:dovecot": "dovecot",
    "dropbear_ssh_project:dropbear_ssh": "dropbear",
    "exim:exim": "exim4",
    "f5:nginx": "nginx",
    "isc:bind": "bind9",
    "lighttpd:lighttpd": "lighttpd",
    "openbsd:openssh": "openssh",
    "postfix:postfix": "postfix",
    "proftpd:proftpd": "proftpd-dfsg",
    "samba:samba": "samba",
    "vsftpd_project:vsftpd": "vsftpd",
}
"""Product -> the Debian source package whose suffix its banner shows."""

NAMES: Final[Mapping[str, str]] = {
    "dropbear": SSH,
    "dropbear_ssh_project:dropbear_ssh": SSH,
    "openbsd:openssh": SSH,
    "openssh": SSH,
}
"""Package or product -> what to call the component, where other rows speak of it too."""

EXACT: Final[Mapping[str, bool]] = {
    "microsoft:exchange_server": False,
    "microsoft:sharepoint_server": False,
    "microsoft:sql_server": False,
    "vmware:esxi": True,
    "vmware:vcenter_server": True,
}
"""Products whose version is an exact build -> whether it is the system's own."""

LATE: Final = 3.0
"""Judgement: days after a distribution's next revision in which its mirrors may still lack it, to 1/e."""
ABROAD: Final = 1.0
"""Judgement: the same for what a maker's own servers give out: a day, since days begin at other hours elsewhere."""
NOT_RESTARTED: Final = 0.05
"""Judgement: chance that a service still runs as it was before the last update."""
ENTERPRISE: Final = 0.9
"""Judgement: how often a bare version that an enterprise distribution keeps is that distribution's."""
FROZEN: Final = 3650.0
"""Judgement: days for which an upstream version may stay in use after the next one came out, to 1/e, while its channel lives."""

_REVISIONS: Final = ("debian_revisions",)
_STABLE: Final = re.compile(r"(\+deb\d|ubuntu|~bpo|\+esm|\+squeeze|\+lenny|etch\d|\.?sarge\.|\.woody\.)")
"""What a stable release's own updates append to the revision that it started from."""
_UPDATE: Final = re.compile(r"(?P<base>.+\+deb\d{1,2})u(?P<update>\d{1,3})")
_MOST_UPDATES: Final = 99
"""More than any release has had of one package."""
_NUMBERED: Final = re.compile(r"(?:\+deb|~deb)(\d{1,2})u\d")
_NAMED: Final = re.compile(r"(squeeze|lenny|etch|sarge|woody)")
_IN_TEXT: Final = (
    (re.compile(r"\bPHP/(?P<version>(?P<line>\d\.\d)\.\d{1,3}-[\w.+~-]*deb\d{1,2}u\d{1,2})"), "php"),
    (re.compile(r"\b(?P<version>(?P<line>1\d\.\d{1,2})\.\d{1,3})-MariaDB-(?P<rest>[\w.+~]*deb\d{1,2}u\d{1,2})"), "mariadb-"),
    (re.compile(r"\b(?P<version>(?P<line>5\.[15])\.\d{1,3}-[\w.+~]*deb\d{1,2}u\d{1,2})"), "mysql-"),
)  # fmt: skip
"""Package revisions that a program says in its banner, and how its Debian source package is named after its line."""


def package_rows(scene: Scene) -> Iterator[Row]:
    """Row 1: a distribution published this revision, and the next one of that suite is not installed.

    A revision that no table knows (Ubuntu, ESM and other paid channels) is dated by the one it was made from: a lower
    bound only, since what came after it in that channel is not known.
    """
    for name, version, shown in _revisions(scene):
        suite = _suite(version, scene)
        exact = None if "~bpo" in version else _known(scene, name, version, suite)
        if exact is not None and suite is None and not _STABLE.search(version):
            # which suite started from it is not known, and what followed in `unstable` bounds nothing
            exact = msgspec.structs.replace(exact, following=None, next_day=None)
        if exact is not None:
            yield _package(scene, exact, shown)
        elif near := _nearest(scene, name, version, suite):
            yield _package(scene, near, shown, as_shown=version)
        elif base := scene.knowledge.package(name, _STABLE.split(version)[0]):
            words = f"the package {name} {version} was made from {base.version}, which was published on {base.day}"
            yield _row(
                scene,
                "package-base",
                name,
                (base.day, None),
                words,
                shown,
                grade="E2",
                eps=0.05,
                system=True,
                tables=_REVISIONS,
            )


def upstream_rows(scene: Scene) -> Iterator[Row]:
    """Row 2: a version that its maker published; distributions keep it for years, so its end hardly bounds anything."""
    packaged = {name for name, _, _ in _revisions(scene)}
    for program in scene.programs:
        if program.version is None or program.product in EXACT or SOURCES.get(program.product) in packaged:
            continue
        came = scene.knowledge.bracket(program.product, program.version)
        if came.earliest is None:
            continue
        after = scene.knowledge.following(program.product, program.version)
        if after is not None and after.version.startswith(f"{program.version}."):
            after = None  # `3.4` before 3.4.1 names the whole line: which of it is installed was not said
        told = f"{program.name} {program.version} came out "
        told += f"on {came.earliest}" if came.exact else f"after {came.earliest}"
        if after is not None:
            told += f", its successor {after.version} on {after.day} (a distribution may keep the old one for years)"
        until, stops = _kept(
            scene, program.product, program.version, after.day if after is not None else None
        )
        yield _row(
            scene, "upstream", NAMES.get(program.product, program.name), (came.earliest, until), told, program.evidence,
            grade="E3", eps=0.05, delta=FROZEN, stops=stops, tables=("releases",),
        )  # fmt: skip


def _kept(scene: Scene, product: str, version: str, successor: date | None) -> tuple[date | None, ends.Ends]:
    """Until when somebody who updates still shows a version, and when updates of it stopped.

    An enterprise distribution that keeps it mends it in place until that release ends; any other may, for some years.
    Where the system is known, its own ends count.
    """
    if successor is None or scene.readings:
        return successor, ()
    spread = ends.of_unknown(successor, scene.today)
    kept = keeper(product, version)
    if kept is None:
        return successor, spread
    branches = [one for name in KEEPERS for one in scene.knowledge.branches(name, kept.branch)]
    named = ends.of_branches(branches, scene.today)
    most, rest = sum(weight for _, weight in named), sum(weight for _, weight in spread)
    found = {day: weight / most * ENTERPRISE for day, weight in named}
    for day, weight in spread:
        found[day] = found.get(day, 0.0) + weight / rest * (1 - ENTERPRISE)
    return kept.until, tuple(sorted(found.items()))


def exact_rows(scene: Scene) -> Iterator[Row]:
    """Row 6: the exact build of a product, whose maker publishes each build on a known day."""
    for program in (*scene.programs, *evidence.systems(scene.device, scene.knowledge)):
        if program.version is None or program.product not in EXACT:
            continue
        came = scene.knowledge.bracket(program.product, program.version)
        if came.earliest is None:
            continue
        after = scene.knowledge.following(program.product, program.version)
        branches = scene.knowledge.branches(program.product, program.version)
        system = EXACT[program.product]
        told = f"{program.name} {program.version} came out {'on' if came.exact else 'after'} {came.earliest}"
        told += f", the next build on {after.day}" if after is not None else ""
        yield _row(
            scene, "build", "system" if system else program.name, (came.earliest, after.day if after else None), told,
            program.evidence, grade="E4" if came.exact else "E3", eps=0.01, delta=ABROAD, system=system,
            tables=("exchange_builds",) if program.product == "microsoft:exchange_server" else ("releases",),
            stops=() if system and scene.readings else ends.of_branches(branches, scene.today),
        )  # fmt: skip


_IIS_SMTP: Final = re.compile(r"Microsoft ESMTP MAIL Service, Version: (\d{1,2}\.\d\.\d{4,5})\.(\d{1,6})\b")
_FULL: Final = re.compile(r"(\d{1,2}\.\d\.\d{4,5})\.(\d{1,6})")


def update_rows(scene: Scene) -> Iterator[Row]:
    """Row 6 for Windows: a build with its update revision, as IIS's mail service and inventories say it."""
    for build, revision, shown, source in _full_builds(scene):
        found = _around(scene.knowledge.updates(build), revision)
        if found is None:
            continue
        update, after = found
        until = after.day if after is not None else None
        if until is None and update.revision == revision:
            until = _patch_tuesday(update.day)
        told = f"Windows {build}.{revision} ({source}) came with the update of {update.day}"
        told += f"; that of {until} is not installed" if until is not None and until <= scene.today else ""
        yield _row(
            scene, "update", "system", (update.day, until), told, (shown,),
            grade="E4", eps=0.02, delta=ABROAD, system=True, tables=("windows_updates",),
        )  # fmt: skip


def _full_builds(scene: Scene) -> Iterator[tuple[str, int, EvidenceId, str]]:
    for claim in scene.device.facts:
        found = _FULL.fullmatch(claim.value) if claim.attr == "os.build" else None
        if found:
            yield found[1], int(found[2]), claim.evidence, claim.seen.source
    for one, shown in scene.each("smtp.banner"):
        found = _IIS_SMTP.search(text(one.value))
        if found:
            yield found[1], int(found[2]), shown, "its mail service"


def _around(updates: Iterable[Update], revision: int) -> tuple[Update, Update | None] | None:
    """The newest update up to the revision, and the first above it; None below the first."""
    ordered = sorted(updates, key=lambda one: one.revision)
    lower = [one for one in ordered if one.revision <= revision]
    upper = [one for one in ordered if one.revision > revision]
    return (lower[-1], upper[0] if upper else None) if lower else None


def _patch_tuesday(day: date) -> date:
    """The next monthly update of Windows after a day that our table ends with: the second Tuesday of the next month."""
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first + timedelta(days=(1 - first.weekday()) % 7 + 7)


def _revisions(scene: Scene) -> tuple[tuple[str, str, tuple[EvidenceId, ...]], ...]:
    """Source package and revision of each program that shows one, each once with all its evidence."""
    found: dict[tuple[str, str], set[EvidenceId]] = {}
    for product, version, shown in scene.packaged:
        if product in SOURCES:
            found.setdefault((SOURCES[product], version), set()).add(shown)
    for one, name in scene.each("http_header.x_powered_by", "http_header.server", "mysql.banners"):
        for package, version in _in_text(text(one.value)):
            found.setdefault((package, version), set()).add(name)
    return tuple(
        (package, version, tuple(sorted(shown))) for (package, version), shown in sorted(found.items())
    )


def _in_text(said: str) -> Iterator[tuple[str, str]]:
    for pattern, stem in _IN_TEXT:
        for found in pattern.finditer(said[:2048]):
            parts = found.groupdict()
            version = parts["version"] + (f"-{parts['rest']}" if "rest" in parts else "")
            line = parts["line"]
            # Debian numbered PHP 5 as one line, and each PHP since then by its minor version
            yield (stem + ("5" if stem == "php" and line[0] == "5" else line)), version


def _known(scene: Scene, name: str, version: str, suite: str | None) -> PackageRevision | None:
    """The revision in its suite, else anywhere; PHP leaves the `+dfsg` of its package out of its banner."""
    upstream, dash, revision = version.partition("-")
    for spelled in (version, f"{upstream}+dfsg{dash}{revision}"):
        found = scene.knowledge.package(name, spelled, suite) or scene.knowledge.package(name, spelled)
        if found is not None:
            return found
    return None


def _nearest(scene: Scene, name: str, version: str, suite: str | None) -> PackageRevision | None:
    """The newest known update of its stable release that is not newer than the one shown; None where none is known."""
    found = _UPDATE.fullmatch(version)
    if found is None or suite is None:
        return None
    best: PackageRevision | None = None
    for number in range(min(int(found["update"]), _MOST_UPDATES), 0, -1):
        best = scene.knowledge.package(name, f"{found['base']}u{number}", suite)
        if best is not None:
            break
    return best


def _suite(version: str, scene: Scene) -> str | None:
    """The code name of the suite that a revision belongs to; None when nothing says it."""
    if named := _NAMED.search(version):
        return named[1]
    numbered = _NUMBERED.search(version)
    told = scene.device.attributes.get("os.version")
    number = numbered[1] if numbered else told.value.removesuffix(".0") if told else None
    release = scene.knowledge.distro(number) if number else None
    return release.series if release is not None and release.distro == "debian" else None


def _package(
    scene: Scene, revision: PackageRevision, shown: tuple[EvidenceId, ...], as_shown: str | None = None
) -> Row:
    words = f"the package {revision.package} {revision.version} was published on {revision.day}"
    if as_shown is not None:
        words = f"the package {revision.package} {as_shown} came after {revision.version} of {revision.day}"
    if revision.next_day is not None:
        words += f"; {revision.following} of {revision.next_day} is not installed"
    return _row(
        scene, "package", NAMES.get(revision.package, revision.package), (revision.day, revision.next_day), words, shown,
        grade="E4" if as_shown is None else "E3", eps=0.03, delta=LATE, lag=NOT_RESTARTED, system=True,
        tables=("ubuntu_revisions",) if "ubuntu" in revision.version else _REVISIONS,
    )  # fmt: skip


def _row(
    scene: Scene,
    source: str,
    component: str,
    days: tuple[date, date | None],
    words: str,
    shown: tuple[EvidenceId, ...],
    *,
    grade: str,
    eps: float,
    delta: float = 30.0,
    lag: float = 0.0,
    system: bool = False,
    tables: tuple[str, ...] = (),
    stops: ends.Ends = (),
) -> Row:
    since, until = days
    # two revisions of one day: the earlier one was out for less than a day
    until = until if until is None or until > since else since + timedelta(days=1)
    return Row(
        source=source,
        component=component,
        not_before=min(since, scene.today),
        not_after=until if until is None or until <= scene.today else None,
        delta=delta,
        eps=eps,
        lag=lag,
        system=system,
        grade=grade,
        text=words,
        evidence=shown,
        seen=scene.last(shown),
        tables=tables,
        stops=stops,
    )
