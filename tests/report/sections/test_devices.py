"""The table holds every device that a page can carry, counts the others, and its filters offer what is in it."""

from importlib import import_module

import pytest

from scanner.report import line
from scanner.report.assets import asset
from scanner.report.sections.devices import PAGE, devices


def test_every_device_is_a_row_worst_first(hospital):
    assert [one.device.id for one in hospital.devices] == [row.line.id for row in devices(hospital).first]


def test_filters_offer_the_kinds_that_are_there(hospital):
    page = devices(hospital)

    assert {row.line.kind for row in page.first} == set(page.kinds)
    assert () == page.rest


def test_the_script_turns_pages_of_the_size_that_the_page_begins_with():
    assert f"const PAGE = {PAGE};" in asset("app.js")


def test_devices_beyond_the_last_sheet_are_counted(crowd):
    page = devices(crowd(253))

    assert (3, PAGE, 153) == (page.without_sheet, len(page.first), len(page.later))
    assert [True, False] == [page.later[149].sheet, page.later[150].sheet]


@pytest.mark.parametrize("most", [0, 5, 44])
def test_devices_beyond_the_last_row_are_counted_by_kind(hospital, monkeypatch, most):
    # the package gives the function of that name, so the module is asked for by its path
    monkeypatch.setattr(import_module("scanner.report.sections.devices"), "MOST_ROWS", most)
    monkeypatch.setattr(line, "_SHEETS", 0)

    page = devices(hospital)

    assert most == len(page.first)
    assert len(hospital.devices) - most == sum(one.count for one in page.rest)
    assert max(one.worst for one in page.rest) == hospital.devices[most].risk.score
