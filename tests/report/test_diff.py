"""Each finding and device gets the state that the evidence allows, and the cause that moved it."""

from datetime import date, timedelta

import msgspec
import pytest

from scanner.model.decision import Decision, Trigger
from scanner.model.kinds import Kind, Support, band
from scanner.model.since import Cause, Moved, SiteVisit, State, Visit
from scanner.report.diff import compare, hits, point, same

change = msgspec.structs.replace
MONTH = timedelta(days=30)
ONLY = "exposure:smb1-rce"


def later(found, *, seen=True):
    """The same assessment a month on; what was seen then was seen since."""
    now = found.now + MONTH
    devices = tuple(
        change(one, device=change(one.device, last_seen=now if seen else one.device.last_seen))
        for one in found.devices
    )
    run = change(found.runs[-1], id="run-2", started=now, ended=now)
    return change(found, now=now, devices=devices, runs=(*found.runs, run))


def holed(found):
    """Only devices with a hole, so that few findings move."""
    return change(found, devices=tuple(one for one in found.devices if one.exposures)[:3])


def only(since, cause=ONLY):
    (one,) = [finding for finding in since.findings if finding.cause == cause]
    return one


@pytest.fixture
def old(hospital):
    return holed(hospital)


def with_device(found, at, **more):
    devices = list(found.devices)
    devices[at] = change(devices[at], device=change(devices[at].device, **more))
    return change(found, devices=tuple(devices))


def scored(found, by):
    """Every score moved by so many points."""
    return change(
        found,
        devices=tuple(
            change(one, risk=change(one.risk, score=one.risk.score + by, band=band(one.risk.score + by)))
            for one in found.devices
        ),
    )


def mended(found):
    return change(found, devices=tuple(change(one, exposures=()) for one in found.devices))


def test_nothing_changed_is_said_so(old):
    since = compare(old, [(Cause.NETWORK, later(old))])

    assert {State.UNCHANGED} == {one.state for one in since.findings}
    assert ((), None) == (since.devices, only(since).because)


def test_without_steps_there_is_one_point_and_no_change(old):
    since = compare(old, [])

    assert (1, (), since.before) == (len(since.trend), since.steps, since.after)


def test_what_was_not_seen_since_is_not_looked_at_again(old):
    assert State.NOT_SEEN is only(compare(old, [(Cause.NETWORK, later(old, seen=False))])).state


@pytest.mark.parametrize(
    ("because", "seen", "state"),
    [
        (Cause.NETWORK, True, State.FIXED),
        (Cause.NETWORK, False, State.GONE),
        (Cause.KNOWLEDGE, True, State.GONE),
    ],
)
def test_only_evidence_of_the_network_fixes(old, because, seen, state):
    one = only(compare(old, [(because, mended(later(old, seen=seen)))]))

    assert (state, because, None, 3, 0) == (
        one.state, one.because, one.score_after, one.devices_before, one.devices_after,
    )  # fmt: skip


def test_a_finding_that_was_there_before_the_gap_is_reopened(old):
    clean = mended(old)

    assert State.NEW is only(compare(clean, [(Cause.NETWORK, later(old))])).state
    assert State.REOPENED is only(compare(clean, [(Cause.NETWORK, later(old))], [old])).state


@pytest.mark.parametrize(
    ("points", "state"), [(7, State.WORSE), (-7, State.BETTER), (1, State.UNCHANGED), (-1, State.UNCHANGED)]
)
def test_scores_that_move_make_it_worse_or_better(old, points, state):
    calm = change(old, devices=old.devices[2:])  # 58 points: neither bound is near
    one = only(compare(calm, [(Cause.TIME, scored(later(calm), points))]))

    assert (state, Cause.TIME) == (one.state, one.because)


def test_a_small_step_over_the_edge_of_a_band_counts(old):
    at = scored(change(old, devices=old.devices[2:]), 60 - old.devices[2].risk.score)
    under = scored(at, -1)

    assert State.WORSE is only(compare(under, [(Cause.TIME, later(at))])).state
    assert State.BETTER is only(compare(at, [(Cause.TIME, later(under))])).state


def test_one_device_more_or_less_counts(old):
    fewer = change(old, devices=old.devices[:2])
    worse, better = (
        only(compare(fewer, [(Cause.NETWORK, later(old))])),
        only(compare(old, [(Cause.NETWORK, later(fewer))])),
    )

    assert (State.WORSE, (old.devices[2].device.id,)) == (worse.state, worse.joined)
    assert (State.BETTER, (old.devices[2].device.id,)) == (better.state, better.left)


