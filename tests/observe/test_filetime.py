"""Windows times become ISO text, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe import filetime


@pytest.mark.parametrize(
    ("ticks", "want"),
    [
        (0, None),
        (10_000_000, "1601-01-01T00:00:01Z"),
        (116_444_736_000_000_000, "1970-01-01T00:00:00Z"),
        (116_444_736_019_999_999, "1970-01-01T00:00:01Z"),
        (2**64 - 1, None),
    ],
)
def test_ticks_are_read_to_the_second(ticks, want):
    assert want == filetime.read(ticks.to_bytes(8, "little"))


@pytest.mark.parametrize("data", [b"", b"\1\1\1", b"\1" * 9])
def test_anything_but_eight_bytes_is_no_time(data):
    assert filetime.read(data) is None


@given(st.binary(min_size=8, max_size=8))
def test_any_eight_bytes_are_a_time_or_none(data):
    got = filetime.read(data)

    assert got is None or got.endswith("Z")
