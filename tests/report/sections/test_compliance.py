"""The annex says what was tested, and never that anything complies."""

import msgspec

from scanner.report import html
from scanner.report.register import register
from scanner.report.sections.compliance import MOST, compliance


def rows(found):
    return {row.name: row for row in compliance(found).rows}


def test_findings_stand_beside_the_clauses_of_the_sector(hospital):
    page = rows(hospital)

    old = page["Systems and firmware that nobody mends any more"]
    assert ("NIST CSF 2.0", "ID.RA-01, PR.PS-02") in old.clauses
    assert "PCI DSS 4.0.1" not in dict(old.clauses)
    assert set(old.findings) == {one.id for one in register(hospital) if one.cause.startswith("unsupported:")}
    worm = page["Holes that a worm can use without anybody's help"]
    assert (True, 1) == (worm.tested, len(worm.findings))
    assert "30 answers from services" == worm.how


def test_every_sector_has_its_frameworks(hospital):
    bank = rows(msgspec.structs.replace(hospital, sector="bank"))

    assert "PCI DSS 4.0.1" in dict(bank["Flat networks, and devices that join zones"].clauses)
    assert () == compliance(msgspec.structs.replace(hospital, sector="bank")).notes


def test_what_nobody_looked_at_is_not_tested(hospital, empty):
    assert {(False, "no device was seen", "no statement")} == {
        (row.tested, row.how, row.result) for row in compliance(empty).rows
    }
    blind = msgspec.structs.replace(
        hospital,
        exchanges=(),
        zones=tuple(msgspec.structs.replace(zone, scanned_from_inside=False) for zone in hospital.zones),
    )
    page = rows(blind)

    assert (False, "no service was asked") == (
        page["Services with a default password or none"].tested,
        page["Services with a default password or none"].how,
    )
    assert not page["Flat networks, and devices that join zones"].tested


def test_nothing_found_is_no_proof(hospital):
    assert "nothing found, which is no proof that there is nothing" == (
        rows(hospital)["Services with a default password or none"].result
    )


def test_many_findings_are_cut_and_counted(hospital):
    one = hospital.devices[0]
    many = tuple(
        msgspec.structs.replace(one, age=msgspec.structs.replace(one.age, subject=f"System {at}"))
        for at in range(MOST + 2)
    )

    assert (
        2
        == rows(msgspec.structs.replace(hospital, devices=many))[
            "Systems and firmware that nobody mends any more"
        ].more
    )


def test_clause_numbers_that_nobody_looked_up_are_no_facts(hospital):
    page = html.render(hospital)

    assert {""} == {row.checked for row in compliance(hospital).rows}
    assert page.count("Nobody has looked these numbers up") == len(compliance(hospital).rows)