def test_the_largest_step_gives_the_cause(old):
    fewer = change(old, devices=old.devices[:2])
    steps = [(Cause.SCOPE, scored(fewer, 3)), (Cause.TIME, scored(fewer, 4)), (Cause.NETWORK, later(old))]
    since = compare(fewer, steps)

    assert Cause.NETWORK is only(since).because
    assert [Cause.SCOPE, Cause.TIME, Cause.NETWORK] == [step.because for step in since.steps]


def decided(found, **more):
    base = {
        "about": ONLY, "by": "J. Doe", "reason": "x", "decided": date(2026, 12, 1), "until": date(2026, 12, 24),
    }  # fmt: skip
    run = change(found.runs[-1], decisions=(Decision(**{**base, **more}),))
    return change(found, runs=(*found.runs[:-1], run))


def test_what_somebody_accepts_is_suppressed_until_its_day(old):
    new = later(old)
    held = compare(old, [(Cause.SCOPE, decided(new, until=date(2027, 3, 1)))])
    over = compare(decided(old), [(Cause.TIME, decided(new))])

    assert (State.SUPPRESSED, Cause.SCOPE) == (only(held).state, only(held).because)
    assert (State.REOPENED, Cause.TIME) == (only(over).state, only(over).because)
    assert "ran out on 2026-12-24" in only(over).said


def test_a_trigger_that_fires_on_a_new_finding_reopens_it(old):
    one = decided(later(old), until=date(2027, 3, 1), reopen_on=(Trigger.EXPLOIT,), exploited=())

    assert State.REOPENED is only(compare(mended(old), [(Cause.NETWORK, one)])).state


def test_fail_on_finds_the_named_states_only(old):
    since = compare(mended(old), [(Cause.NETWORK, later(old))])

    assert (ONLY,) == tuple(one.cause for one in hits(since, [State.NEW]))
    assert () == hits(since, [State.WORSE])


def moves(old, new):
    return [(one.what, one.before, one.after) for one in compare(old, [(Cause.NETWORK, new)]).devices]


def test_a_device_that_moves_changes_its_address_and_stays_itself(old):
    leg = old.devices[2].device.legs[0]
    moved = with_device(later(old), 2, legs=(change(leg, address="10.9.9.9"),))

    assert [(Moved.ADDRESS, leg.address, "10.9.9.9")] == moves(old, moved)


def test_names_kinds_and_silence_are_told(old):
    legs = tuple(change(leg, live=False) for leg in old.devices[2].device.legs)
    other = with_device(later(old), 2, names=("other",), kind=Kind.TV, legs=legs, presence="silent")

    assert [Moved.QUIET, Moved.NAME, Moved.KIND] == [what for what, _, _ in moves(old, other)]
    assert Moved.BACK in [what for what, _, _ in moves(other, later(later(old)))]


def test_a_kind_that_is_no_longer_known_is_no_change(old):
    assert [] == moves(old, with_device(later(old), 2, kind=Kind.UNKNOWN))


def test_new_and_dropped_devices_are_told(old):
    fewer = change(old, devices=old.devices[:2])

    assert [Moved.NEW] == [what for what, _, _ in moves(fewer, later(old))]
    assert [Moved.DROPPED] == [what for what, _, _ in moves(old, later(fewer))]


def test_a_device_with_a_new_id_is_known_by_its_card(old):
    renamed = with_device(later(old), 2, id="dev-other")

    assert "dev-other" == same(old, renamed)[old.devices[2].device.id]


def test_a_device_without_a_card_is_known_by_a_name_that_only_one_bears(old):
    bare = tuple(change(leg, mac=None) for leg in old.devices[2].device.legs)
    before = with_device(old, 2, legs=bare)
    after = with_device(later(before), 2, id="dev-other")
    twice = with_device(after, 1, names=before.devices[2].device.names, id="dev-more")

    assert "dev-other" == same(before, after)[before.devices[2].device.id]
    assert before.devices[2].device.id not in same(before, twice)


def test_another_card_with_the_same_name_is_another_device(old):
    swapped = tuple(change(leg, mac="02:00:00:00:99:99") for leg in old.devices[2].device.legs)

    assert old.devices[2].device.id not in same(old, with_device(later(old), 2, id="dev-other", legs=swapped))


