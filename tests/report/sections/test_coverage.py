"""The page that says what was not looked at."""

import msgspec

from scanner.model.assessment import Exchange
from scanner.model.net import Address
from scanner.model.run import Harm
from scanner.report.sections.coverage import coverage
from scanner.report.sections.safety import safety


def test_blind_spots_are_named(hospital):
    assert ("laboratory",) == coverage(hospital).outside


def test_exchanges_are_counted_and_explained(hospital):
    page = coverage(hospital)

    assert 37 == page.total
    assert "Our own gate refused 2 connections before anything was sent." in page.summary
    assert ("smb", 22, ["21 answered and understood", "1 device cut the connection"]) in [
        (probe, count, [f"{one.count} {one.means}" for one in endings])
        for probe, count, endings in page.exchanges
    ]


def test_what_the_gate_refused_is_the_same_number_as_on_the_page_about_safety(hospital):
    harm = (Harm(address=Address("10.0.0.7"), refused=11),)
    found = msgspec.structs.replace(hospital, runs=(msgspec.structs.replace(hospital.runs[0], harm=harm),))

    assert "Our own gate refused 11 connections before" in coverage(found).summary
    assert "our own gate refused 11 more" in safety(found).summary


def test_an_outcome_that_the_catalogue_does_not_know_is_shown_as_it_is(hospital):
    odd = msgspec.structs.replace(hospital, exchanges=(Exchange(probe="x", outcome="odd", count=1),))

    assert "odd" == coverage(odd).exchanges[0][2][0].means


def test_devices_that_only_a_register_knows_are_counted(hospital):
    want = sum(not any(leg.live for leg in one.device.legs) for one in hospital.devices)

    assert f"{want} devices are known only from registers" in coverage(hospital).summary


def test_what_runs_could_not_do_is_told(hospital):
    assert ("run-1: laboratory: closed at 22:00, two addresses left",) == coverage(hospital).notes


def test_nothing_looked_at_is_said(empty):
    assert "0 of 0 zones scanned from inside; 0 exchanges in all." == coverage(empty).summary


def test_a_run_that_everybody_answered_says_so_and_counts_no_noughts(hospital):
    calm = msgspec.structs.replace(
        hospital,
        devices=tuple(one for one in hospital.devices if one.device.live),
        exchanges=(Exchange(probe="smb", outcome="ok", count=3),),
    )

    assert coverage(calm).summary.endswith("3 exchanges in all. Every known device answered.")
