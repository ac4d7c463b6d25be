"""The register page: one entry for each cause, with its devices, remedy and deadline."""

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
