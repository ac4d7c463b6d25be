"""What saves most comes first, and shared causes are one line."""

import msgspec

from scanner.model.kinds import Band
from scanner.model.verdict import Cohort
from scanner.report.sections.fixes import MOST, fixes, plan


def test_the_plan_is_ordered_by_what_it_saves(hospital):
    values = [one.value for one in plan(hospital)]

    assert sorted(values, reverse=True) == values
    assert "Unplug one of its two legs" == plan(hospital)[0].what


def test_a_shared_cause_is_one_line_with_its_devices(hospital):
    [cohort] = [one for one in plan(hospital) if one.cohort]

    assert ("SMBv1 accepted: 3 devices in zone radiology", 3, 0) == (
        cohort.target,
        len(cohort.devices),
        cohort.more,
    )


def test_a_large_cohort_names_some_devices_and_counts_the_rest(hospital):
    large = Cohort(
        cause="old",
        gate="g",
        zone="office",
        devices=tuple(one.device.id for one in hospital.devices[:20]),
        score=50,
        band=Band.MEDIUM,
        fix_value=1.0,
        remedy="mend",
    )

    [told] = [one for one in plan(msgspec.structs.replace(hospital, cohorts=(large,))) if one.cohort]

    assert (8, 12, 20) == (len(told.devices), told.more, len(told.all))


def test_the_page_shows_the_best_and_counts_the_rest(hospital):
    page = fixes(hospital)

    assert MOST == len(page.fixes)
    assert len(plan(hospital)) - MOST == page.left


def test_a_share_of_nothing_is_not_known(hospital):
    calm = msgspec.structs.replace(hospital.network, expected_loss=0.0)

    assert "not known" == plan(msgspec.structs.replace(hospital, network=calm))[0].share


def test_no_device_gives_no_fix(empty):
    assert () == fixes(empty).fixes
