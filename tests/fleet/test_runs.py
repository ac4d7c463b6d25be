"""What sensors told of chunks, joined to one run: the order of telling, and how often, never matter."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.fleet.runs import Ordered, heeded, joined, part, whole
from scanner.model.kinds import Kind, Profile
from scanner.model.run import Cared, Harm, Tripped
from tests.store.test_keep import TEXT
from tests.store.test_store import run as stored

T0 = datetime(2026, 11, 1, 8, tzinfo=UTC)
CHUNKS = ("10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24")
STOPPED = "stopped early: the hold on this chunk ran out"


def run(begun=0, ended=None, **facts):
    at = T0 + timedelta(minutes=begun)
    told = {"scope": TEXT, "parameters": {}, "notes": (), "started": at}
    told["ended"] = None if ended is None else T0 + timedelta(minutes=ended)
    return msgspec.structs.replace(stored(), **{**told, **facts})


def bore(address, count=1):
    return Harm(address=address, initiations=count, connections=count, sent=count, received=count)


def tripped(**facts):
    one = Tripped(
        address="10.1.0.7", kind=Kind.PRINTER, level="host", network="10.1.0.0/24", profile=Profile.OFFICE,
        why="it fell silent", at=T0,
    )  # fmt: skip
    return msgspec.structs.replace(one, **facts)


PARTS = st.builds(
    part,
    st.builds(
        run,
        st.integers(0, 3),
        st.none() | st.integers(3, 6),
        notes=st.sampled_from([(), (STOPPED,), ("no ARP sweep",)]),
        harm=st.lists(st.builds(bore, st.sampled_from(["10.1.0.7", "10.1.1.7"]), st.integers(1, 9)), max_size=2).map(tuple),
        frames=st.integers(0, 5),
        seed=st.integers(1, 3),
    ),
    st.sampled_from(CHUNKS),
    st.sampled_from(["left", "right"]),
)  # fmt: skip
SOME = st.lists(PARTS, max_size=6).map(tuple)
OVER = dict.fromkeys(CHUNKS, Ordered(over=True))


@given(SOME, SOME, SOME)
def test_joining_knows_no_order_and_nothing_counts_twice(one, two, three):
    assert joined(joined(one, two), three) == joined(one, joined(two, three))
    assert joined(one, two) == joined(two, one)
    assert joined(one, ()) == joined(one, one) == joined(joined(one, ()), one)


@given(SOME.filter(bool), st.randoms())
def test_the_run_is_the_same_however_it_was_told(some, dice):
    shuffled = list(some)
    dice.shuffle(shuffled)
    first, second = joined((), some), joined(shuffled[:2], shuffled)

    assert whole(first, OVER, "s@x", "x") == whole(second, OVER, "s@x", "x")


@given(SOME.filter(bool))
def test_nothing_that_was_borne_is_forgotten(some):
    parts = joined((), some)
    found = whole(parts, OVER, "s@x", "x")

    begun = sum(row.initiations for one in parts for row in one.run.harm)
    assert (begun, sum(one.run.frames for one in parts)) == (
        sum(row.initiations for row in found.harm),
        found.frames,
    )
    assert len(found.harm) == len({row.address for row in found.harm})
    assert found.started == min(one.run.started for one in some)


def told(*runs):
    """A run for each chunk, all by one sensor."""
    return joined((), [part(one, cidr, "left") for one, cidr in zip(runs, CHUNKS, strict=False)])


def test_a_run_is_open_until_nothing_more_comes_of_any_chunk():
    parts = told(run(0, 5, harm=(bore("10.1.0.7"),), cared=()), run(1, 7))
    waits = {**OVER, CHUNKS[2]: Ordered(over=False)}

    open_, ended = (whole(parts, ordered, "s@x", "x") for ordered in (waits, {**OVER}))

    assert (T0, None, (), "s@x", "x") == (open_.started, open_.ended, open_.harm, open_.id, open_.site)
    assert ("1 of 3 parts were not looked at to their end (not yet): 10.1.2.0/24",) == open_.notes
    assert (T0, T0 + timedelta(minutes=7)) == (ended.started, ended.ended)
    assert (bore("10.1.0.7"),) == ended.harm


def test_what_nobody_looked_at_is_named_with_its_reason():
    ordered = {
        **OVER,
        CHUNKS[1]: Ordered(over=True, why="the scope file of this site counts from then to then"),
    }

    found = whole(told(run(0, 5, notes=("no ARP sweep",))), ordered, "s@x", "x")

    assert (
        "no ARP sweep",
        "1 of 3 parts were not looked at to their end (the scope file of this site counts from then to then): 10.1.1.0/24",
        "1 of 3 parts were not looked at to their end (nobody came to its end): 10.1.2.0/24",
    ) == found.notes
    assert "the scope file of this site counts from then to then" == found.stopped


def test_many_that_nobody_looked_at_are_counted():
    ordered = {f"10.1.{at}.0/24": Ordered(over=True) for at in range(20)}

    (note,) = whole(told(run(0, 5)), ordered, "s@x", "x").notes

    assert note.startswith("19 of 20 parts were not")
    assert note.endswith("10.1.8.0/24 and 11 more")


def test_a_chunk_that_another_looked_at_to_its_end_is_not_missing_and_both_are_counted():
    first = part(run(0, 2, notes=(STOPPED,), harm=(bore("10.1.0.7", 3),)), CHUNKS[0], "left")
    second = part(run(3, 9, harm=(bore("10.1.0.7", 4),)), CHUNKS[0], "right")
    found = whole(joined([first], [second]), {CHUNKS[0]: Ordered(over=True)}, "s@x", "x")

    assert () == found.notes
    assert (bore("10.1.0.7", 7),) == found.harm
    assert found.stopped is None


def test_the_note_of_one_chunk_says_nothing_of_the_whole():
    one = run(0, 5, notes=("this run was told to look at 10.1.0.0/24 only",))

    assert () == whole(told(one), {CHUNKS[0]: Ordered(over=True)}, "s@x", "x").notes


def test_what_another_chunk_bore_is_that_chunk_s_to_tell():
    both = run(0, 5, harm=(bore("10.1.0.7"), bore("10.1.1.7")))

    assert (bore("10.1.0.7"),) == part(both, CHUNKS[0], "left").run.harm


def test_a_trip_is_told_once_and_as_it_stands_by_now():
    resumed = tripped(resumed=T0 + timedelta(hours=1), resumed_by="J. Doe", reason="looked after")

    found = whole(told(run(0, 5, trips=(resumed,)), run(1, 6, trips=(tripped(),))), OVER, "s@x", "x")

    assert (resumed,) == found.trips


def test_who_was_cared_for_is_told_once_as_the_latest_had_it():
    care = Cared(
        address="10.1.0.7", kind=Kind.PRINTER, profile=Profile.OT, network=Profile.OFFICE, before=False
    )
    later = msgspec.structs.replace(care, before=True)

    found = whole(told(run(1, 6, cared=(later,)), run(0, 5, cared=(care,))), OVER, "s@x", "x")

    assert (later,) == found.cared


def test_a_run_of_which_nobody_came_back_ends_when_its_last_part_began():
    found = whole(told(run(0), run(4)), OVER, "s@x", "x")

    assert T0 + timedelta(minutes=4) == found.ended


def test_the_scope_is_the_one_that_the_latest_part_had():
    other = TEXT.replace('name = "n"', 'name = "m"')

    assert other == whole(told(run(0, 9), run(1, 2, scope=other)), OVER, "s@x", "x").scope


@pytest.mark.parametrize(
    "lie",
    [{"scope": "no scope"}, {"harm": (Harm(address="x"),)}, {"trips": (tripped(address="x"),)}],
    ids=["scope", "harm", "trips"],
)
def test_a_run_by_which_nothing_could_be_judged_is_refused(lie):
    with pytest.raises(DataError, match="cannot be judged by"):
        heeded(run(**lie))


def test_a_clock_that_was_set_back_makes_no_run_that_ended_before_it_began():
    assert T0 + timedelta(minutes=5) == heeded(run(5, 1)).ended
