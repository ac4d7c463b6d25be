"""The ten worst devices are explained by points that sum to their score."""

import msgspec

from scanner.report.sections.pivots import MOST, adversaries, pivots, reasons


def test_points_of_each_pivot_sum_to_its_score(hospital):
    for one in pivots(hospital).pivots:
        assert one.line.score == one.total == sum(reason.points for reason in one.reasons)


def test_ten_are_shown_worst_first_and_the_rest_counted(hospital):
    page = pivots(hospital)

    assert MOST == len(page.pivots)
    assert len(hospital.devices) - MOST == page.left
    assert hospital.devices[0].device.id == page.pivots[0].line.id


def test_every_reason_cites_evidence_and_says_what_removes_it(hospital):
    for one in pivots(hospital).pivots:
        assert all(reason.refs and reason.removes for reason in one.reasons)


def test_a_reason_that_nothing_removes_says_so(hospital):
    judged = hospital.devices[0]
    why = msgspec.structs.replace(judged.risk.why[0], removes="")
    stuck = msgspec.structs.replace(judged, risk=msgspec.structs.replace(judged.risk, why=(why,)))

    assert reasons(stuck)[0].removes == "nothing known removes it"


def test_adversaries_stand_in_the_order_of_the_catalogue_and_new_ones_last(hospital):
    judged = hospital.devices[0]
    scores = {"zombie": 1, "intruder": 83, "commodity": 91}
    changed = msgspec.structs.replace(judged, risk=msgspec.structs.replace(judged.risk, by_adversary=scores))

    assert (("Known worm", 91), ("Human intruder", 83), ("zombie", 1)) == adversaries(changed)


def test_no_device_gives_no_pivot(empty):
    assert ((), 0) == (pivots(empty).pivots, pivots(empty).left)
