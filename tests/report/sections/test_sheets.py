"""A device's sheet says what it is, since when unsupported, when last patched, and shows every evidence."""

from datetime import date

import msgspec
import pytest

from scanner.model.kinds import Kind, Support
from scanner.report.cites import cited
from scanner.report.sections.sheets import MOST_TEXT, OPEN, patched_text, sheets, support_text


def aged(judged, **changes):
    return msgspec.structs.replace(judged, age=msgspec.structs.replace(judged.age, **changes))


@pytest.mark.parametrize(
    ("support", "subject", "ends", "want"),
    [
        (
            Support.UNSUPPORTED,
            "X 1",
            date(2020, 1, 14),
            "X 1 is unsupported since 2020-01-14, under every contract that could apply.",
        ),
        (
            Support.UNSUPPORTED,
            None,
            None,
            "What it runs is unsupported; the day it ended is not known, under every contract",
        ),
        (
            Support.SUPPORTED,
            "X 1",
            date(2030, 1, 1),
            "X 1 is supported until 2030-01-01. Whether its updates are installed",
        ),
        (Support.SUPPORTED, "X 1", None, "X 1 is supported; no end has been named."),
        (
            Support.UNKNOWN,
            None,
            None,
            "Unknown: whether it is supported could not be told. It does not count as fine.",
        ),
        (Support.UNKNOWN, "X 1", None, "Unknown: whether X 1 is supported could not be told."),
    ],
)
def test_support_is_said_in_one_sentence(hospital, support, subject, ends, want):
    assert support_text(aged(hospital.devices[0], support=support, subject=subject, ends=ends)).startswith(
        want
    )


@pytest.mark.parametrize(
    ("first", "last", "want"),
    [
        (
            date(2012, 1, 1),
            date(2016, 11, 3),
            "Last patched no later than 2016-11-03 (10 years ago) and not before 2012-01-01.",
        ),
        (None, date(2016, 11, 3), "Last patched no later than 2016-11-03, 10 years ago."),
        (
            date(2012, 1, 1),
            None,
            "Patched on 2012-01-01 or later; whether anything came after that is not known.",
        ),
        (None, None, "When it was last patched is not known."),
    ],
)
def test_the_last_update_is_said_as_far_as_it_is_known(hospital, first, last, want):
    window = msgspec.structs.replace(hospital.devices[0].age.horizon, not_before=first, not_after=last)

    assert want == patched_text(aged(hospital.devices[0], horizon=window), hospital)


def test_a_belief_about_the_last_update_says_how_sure_it_is_and_on_what(hospital):
    window = msgspec.structs.replace(
        hospital.devices[0].age.horizon,
        not_before=date(2012, 1, 1),
        not_after=date(2016, 11, 3),
        median=date(2014, 12, 1),
        grade="E2",
    )

    said = patched_text(aged(hospital.devices[0], horizon=window), hospital)

    assert said.startswith(
        "Last patched between 2012-01-01 and 2016-11-03 (90% sure); as likely before 2014-12-01,"
    )
    assert said.endswith("Evidence grade E2: generation of the product only.")


def test_a_support_verdict_tells_its_grade_and_why_it_is_lower(hospital):
    one = aged(hospital.devices[0], grade="E3", because=("one grade lower: the table branches is old",))
    found = msgspec.structs.replace(hospital, devices=(one,))

    (sheet,) = sheets(found).sheets

    assert (
        "Evidence grade E3: its system is known, the dates are less sure.",
        "one grade lower: the table branches is old",
    ) == sheet.support_why


def test_every_piece_of_evidence_that_is_cited_has_a_row_with_all_its_parts(hospital):
    for judged, sheet in zip(hospital.devices, sheets(hospital).sheets, strict=True):
        assert list(cited(judged)) == [row.id for row in sheet.evidence]
        assert all(
            row.field and row.value and row.source and row.where and row.time for row in sheet.evidence
        )


def test_evidence_that_is_cited_but_missing_is_said_to_be_missing(hospital):
    bare = msgspec.structs.replace(hospital, evidence={})

    assert {"cited, but not in this file"} == {row.field for row in sheets(bare).sheets[0].evidence}


