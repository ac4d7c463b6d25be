"""When updates stopped: the days on which the prior piles up whoever tried later."""

from datetime import date

import pytest

from scanner.age import editions, ends

TODAY = date(2026, 11, 23)


def branches(knowledge, product, version):
    return list(knowledge.branches(product, version))


def test_an_end_that_is_not_verified_draws_no_belief(device, knowledge):
    dsm = device({"os_vendor": "Synology", "os_product": "DSM"})

    got = ends.of_branches([one.branch for one in editions.system(dsm, knowledge)], TODAY)

    assert ((TODAY, 1.0),) == got


def test_without_a_contract_updates_still_come():
    assert ((TODAY, 1.0),) == ends.of_branches([], TODAY)


def test_a_contract_that_costs_extra_counts_for_little(knowledge):
    got = dict(ends.of_branches(branches(knowledge, "redhat:enterprise_linux", "6"), TODAY))

    assert {date(2020, 11, 30): 1.0, date(2024, 6, 30): ends.PAID_SHARE} == got


def test_a_free_long_term_archive_goes_on_after_the_standard_end(knowledge):
    got = dict(ends.of_branches(branches(knowledge, "debian:debian_linux", "9"), TODAY))

    assert date(2020, 7, 18) not in got
    assert 1.0 == got[date(2022, 6, 30)]


@pytest.mark.parametrize("successor", [date(1999, 1, 1), date(2014, 1, 1), date(2026, 11, 1)])
def test_an_unknown_channel_lives_for_two_to_thirteen_years_but_never_past_today(successor):
    got = ends.of_unknown(successor, TODAY)

    assert ends.STEPS + 1 == pytest.approx(sum(weight for _, weight in got))
    assert [day for day, _ in got] == sorted({day for day, _ in got})
    assert min(successor + ends.SHORTEST, TODAY) == got[0][0]
    assert min(successor + ends.LONGEST, TODAY) == got[-1][0]
