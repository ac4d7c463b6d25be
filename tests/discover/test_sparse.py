import math
import random
import tracemalloc
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.discover import sparse
from scanner.discover.sparse import CHUNK, DRAWN, inhabited, sample, unseen, words


def test_every_block_is_sampled_and_no_portion_is_one_corner():
    part = IPv4Network("10.8.0.0/13")
    portions = list(sample(part, 7))

    asked = [IPv4Address(one) for portion in portions for one in portion]
    assert len(asked) == len(set(asked)) == 2048 * (DRAWN + 2)
    assert all(one in part for one in asked)
    per = {}
    for one in asked:
        per.setdefault(int(one) >> 8, set()).add(int(one) & 255)
    assert 2048 == len(per)
    assert all({1, 254} <= hosts and len(hosts) == DRAWN + 2 for hosts in per.values())
    first = {one.rpartition(".")[0] for one in portions[0][:600]}
    assert 100 == len(first)
    assert len({one.split(".")[1] for one in first}) >= 7


def test_a_slash_8_takes_no_memory_to_speak_of():
    tracemalloc.start()
    count = sum(len(portion) for portion in sample(IPv4Network("10.0.0.0/8"), 1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 65536 * (DRAWN + 2) == count
    assert most < 20 << 20


@settings(deadline=None)  # a machine that is busy counts slowly
@given(bits=st.integers(10, 15), seed=st.integers(0, 99))
def test_portions_stay_within_their_size(bits, seed):
    portions = sample(IPv4Network((10 << 24, bits)), seed)
    assert len(next(portions)) <= CHUNK


def test_inhabited_blocks_are_asked_whole():
    part = IPv4Network("10.0.0.0/8")
    assert ("10.3.7.0/24", "10.200.9.0/24") == inhabited(
        ["10.200.9.1", "10.3.7.9", "10.3.7.200", "11.0.0.1", "fd00::1"], part
    )


@pytest.mark.parametrize(
    ("drawn", "of", "want"), [(0, 100, 100), (100, 100, 0), (60, 226, 10), (4, 254, 189), (1, 2, 1)]
)
def test_the_most_that_may_be_missing(drawn, of, want):
    assert want == unseen(drawn, of)


@pytest.mark.parametrize(("drawn", "of"), [(60, 226), (4, 254), (30, 1000)])
def test_what_is_said_of_the_unsampled_holds_in_nineteen_of_twenty_worlds(drawn, of):
    """With one host more than is said, a sample meets one of them in 95 of 100 worlds or more."""
    dice, hosts = random.Random(3), unseen(drawn, of) + 1
    missed = sum(
        not set(dice.sample(range(of), drawn)) & set(dice.sample(range(of), min(of, hosts)))
        for _ in range(2000)
    )
    assert missed <= 2000 * (sparse.LEFT + 3 * math.sqrt(0.05 * 0.95 / 2000))


def test_the_words_say_the_number_and_what_they_rest_on():
    said = words(IPv4Network("10.0.0.0/8"), 2)
    assert "with 95 % confidence fewer than" in said
    assert "65,534 blocks" in said
    assert "0 blocks" in words(IPv4Network("10.0.0.0/16"), 256)
