import gzip
import os

from scanner.observe.capture.feed import PROBLEMS, opened
from tests.observe.capture.reading import fifo


def taken(path, size=1000):
    with opened(path) as feed:
        got = b""
        while piece := feed.take(size):
            got += piece
        return got, feed.problems, feed.place


def written(folder, data):
    path = folder / "file"
    path.write_bytes(data)
    return path


def test_octets_are_given_in_order_and_counted(tmp_path):
    data = os.urandom(100_000)
    assert (data, [], len(data)) == taken(written(tmp_path, data))


def test_memory_that_is_there_is_filled_as_far_as_it_goes(tmp_path):
    data, room = bytes(range(256)) * 2, memoryview(bytearray(200))
    for path in (written(tmp_path, data), written(tmp_path, gzip.compress(data))):
        with opened(path) as feed:
            assert data[:12] == feed.peek(12)
            assert (30, data[:30]) == (feed.fill(room[:30]), bytes(room[:30]))
            assert (200, data[30:230]) == (feed.fill(room), bytes(room))
            assert (200, 82, 0) == (feed.fill(room), feed.fill(room), feed.fill(room))
            assert (data[430:], len(data)) == (bytes(room[:82]), feed.place)


def test_gzip_is_unpacked_and_places_count_what_is_unpacked(tmp_path):
    data = os.urandom(300_000)
    assert (data, [], len(data)) == taken(written(tmp_path, gzip.compress(data)))


def test_gzip_that_is_cut_off_gives_what_it_has_and_says_so(tmp_path):
    data = os.urandom(100_000)
    got, problems, _ = taken(written(tmp_path, gzip.compress(data)[:-50_000]))
    assert (True, True) == (data.startswith(got), len(got) > 40_000)
    assert ["the gzip data is cut off" in problems[0]] == [True]


def test_gzip_that_is_broken_gives_what_came_before_it(tmp_path):
    packed = bytearray(gzip.compress(os.urandom(200_000)))
    packed[100_000:100_064] = bytes(64)
    got, problems, _ = taken(written(tmp_path, bytes(packed)))
    assert (1, True) == (len(problems), "the gzip data is broken" in problems[0])
    assert len(got) < 200_000


def test_a_bomb_is_left_where_it_shows_itself(tmp_path):
    bomb = gzip.compress(bytes(100 << 20), 9)
    with opened(written(tmp_path, bomb)) as feed:
        total = 0
        while piece := feed.take(1 << 20):
            total += len(piece)
    assert total < 70 << 20
    assert "unfolds to more than 250 times its size" in feed.problems[0]


def test_what_is_looked_at_ahead_is_still_given(tmp_path):
    with opened(written(tmp_path, b"abcdef")) as feed:
        assert (b"abc", b"abcdef", b"") == (feed.peek(3), feed.take(100), feed.take(100))


def test_a_pipe_that_pauses_gives_what_it_has(tmp_path):
    with fifo([b"x" * 100], tmp_path) as path, opened(path) as feed:
        assert b"x" * 100 == feed.take(1 << 20)


def test_problems_are_named_up_to_a_number_and_then_it_is_enough(tmp_path):
    with opened(written(tmp_path, b"")) as feed:
        for place in range(PROBLEMS + 5):
            feed.problem(place, "odd")
    assert (PROBLEMS + 1, True) == (len(feed.problems), feed.broken)
    assert ("byte 0: odd", "byte 20: more is wrong than is worth reading on") == (
        feed.problems[0],
        feed.problems[-1],
    )
