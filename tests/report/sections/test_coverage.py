"""The page that says what was not looked at."""

import msgspec

from scanner.model.assessment import Exchange
from scanner.report.sections.coverage import coverage


def test_blind_spots_are_named(hospital):
    assert ("laboratory",) == coverage(hospital).outside


def test_exchanges_are_counted_and_explained(hospital):
    page = coverage(hospital)

    assert (37, 2) == (page.total, page.refused)
    assert ("smb", "reset", "device cut the connection", 1) in [
        (one.probe, one.outcome, one.means, one.count) for one in page.exchanges
    ]


def test_an_outcome_that_the_catalogue_does_not_know_is_shown_as_it_is(hospital):
    odd = msgspec.structs.replace(hospital, exchanges=(Exchange(probe="x", outcome="odd", count=1),))

    assert "odd" == coverage(odd).exchanges[0].means


def test_devices_that_only_a_register_knows_are_counted(hospital):
    want = sum(not any(leg.live for leg in one.device.legs) for one in hospital.devices)

    assert want == coverage(hospital).passive > 0


def test_what_runs_could_not_do_is_told(hospital):
    assert ("run-1: laboratory: closed at 22:00, two addresses left",) == coverage(hospital).notes


def test_nothing_looked_at_is_said(empty):
    assert "0 of 0 zones scanned from inside; 0 exchanges in all" == coverage(empty).summary