def test_a_long_value_is_cut_and_its_length_told(hospital):
    name = cited(hospital.devices[0])[0]
    long = {
        **hospital.evidence,
        name: msgspec.structs.replace(hospital.evidence[name], value="v" * 2048, vantage=None),
    }

    row = sheets(msgspec.structs.replace(hospital, evidence=long)).sheets[0].evidence[0]

    assert "v" * MOST_TEXT + "… (2,048 characters, whole in the JSON)" == row.value
    assert "from" not in row.where


def test_a_value_of_several_parts_is_shown_as_json(hospital):
    row = next(row for row in sheets(hospital).sheets[0].evidence if row.field == "ntlm.names")

    assert '{"computer":"laptop-01","domain":"HOSPITAL"}' == row.value


def test_a_sheet_says_its_role_its_other_names_and_how_it_was_joined(hospital):
    by_name = {sheet.line.name: sheet for sheet in sheets(hospital).sheets}

    assert "gateway: joins zones by design" in by_name["switch-32"].what
    assert "also called laptop-01.hospital.example" in by_name["laptop-01"].what
    assert ("ssh host key SHA256:ab12",) == by_name["laptop-01"].joined_by


def test_a_device_with_one_name_and_no_register_says_so(hospital):
    judged = hospital.devices[0]
    device = msgspec.structs.replace(judged.device, names=("solo",), inventories=(), owner=None)
    found = msgspec.structs.replace(hospital, devices=(msgspec.structs.replace(judged, device=device),))

    [sheet] = sheets(found).sheets

    assert ("Laptop (93% sure)", "not known", "no register that we were given") == (
        sheet.what,
        sheet.owner,
        sheet.inventories,
    )


@pytest.mark.parametrize(("ended", "word"), [(True, "ended"), (False, "still runs"), (None, "end not known")])
def test_each_reading_says_whether_it_has_ended(hospital, ended, word):
    judged = hospital.devices[0]
    reading = msgspec.structs.replace(judged.age.hypotheses[0], ended=ended, open_ended=ended is False)
    found = msgspec.structs.replace(hospital, devices=(aged(judged, hypotheses=(reading,)),))

    [fact] = sheets(found).sheets[0].readings

    assert fact.sure.startswith(word)
    assert (fact.value == "still supported, no end named") == (ended is False)


def test_a_way_in_without_remedy_or_deadline_says_so(hospital):
    judged = hospital.devices[0]
    hole = msgspec.structs.replace(judged.exposures[0], remedy="", deadline=None, grade="E9")
    found = msgspec.structs.replace(hospital, devices=(msgspec.structs.replace(judged, exposures=(hole,)),))

    [told] = sheets(found).sheets[0].holes

    assert ("No remedy is on record; ask the maker", "none set", "not known") == (
        told.remedy,
        told.deadline,
        told.grade_means,
    )


def test_findings_of_a_device_are_named_on_its_sheet(hospital):
    titles = [title for _, title in sheets(hospital).sheets[0].findings]

    assert "Device joins management and office" in titles


def test_at_most_so_many_sheets_are_written_and_the_rest_counted(crowd):
    page = sheets(crowd(252))

    assert (250, 2) == (len(page.sheets), page.left)


def test_an_unknown_kind_is_not_given_a_share_of_certainty(hospital):
    judged = hospital.devices[0]
    device = msgspec.structs.replace(judged.device, kind=Kind.UNKNOWN, kind_confidence=0.0, names=("x",))
    found = msgspec.structs.replace(hospital, devices=(msgspec.structs.replace(judged, device=device),))

    assert "Device of unknown kind" == sheets(found).sheets[0].what


def test_only_the_first_sheets_show_their_evidence_on_paper(hospital):
    want = [at < OPEN for at in range(len(hospital.devices))]

    assert want == [one.open for one in sheets(hospital).sheets]


def test_a_short_sheet_is_kept_on_one_page_and_a_long_one_may_break(hospital):
    sheet = sheets(hospital).sheets[0]
    bare = msgspec.structs.replace(sheet, holes=sheet.holes[:1], evidence=sheet.evidence[:4], attributes=())
    long = msgspec.structs.replace(bare, evidence=sheet.evidence[:1] * 60)

    assert (True, False) == (bare.whole, long.whole)
    assert msgspec.structs.replace(long, open=False).whole
