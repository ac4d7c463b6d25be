"""The unknown have a bar of their own, and the questions that would settle them are listed."""

from datetime import date

import msgspec

from scanner.report.sections.support import support


def test_the_three_verdicts_are_counted_apart_and_add_up(hospital):
    totals = {code: count for code, _, count, _, _ in support(hospital).totals}

    assert {"unsupported": 8, "unknown": 22, "supported": 15} == totals


def test_kinds_with_most_unsupported_come_first_and_add_up(hospital):
    kinds = support(hospital).kinds

    assert "Imaging devices" == kinds[0].kind
    assert len(hospital.devices) == sum(row.unsupported + row.unknown + row.supported for row in kinds)


def test_products_without_support_are_counted(hospital):
    assert ("Windows XP Embedded", "2016-01-12", 3) == tuple(
        getattr(support(hospital).gone[0], name) for name in ("name", "ends", "devices")
    )


def test_of_several_editions_the_one_that_was_mended_longest_is_named(hospital):
    one = next(one for one in hospital.devices if one.age.subject == "Windows XP Embedded")
    first = one.age.hypotheses[0]
    other = msgspec.structs.replace(first, label="POSReady 2009", ends=date(2019, 4, 9))
    age = msgspec.structs.replace(one.age, hypotheses=(first, other), ends=other.ends)
    found = msgspec.structs.replace(hospital, devices=(msgspec.structs.replace(one, age=age),))

    assert ["Windows XP Embedded (mended longest: POSReady 2009)"] == [
        row.name for row in support(found).gone
    ]


def test_the_question_that_settles_most_devices_comes_first(hospital):
    first = support(hospital).questions[0]

    assert ("Ask the owner which version the Camera firmware 5.2 runs", 12) == (first.text, first.devices)


def test_an_unknown_without_a_question_is_still_counted(hospital):
    devices = tuple(
        msgspec.structs.replace(one, age=msgspec.structs.replace(one.age, settle=None))
        for one in hospital.devices
    )

    [one] = support(msgspec.structs.replace(hospital, devices=devices)).questions

    assert 22 == one.devices


def test_no_device_divides_by_nothing(empty):
    assert ["0%"] * 3 == [share for _, _, _, share, _ in support(empty).totals]
