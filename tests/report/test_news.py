"""What changed is counted by state and cause, for one site, for one among several, and for many added up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.since import Cause, FindingChange, Moment, Since, State
from scanner.report.news import NEWS, Count, News, by_cause, by_state, news, sentence, together, told

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = AT + timedelta(days=7)


def finding(state, because=Cause.NETWORK, sites=()):
    return FindingChange(
        id="F-1", cause="c", title="t", state=state, because=because, score_before=None, score_after=None,
        band_before=None, band_after=None, devices_before=0, devices_after=1, joined=(), left=(), remedy="", said="",
        sites=sites,
    )  # fmt: skip


def since(*findings):
    before, after = (Moment(run="r", at=at, knowledge="k") for at in (AT, LATER))
    return Since(before=before, after=after, findings=findings, devices=(), steps=(), trend=(), notes=())


SEVERAL = since(
    finding(State.WORSE, Cause.TIME),
    finding(State.NEW, Cause.KNOWLEDGE),
    finding(State.NEW),
    finding(State.GONE, Cause.SCOPE),
    finding(State.REOPENED),
    finding(State.NEW),
)


def test_findings_are_counted_by_state_and_cause_in_the_order_of_need():
    assert News(
        AT,
        (
            Count(State.NEW, Cause.NETWORK, 2),
            Count(State.NEW, Cause.KNOWLEDGE, 1),
            Count(State.WORSE, Cause.TIME, 1),
            Count(State.REOPENED, Cause.NETWORK, 1),
            Count(State.GONE, Cause.SCOPE, 1),
        ),
    ) == news(SEVERAL)
    assert (("new", 3), ("worse", 1), ("open again", 1), ("gone", 1)) == by_state(news(SEVERAL))
    assert (
        ("the network changed", "2 new, 1 open again"),
        ("more is known", "1 new"),
        ("scope or settings changed", "1 gone"),
        ("time passed", "1 worse"),
    ) == by_cause(news(SEVERAL))


@pytest.mark.parametrize("state", [one for one in State if one not in NEWS])
def test_what_nobody_looked_at_what_is_accepted_and_what_is_as_it_was_is_no_news(state):
    assert News(AT) == news(since(finding(state, None)))


def test_of_several_sites_each_has_what_changed_there():
    both = since(finding(State.NEW, sites=("north", "south")), finding(State.FIXED, sites=("south",)))

    assert [1, 2, 0] == [
        sum(one.findings for one in news(both, site).counts) for site in ("north", "south", "east")
    ]
    assert 2 == sum(one.findings for one in news(both).counts)


@pytest.mark.parametrize(
    ("of", "few", "whole"),
    [
        (None, "first report", "First report: there is no earlier look to compare with."),
        (News(AT), "nothing new since 2026-11-20", "Nothing new since 2026-11-20."),
        (
            News(AT, (Count(State.NEW, Cause.NETWORK, 1200), Count(State.BETTER, Cause.TIME, 1))),
            "1,200 new, 1 better since 2026-11-20",
            "Findings: 1,200 new, 1 better since 2026-11-20 (the network changed: 1,200 new; time passed: 1 better).",
        ),
    ],
)
def test_it_is_said_in_a_few_words_and_as_a_sentence(of, few, whole):
    assert (few, whole) == (told(of), sentence(of))


def test_of_sites_that_were_all_looked_at_once_there_is_no_news():
    assert together([]) is None


counts = st.builds(Count, st.sampled_from(NEWS), st.sampled_from(list(Cause)), st.integers(1, 9))
several = st.lists(
    st.builds(News, st.datetimes(timezones=st.just(UTC)), st.lists(counts).map(tuple)), min_size=1
)


@given(several, st.randoms())
def test_added_up_nothing_is_lost_whatever_the_order(those, order):
    whole = together(those)
    mixed = list(those)
    order.shuffle(mixed)

    assert together(mixed) == whole
    assert min(one.since for one in those) == whole.since
    assert sum(one.findings for site in those for one in site.counts) == sum(
        one.findings for one in whole.counts
    )
    assert len(whole.counts) == len({(one.state, one.because) for one in whole.counts})
    assert sum(one.findings for one in whole.counts) == sum(count for _, count in by_state(whole))
