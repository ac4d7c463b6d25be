"""What a device said becomes bounded text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.text import CAP, row, said


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"OpenSSH_7.4", "OpenSSH_7.4"),
        ("Étage 2".encode(), "Étage 2"),
        (b"\xc9tage", "\\xc9tage"),
        (b"a\0b", "a\\x00b"),
        (b"a\r\n", "a\r\n"),
        (b"x" * 5000, "x" * CAP),
    ],
)
def test_text_is_kept_as_it_was_sent(data, want):
    assert want == said(data)


@given(st.binary(max_size=9000))
def test_any_bytes_become_bounded_text_without_nul(data):
    got = said(data)

    assert len(got) <= CAP
    assert "\0" not in got
    got.encode("utf-8")


def test_a_row_joins_parts_and_no_part_can_pretend_to_be_two():
    assert "ABB | PM573-ETH | V2.5" == row("ABB", "PM573-ETH", " V2.5\r\n")
    assert "a / b | " == row("a | b", "")
    assert CAP == len(row("x" * 9000, "y"))
