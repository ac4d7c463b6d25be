import numpy as np

from scanner.observe.capture import batch as batches


def test_headers_are_gathered_from_wherever_they_stand():
    raw = b"..\x01\x02\x03\x04....\x05\x06\x07\x08" + bytes(batches.PAD)
    at = np.array([2, 10])
    shape = np.dtype([("first", ">u2"), ("second", ">u2")])

    rows = batches.column(raw, at, shape)

    assert [(0x102, 0x304), (0x506, 0x708)] == [tuple(map(int, row)) for row in rows]
    assert ([1, 5], [0x102, 0x506]) == (batches.octet(raw, at).tolist(), batches.half(raw, at).tolist())


def test_a_time_before_1970_or_after_2100_is_replaced():
    times = np.array([-1.0, 5.0, np.inf, np.nan, 9e9])
    made = batches.batch(b"", [0] * 5, np.zeros(5, np.int64), times, 1, 7.0)
    assert [7.0, 5.0, 7.0, 7.0, 7.0] == made.time.tolist()
