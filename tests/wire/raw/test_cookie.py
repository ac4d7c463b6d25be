import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.raw.cookie import KEY, cookies

word = st.integers(0, 2**64 - 1)


def column(*values):
    return np.array(values, np.uint64)


def test_the_vector_of_the_paper_for_24_octets():
    """SipHash-2-4, key 00..0f, message 00..17."""
    message = bytes(range(24))
    words = [int.from_bytes(message[at : at + 8], "little") for at in (0, 8, 16)]
    got = cookies(bytes(range(KEY)), *(column(one) for one in words))
    assert "94af49f6c650adb8" == got.tobytes().hex()


@given(
    words=st.lists(st.tuples(word, word, word), min_size=1, max_size=20),
    key=st.binary(min_size=16, max_size=16),
)
def test_all_at_once_is_the_same_as_one_by_one(words, key):
    at_once = cookies(key, *(column(*each) for each in zip(*words, strict=True)))
    assert [int(cookies(key, *map(column, one))[0]) for one in words] == at_once.tolist()


def test_another_key_gives_other_cookies():
    addresses = np.arange(10_000, dtype=np.uint64)
    nothing = np.zeros_like(addresses)
    one, other = (cookies(bytes([first] * KEY), nothing, addresses, nothing) for first in (1, 2))
    assert len(set(one.tolist())) == len(addresses)
    assert not (one == other).any()
