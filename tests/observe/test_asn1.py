"""DER elements are written as X.690 says, and their end is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe import asn1


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x04\x00"),
        (127, b"\x04\x7f"),
        (128, b"\x04\x81\x80"),
        (256, b"\x04\x82\x01\x00"),
        (65536, b"\x04\x83\x01\x00\x00"),
    ],
)
def test_lengths_take_the_fewest_bytes(size, head):
    assert head + b"x" * size == asn1.element(asn1.OCTET_STRING, b"x" * size)


def test_explicit_tags_are_constructed_and_of_the_context():
    assert b"\xa1\x03\x02\x01\x02" == asn1.context(1, asn1.element(asn1.INTEGER, b"\x02"))


@given(st.binary(max_size=70000), st.binary(max_size=8))
def test_the_end_of_an_element_is_where_it_was_put(content, after):
    element = asn1.element(asn1.SEQUENCE, content)

    assert len(element) == asn1.end(element + after)


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x82", b"\x30\x82\x01"])
def test_an_incomplete_head_has_no_end_yet(data):
    assert asn1.end(data) is None


@pytest.mark.parametrize("data", [b"\x30\x80xx", b"\x30\x85\x01\x01\x01\x01\x01"])
def test_lengths_that_none_of_ours_has_end_with_the_head(data):
    assert 2 == asn1.end(data)


@given(st.binary(max_size=16))
def test_any_bytes_have_an_end_or_none(data):
    assert asn1.end(data) is None or asn1.end(data) >= 2


@given(st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=300)), max_size=5))
def test_elements_in_a_row_are_taken_apart_as_they_were_put_together(row):
    assert row == list(asn1.parts(b"".join(asn1.element(tag, content) for tag, content in row)))


@given(st.binary(max_size=64))
def test_any_bytes_are_taken_apart_without_raising(data):
    assert all(isinstance(tag, int) for tag, _ in asn1.parts(data))


@pytest.mark.parametrize(
    ("content", "want"),
    [(b"\x05", 5), (b"\xff", -1), (b"\0\xff", 255), (b"\x7f\xff\xff\xff", 2**31 - 1), (b"", 0)],
)
def test_integers_are_twos_complement(content, want):
    assert want == asn1.number(content)


@pytest.mark.parametrize(
    ("content", "want"),
    [
        ("2b06010401098401", "1.3.6.1.4.1.9.513"),
        ("00", "0.0"),
        ("2a", "1.2"),
        ("883703", "2.999.3"),
        ("", ""),
        ("2b86", "1.3"),
    ],
)
def test_an_object_is_written_with_dots(content, want):
    assert want == asn1.dotted(bytes.fromhex(content))
