"""What came in since: by the order of writing, never by the time that a row bears; the same on both engines."""

import threading
from datetime import timedelta

import msgspec
import pytest

from scanner.store.schema import METADATA
from scanner.store.store import open_store
from scanner.store.turns import NONE, Receiver
from tests.store.test_store import T0, run, seen

DAY = timedelta(days=1)


def values(store, after):
    return sorted(one.value for one in store.log(after=after))


def test_what_was_added_or_widened_came_in_since_and_a_mere_repeat_did_not(store):
    store.append([seen(value=one, minutes=60) for one in ("kept", "widened", "earlier")])
    turn = store.turn()

    store.append([seen(value="kept", minutes=60), seen(value="widened", minutes=90)])
    store.append([seen(value="earlier", minutes=5), seen(value="years old", minutes=-1_000_000)])

    assert ["earlier", "widened", "years old"] == values(store, turn)
    assert ["earlier", "kept", "widened", "years old"] == values(store, NONE)
    assert [] == values(store, store.turn())


def test_a_month_counts_once_a_day_of_it_is_new(store):
    store.append([seen()])
    turn = store.turn()

    store.append([seen(minutes=1), seen(value="other", minutes=2)])
    assert [] == list(store.presence(after=turn))
    store.append([seen(minutes=24 * 60)])

    (row,) = store.presence(after=turn)
    assert (1, 2) == row.days


def test_a_run_counts_when_it_began_and_again_when_it_ended(store):
    store.save(run())
    turn = store.turn()
    assert () == store.runs(after=turn)

    store.save(run(ended=T0 + DAY))

    assert [T0 + DAY] == [one.ended for one in store.runs(after=turn)]


def test_rows_of_other_sites_take_no_turn_and_wait_for_nobody(store):
    store.append([msgspec.structs.replace(seen(), site="north")])
    store.save(msgspec.structs.replace(run(), site="north"))

    assert 0 == store.turn()
    assert 1 == len(list(store.log(everywhere=True)))


def test_many_rows_at_once_count_like_few(store):
    store.append(seen(value=f"v{one}") for one in range(120))
    turn = store.turn()

    store.append(seen(value=f"v{one}", minutes=one // 60) for one in range(180))

    assert {f"v{one}" for one in range(60, 180)} == set(values(store, turn))


def test_how_far_exports_reach_is_kept_for_each_receiver(store):
    first = Receiver(name="hq", turn=3, digest="a", before=NONE, follows=None, written=T0)
    store.exported(first)
    store.exported(msgspec.structs.replace(first, name="cert", turn=9))
    store.exported(second := msgspec.structs.replace(first, turn=7, digest="b", before=3, follows="a"))

    assert (second, 9, None) == (store.receiver("hq"), store.receiver("cert").turn, store.receiver("other"))


def test_a_turn_ends_before_the_next_begins_so_that_none_is_ever_missed(where):
    """A writer that has its number and is not done yet: whoever asks sees none of it, and whoever writes waits."""
    began, go = threading.Event(), threading.Event()

    def slow():
        with open_store(where, "eng-1") as store, store._transaction() as connection:
            cells = {**store._row(seen(value="slow")), **store._turn(connection, own=True)}
            store._put(connection, store_table("observation"), [cells])
            began.set()
            go.wait(60)

    with open_store(where, "eng-1") as store:
        store.append([seen(value="first")])
        thread = threading.Thread(target=slow)
        thread.start()
        assert began.wait(60)
        before = store.turn()
        assert (["first"], []) == (values(store, NONE), values(store, before))
        other = threading.Thread(target=lambda: quick(where))
        other.start()
        assert before == store.turn()
        go.set()
        thread.join(60)
        other.join(60)

        assert (["quick", "slow"], before + 2) == (values(store, before), store.turn())


def quick(where):
    with open_store(where, "eng-1") as store:
        store.append([seen(value="quick")])


def store_table(name):
    return METADATA.tables[name]


@pytest.mark.parametrize("name", ["observation", "presence", "run"])
def test_every_table_that_is_exported_bears_its_turn(name):
    assert not store_table(name).c.turn.nullable
