"""The register page: one entry for each cause, with its devices, remedy and deadline."""

from datetime import date

import msgspec

from scanner.model.decision import Decision
from scanner.report import html
from scanner.report.sections.findings import MOST_NAMED, findings


def test_entries_say_what_to_do_and_by_when(hospital):
    [smb] = [one for one in findings(hospital).entries if one.title.startswith("SMBv1")]

    assert ("Switch SMBv1 off, or block tcp/445 on its switch port", "2026-12-17") == (
        smb.remedy,
        smb.deadline,
    )
    assert ("CVE-2017-0144", "CVE-2017-0145") == smb.cves


def test_every_entry_has_a_remedy(hospital):
    assert all(one.remedy and one.deadline for one in findings(hospital).entries)


def test_a_cause_of_many_devices_names_some_and_counts_all(crowd):
    entries = findings(crowd(900)).entries
    largest = max(entries, key=lambda one: one.count)

    assert (MOST_NAMED, largest.count - MOST_NAMED) == (len(largest.devices), largest.more)


def test_what_somebody_accepts_stands_apart_and_is_still_there(hospital):
    entries = findings(hospital).entries
    decision = Decision(
        about=entries[0].id, by="J. Doe", reason="x", decided=date(2026, 12, 1), until=date(2027, 1, 1)
    )
    run = msgspec.structs.replace(hospital.runs[-1], decisions=(decision,))
    found = msgspec.structs.replace(hospital, runs=(run,))
    view = findings(found)

    assert ([entries[0].id], entries[1:]) == ([one.id for one in view.accepted], view.entries)
    assert "accepted by J. Doe until 2027-01-01: x" in html.render(found)
