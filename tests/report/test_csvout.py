"""The table opens in any spreadsheet, and no cell of it runs."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from scanner.report import csvout


def rows(found):
    return list(csv.DictReader(io.StringIO(csvout.devices(found), newline="")))


def test_every_device_has_a_row_with_every_column(hospital):
    told = rows(hospital)

    assert [judged.device.id for judged in hospital.devices] == [row["id"] for row in told]
    assert set(csvout.COLUMNS) == set(told[0])
    assert all(cell is not None for row in told for cell in row.values())


def test_unknown_support_and_missing_dates_are_said_in_words(hospital):
    unknown = next(row for row in rows(hospital) if row["support"] == "unknown")

    assert ("not known", "not known") == (unknown["support_ends"], unknown["patched_not_after"])


def test_hostile_names_do_not_act_or_break_the_rows(hostile):
    told = rows(hostile)

    assert len(hostile.devices) == len(told)
    assert not [
        cell
        for row in told
        for cell in row.values()
        if cell.lstrip().startswith(("=", "+", "-", "@", "|", "%"))
    ]


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_starts_a_formula(raw):
    cell = csvout.safe(raw)

    assert not cell.lstrip()[:1] or cell.lstrip()[0] not in "=+-@|%\t\r\n\uff1d\uff0b\uff0d\uff20"
    assert cell.isprintable()
