"""The table holds every device, and its filters offer what is in it."""

from scanner.report.line import MOST_SHEETS
from scanner.report.sections.devices import devices


def test_every_device_is_a_row_worst_first(hospital):
    assert [one.device.id for one in hospital.devices] == [row.line.id for row in devices(hospital).rows]


def test_filters_offer_the_kinds_that_are_there(hospital):
    assert {one.device.kind.value for one in hospital.devices} == {
        code for code, _ in devices(hospital).kinds
    }


def test_devices_beyond_the_last_sheet_are_counted(crowd):
    page = devices(crowd(MOST_SHEETS + 3))

    assert 3 == page.without_sheet
    assert [True, False] == [page.rows[MOST_SHEETS - 1].sheet, page.rows[MOST_SHEETS].sheet]
