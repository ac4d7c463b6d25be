import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.capture import words
from scanner.observe.capture.batch import PADDING

TEXTS = st.lists(
    st.one_of(st.binary(max_size=20), st.binary(max_size=700), st.text("ab", max_size=30).map(str.encode)),
    max_size=30,
)


def placed(texts):
    """All of them in one piece of memory, one after another."""
    stop = np.cumsum(np.array([len(one) for one in texts], np.int64))
    return b"".join(texts) + PADDING, stop - [len(one) for one in texts], stop


@given(TEXTS)
def test_alike_words_have_one_number_wherever_they_stand_and_others_another(texts):
    doubled = [*texts, b"between", *texts]
    numbers = words.said(*placed(doubled)).tolist()
    assert len(set(doubled)) == len(set(numbers))
    assert numbers[: len(texts)] == numbers[len(texts) + 1 :]


def test_each_octet_and_its_place_counts():
    text = bytes(range(64)) * 2
    others = [text[:at] + bytes([text[at] ^ flip]) + text[at + 1 :] for at in range(128) for flip in (1, 128)]
    swapped = [text[8:16] + text[:8] + text[16:], text + b"\0", text[:-1]]
    # two flips in the same place of two words, which a plain sum of words would not see
    twice = [bytes(octet ^ 128 if at in {7, 15} else octet for at, octet in enumerate(text))]
    everything = [text, *others, *swapped, *twice]
    assert len(everything) == len(set(words.said(*placed(everything)).tolist()))


def test_a_stop_before_its_start_is_nothing_said():
    raw = b"abc" + PADDING
    one, other = words.said(raw, np.array([2, 1]), np.array([1, 1])).tolist()
    assert one == other


@given(TEXTS, st.lists(st.text("ab", min_size=1, max_size=4).map(str.encode), min_size=1, max_size=3))
def test_what_holds_a_needle_is_found_and_what_two_neighbours_hold_together_is_not(texts, needles):
    want = [any(needle in one for needle in needles) for one in texts]
    assert want == words.holding(*placed(texts), needles).tolist()


@given(TEXTS, st.lists(st.binary(min_size=1, max_size=2), min_size=1, max_size=3))
def test_what_begins_so_is_found(texts, begins):
    want = [one.startswith(tuple(begins)) for one in texts]
    assert want == words.beginning(*placed(texts), tuple(begins)).tolist()
