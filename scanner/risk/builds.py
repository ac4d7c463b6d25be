"""Known holes of a Windows build: exact by its update revision, else by the patch horizon."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from scanner.model.kinds import Support
from scanner.model.knowledge import Affected, Knowledge
from scanner.risk.candidate import Candidate, Known, holes, weakness
from scanner.risk.facts import unique
from scanner.risk.finding import Case

_WINDOWS: Final = "microsoft:windows"
_BUILD: Final = re.compile(r"(\d+\.\d+\.\d+)(?:\.(\d+))?")
_LEAST: Final = 0.5
"""Judgement: a fix that is more likely there than not is no finding; what is not known is said as not known elsewhere."""


def windows(case: Case, knowledge: Knowledge, judged: Collection[str]) -> Iterator[Known]:
    """Exploited holes of a Windows build: exact where its update revision was said, else by the patch horizon."""
    build = case.device.attributes.get("os.build")
    found = _BUILD.search(build.value) if build else None
    if build is None or found is None:
        return
    number, revision = found[1], found[2]
    if revision:
        rows: Iterable[Affected] = knowledge.affected(_WINDOWS, f"{number}.{revision}")
        kept = [Candidate(cve=one.cve, present=case.values["present.e4"], grade="E4") for one in rows]
        because = f"update revision {revision} is older than the fixes"
    else:
        kept = list(_by_horizon(case, knowledge, number))
        because = "by its patch horizon: how likely each fix is younger than its last update"
    kept = [one for one in {one.cve: one for one in kept}.values() if one.cve not in judged]
    if kept and case.facts.ports:
        yield weakness(
            case,
            knowledge,
            kept,
            what=f"Windows {build.value}",
            sort="known" if revision else "probable",
            key=f"{_WINDOWS}@{build.value}",
            because=(because,),
            ports=tuple(sorted(case.facts.ports)),
            evidence=unique((*build.evidence, *(() if revision else case.age.horizon.evidence))),
        )


def _by_horizon(case: Case, knowledge: Knowledge, number: str) -> Iterator[Candidate]:
    for cve, day in _fixes(knowledge, number):
        belief = case.age.horizon.before(day)
        if belief is not None and belief >= _LEAST:
            yield Candidate(cve=cve, present=belief, grade="E2")


@lru_cache(maxsize=256)
def _fixes(knowledge: Knowledge, number: str) -> tuple[tuple[str, date], ...]:
    """The holes of a build and the day of each one's fix: a fleet has many devices of few builds."""
    rows = (one for one in knowledge.affected(_WINDOWS) if one.start == number)
    return tuple((one.cve, day) for one in rows if (day := fixed_on(knowledge, one)))


def fixed_on(knowledge: Knowledge, one: Affected) -> date | None:
    """The day of a Windows fix: of the update revision that holds it, else the first day of the CVE's year.

    The second is too early, never too late: P(last update before it) then never overstates.
    """
    found = _BUILD.fullmatch(one.below or "")
    if found is None or found[2] is None:
        return None
    updates = knowledge.updates(found[1])
    at = bisect_left(updates, int(found[2]), key=lambda update: update.revision)
    return updates[at].day if at < len(updates) else date(int(one.cve[4:8]), 1, 1)


def after_support(case: Case, knowledge: Knowledge) -> tuple[str, ...]:
    """A sentence for a Windows that nobody mends: how many exploited Windows holes are younger than its support.

    The year in a CVE's number is when it was assigned, so only later years than that of the end count.
    """
    age, ends = case.age, case.age.ends
    if age.support is not Support.UNSUPPORTED or ends is None or case.facts.windows is None:
        return ()
    later = [
        one
        for one in knowledge.exploited()
        if one.vendor == "Microsoft" and one.readable == "B" and int(one.cve[4:8]) > ends.year
    ]
    if not later:
        return ()
    text = (
        f"{holes(len(later), 'exploited')} in Windows {'was' if len(later) == 1 else 'were'} numbered after"
        f" {ends.year}, when its support ended;"
        " which of them are in this version was not tested"
    )
    return (text,)
