"""Clocks of TCP: a start is told where several others see one clock, and nothing where offsets are random."""

import random
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.age import signs as age
from scanner.model.observation import Observation
from scanner.observe.capture import clocks, files
from scanner.observe.capture.clocks import Clocks, Sample, rate
from scanner.observe.capture.watch import Watch, ours
from tests.observe.capture.world import AT, A, ear, pcap, segment

OTHERS = (b"a", b"b", b"c")


def machine(
    hertz, up, *, count=12, every=30.0, peers=OTHERS[:2], skew=0.0, late=(0.0,), offset=lambda _n, _peer: 0
):
    """What a machine that started `up` seconds before AT shows, in turn to each of its peers."""
    for number in range(count):
        time, peer = AT + number * every, peers[number % len(peers)]
        ticks = (up + number * every) * (1 + skew) * hertz + offset(number, peer)
        yield Sample(time + late[number % len(late)], int(ticks) % (1 << 32), peer)


def told(samples, address=A):
    watch = Watch(ours)
    heard = Clocks(watch)
    for one in samples:
        heard.hear(address, one.peer, one.ticks, one.time)
    return list(watch.news())


@given(
    hertz=st.sampled_from(clocks.RATES),
    up=st.floats(60, 40 * 86400),
    skew=st.floats(-0.0002, 0.0002),
    late=st.lists(st.floats(0, 0.1), min_size=1, max_size=5),
)
def test_a_clock_that_counts_from_the_start_tells_it(hertz, up, skew, late):
    (one,) = told(machine(hertz, up, skew=skew, late=late))

    started = datetime.fromisoformat(one.value["since"])
    assert (clocks.SOURCE, clocks.FIELD, A, None) == (one.source, one.field, one.address, one.mac)
    assert (hertz, 2) == (one.value["hz"], one.value["peers"])
    assert abs(started - datetime.fromtimestamp(AT - up, UTC)) <= timedelta(seconds=2 + up * 0.0003)


@pytest.mark.parametrize("hertz", clocks.RATES)
@pytest.mark.parametrize("seed", range(25))
def test_random_offsets_of_each_conversation_or_of_each_pair_give_silence(hertz, seed):
    """Seeds that stay the same: by chance two of them agree once in a million."""
    dice = random.Random(seed)
    offsets = [dice.getrandbits(32) for _ in range(12)]
    apiece = machine(hertz, 86400, offset=lambda number, _peer: offsets[number])
    a_pair = machine(hertz, 86400, offset=lambda _number, peer: offsets[peer[0] % 2])

    assert [] == told(apiece)
    assert [] == told(a_pair)


@given(
    st.lists(
        st.builds(Sample, st.floats(0, 1e5), st.integers(0, (1 << 32) - 1), st.sampled_from(OTHERS)),
        max_size=9,
    )
)
def test_no_samples_break_the_fit(samples):
    found = rate(sorted(samples))
    assert found is None or found in clocks.RATES


@pytest.mark.parametrize(
    "samples",
    [
        machine(100, 9000, peers=OTHERS[:1]),
        machine(100, 9000, count=3, every=80),
        machine(100, 9000, every=5),
        machine(77, 9000),
        machine(0, 9000),
        machine(100, 9000, offset=lambda number, _peer: 50_000 * (number > 3) * (number % 3)),
    ],
    ids=[
        "one peer",
        "few",
        "too short",
        "no usual rate",
        "an empty stamp",
        "two machines behind one address",
    ],
)
def test_what_shows_no_one_clock_gives_silence(samples):
    assert [] == told(samples)


def test_a_clock_that_turns_over_is_followed(tmp_path):
    (one,) = told(machine(1000, 4294967.0 - 100))
    assert 49.7 == one.value["turn_days"]


def test_it_is_told_once_a_day_and_anew_after_a_restart():
    day = 86400.0
    first = list(machine(100, 1000, count=4, every=60))
    again = [Sample(one.time + 3600, one.ticks + 360_000, one.peer) for one in first]
    restarted = [Sample(one.time + 2 * day, one.ticks, one.peer) for one in first]

    assert 1 == len(told(first + again))
    assert 2 == len({one.value["since"] for one in told(first + again + restarted)})


def test_a_machine_with_very_many_conversations_costs_eight_samples():
    watch = Watch(ours)
    heard = Clocks(watch)
    for number in range(1000):
        heard.hear(A, b"a", number * 7_000_000, AT + number * 11)
    assert 8 == len(heard._heard[A])


def test_more_machines_than_are_followed_push_out_the_oldest(monkeypatch):
    monkeypatch.setattr(clocks, "_HOSTS", 2)
    watch = Watch(ours)
    heard = Clocks(watch)
    for host in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        heard.hear(host, b"a", 1, AT)
    assert ["10.0.0.2", "10.0.0.3"] == list(heard._heard)
    for host in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        for one in machine(100, 9000):
            heard.hear(host, one.peer, one.ticks, one.time)
    assert {"10.0.0.1", "10.0.0.2", "10.0.0.3"} == {one.address for one in watch.news()}


def test_a_capture_of_opening_segments_gives_a_start_that_age_reads(tmp_path):
    frames = [
        segment(
            flags=2,
            options=b"\x02\x04\x05\xb4\x08\x0a"
            + struct.pack("!II", 864_000_00 + number * 4000, 0)
            + b"\x01\x01",
            source=A,
            target=f"10.0.1.{number % 3 + 1}",
        )
        for number in range(8)
    ]
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap(frames, step=40.0))
    listener = ear()
    for batch in files.batches(path, 0.0):
        listener.hear(batch)

    (one,) = [one for one in listener.finish() if one.field == clocks.FIELD]

    assert isinstance(one, Observation)
    assert A == one.address
    assert abs(age._slope(one) - (one.last.timestamp() - AT + 864_000)) < 1
