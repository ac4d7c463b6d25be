"""The informative deadline of BOD 26-04."""

from datetime import date

import pytest

from scanner.risk.directive import deadline

SEEN = date(2026, 11, 23)

# exploited, exposed, automatable, total -> days
TABLE = [
    ("NNNP", None), ("NNNT", None), ("NNYP", 60), ("NNYT", 60), ("NYNP", 60), ("NYNT", 14), ("NYYP", 14), ("NYYT", 3),
    ("YNNP", 14), ("YNNT", 14), ("YNYP", 14), ("YNYT", 3), ("YYNP", 14), ("YYNT", 3), ("YYYP", 3), ("YYYT", 3),
]  # fmt: skip


@pytest.mark.parametrize(("row", "days"), TABLE)
def test_each_row_of_the_directive_gives_its_days(make, row, days):
    exploited, exposed, automatable, impact = row
    known = make.listed("CVE-2026-0001", added=SEEN) if exploited == "Y" else None
    decided = make.decision("CVE-2026-0001", automatable=automatable == "Y", total=impact == "T")

    got = deadline(known, decided, exposed=exposed == "Y", seen=SEEN)

    assert (None if days is None else days) == (None if got is None else (got - SEEN).days)


def test_the_clock_starts_at_the_earlier_of_listing_and_finding(make):
    early, late = (make.listed("CVE-1", added=day) for day in (date(2026, 1, 1), date(2026, 12, 1)))

    assert date(2026, 1, 15) == deadline(early, None, exposed=False, seen=SEEN)
    assert date(2026, 12, 7) == deadline(late, None, exposed=False, seen=SEEN)


def test_what_nobody_judged_counts_as_total_and_not_automatable(make):
    judged = make.decision("CVE-1", automatable=False, total=True)

    for exposed in (True, False):
        known = make.listed("CVE-1")
        assert deadline(known, judged, exposed=exposed, seen=SEEN) == deadline(
            known, None, exposed=exposed, seen=SEEN
        )