def test_the_trend_counts_devices_by_band_and_open_findings(old, hospital):
    one = point(hospital)

    assert len(hospital.devices) == one.critical + one.high + one.medium + one.low
    assert point(old).findings - 1 == point(decided(old)).findings


def test_an_assessment_without_runs_can_be_compared(empty):
    since = compare(empty, [(Cause.NETWORK, empty)])

    assert ("", "", ()) == (since.before.run, since.after.knowledge, since.findings)


def test_support_that_ends_is_a_change_by_time(old):
    alive = change(
        old,
        devices=tuple(change(one, age=change(one.age, support=Support.SUPPORTED)) for one in old.devices),
    )
    since = compare(alive, [(Cause.TIME, later(old)), (Cause.NETWORK, later(old))])
    ended = [one for one in since.findings if one.cause.startswith("unsupported:")]

    assert ended
    assert {(State.NEW, Cause.TIME)} == {(one.state, one.because) for one in ended}


def _sited(found, site, **more):
    return change(
        found,
        devices=tuple(change(one, device=change(one.device, site=site, **more)) for one in found.devices),
    )


AWAY = (SiteVisit(site="north", state=Visit.NOT_LOOKED, before=None, after=None),)


@pytest.mark.parametrize(
    ("because", "state"),
    [(Cause.TIME, State.NOT_SEEN), (Cause.NETWORK, State.NOT_SEEN), (Cause.KNOWLEDGE, State.GONE)],
)
def test_what_is_no_longer_found_where_nobody_looked_is_not_looked_at_again(old, because, state):
    north = _sited(old, "north")
    lost = compare(north, [(because, mended(north))], sites=AWAY)

    assert state is only(lost).state
    assert AWAY == lost.sites
    # the same where somebody looked
    assert State.GONE is only(compare(north, [(because, mended(north))])).state


def test_a_finding_says_at_which_of_several_sites_it_changed(old):
    """North has it as before; south has it new, by a device of its own."""
    north, south = _sited(old, "north"), _sited(old, "south")
    more = tuple(change(one, device=change(one.device, id=f"x-{one.device.id}")) for one in south.devices)
    both = change(north, devices=(*north.devices, *more))
    visits = tuple(
        SiteVisit(site=name, state=Visit.LOOKED, before=None, after=None) for name in ("north", "south")
    )

    joined = only(compare(north, [(Cause.NETWORK, both)], sites=visits))
    assert (State.WORSE, ("south",)) == (joined.state, joined.sites)
    assert ("north",) == only(compare(north, [(Cause.NETWORK, mended(north))], sites=visits)).sites
    # where it moved by its score alone, everywhere
    assert ("north", "south") == only(compare(both, [(Cause.TIME, scored(both, -9))], sites=visits)).sites
    assert () == only(compare(north, [(Cause.NETWORK, both)])).sites


def test_devices_of_a_site_that_was_not_looked_at_are_neither_quiet_nor_dropped(old):
    north = _sited(old, "north")
    silent = change(
        later(north, seen=False),
        devices=tuple(
            change(
                one, device=change(one.device, legs=tuple(change(leg, live=False) for leg in one.device.legs))
            )
            for one in north.devices
        ),
    )
    fewer = change(north, devices=north.devices[1:])

    assert {Moved.QUIET} == {one.what for one in compare(north, [(Cause.TIME, silent)]).devices}
    assert () == compare(north, [(Cause.TIME, silent)], sites=AWAY).devices
    assert [Moved.NOT_LOOKED] == [
        one.what for one in compare(north, [(Cause.TIME, fewer)], sites=AWAY).devices
    ]


def test_a_card_or_name_at_another_site_is_another_device(old):
    there = _sited(old, "north")
    renamed = change(
        there, devices=tuple(change(one, device=change(one.device, id=f"x-{one.device.id}", site="south")) for one in there.devices)
    )  # fmt: skip

    assert {} == same(there, renamed)
    assert len(there.devices) == len(same(there, _sited(renamed, "north")))


def test_a_site_without_a_name_is_called_here(old):
    here = (SiteVisit(site="here", state=Visit.NOT_LOOKED, before=None, after=None),)

    assert State.NOT_SEEN is only(compare(old, [(Cause.TIME, mended(old))], sites=here)).state
