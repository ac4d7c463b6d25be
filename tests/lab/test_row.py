"""A row's tokens become exactly the bytes that it describes, with every length worked out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import row

ROWS = {
    "": b"",
    "ff 00 aB": b"\xff\x00\xab",
    r'"a\r\n\xff"': b"a\r\n\xff",
    'u"ab"': b"a\0b\0",
    'n"19045"': b"\x65\x4a",
    'p"PC-7"': b"PC-7".ljust(15),
    'p"A-NAME-OF-SIXTEEN"': b"A-NAME-OF-SIXTE",
    'x"00:1B:21"': b"\x00\x1b\x21",
    'g"00112233-4455-6677-8899-aabbccddeeff"': bytes.fromhex("33221100554477668899aabbccddeeff"),
    't"1601-01-01T00:00:01Z"': (10_000_000).to_bytes(8, "little"),
    'long[ "abc" ]': b"\0\0\0\x03abc",
    'be[ "abc" ]': b"\0\x03abc",
    'le[ "abc" ]': b"\x03\0abc",
    'be[ le[ "a" ] ff ]': b"\0\x04\x01\0a\xff",
    'der:30[ der:04[ "abc" ] ]': b"\x30\x05\x04\x03abc",
    'len:x x:[ "abc" ]': b"\x03\0abc",
    'len:x le[ ff x:[ "abc" ] ]': b"\x03\0\x04\0\xffabc",
    'o:[ at:o.x ff x:[ "abc" ] ]': b"\x05\0\0\0\xffabc",
    "ffff o:[ le[ at:o.x x:[ ] ] ]": b"\xff\xff\x04\0\x06\0\0\0",
    '"a" even': b"a\0",
    '"ab" even': b"ab",
    '"a" odd': b"a",
    '"ab" odd': b"ab\0",
    'be[ "a" even "b" ]': b"\0\x03a\0b",
    '"${name}!"': b"who!",
    'u8[ "PC" ]': b"\x02PC",
    'be[ u"${name}" ]': b"\0\x06w\0h\0o\0",
}


@pytest.mark.parametrize(("text", "want"), ROWS.items())
def test_a_row_is_the_bytes_it_describes(text, want):
    assert want == row.data(text, {"name": "who"})


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_der_lengths_take_the_bytes_they_need(size):
    got = row.data(f'der:04[ "{"x" * size}" ]', {})

    head = {0: 2, 1: 2, 127: 2, 128: 3, 255: 3, 256: 4, 65535: 4, 65536: 5}[size]
    assert head + size == len(got)
    assert size == (got[1] if head == 2 else int.from_bytes(got[2:head], "big"))


@pytest.mark.parametrize(
    "text",
    [
        "be[ 00",
        "00 ]",
        "??",
        "*",
        "*3",
        "len:nowhere",
        "at:x.y",
        'n"70000"',
        'n"x"',
        'x"g"',
        'g"x"',
        't"now"',
        '"${no}"',
        "0",
        "§",
    ],
)
def test_a_row_that_makes_no_sense_is_refused(text):
    with pytest.raises((ValueError, KeyError, ArithmeticError)):
        row.data(text, {})


@pytest.mark.parametrize(
    ("text", "takes", "leaves"),
    [
        ('"EHLO " *', [b"EHLO x", b"EHLO "], [b"HELO x"]),
        ("16 03 ?? *", [b"\x16\x03\x01", b"\x16\x03\x0axx"], [b"\x16\x03"]),
        ("*2 41", [b"\n\nA"], [b"\nA"]),
        ('"a.c"', [b"a.c"], [b"abc"]),
    ],
)
def test_wildcards_stand_for_what_we_may_send(text, takes, leaves):
    pattern = row.pattern(text, {})

    assert [True] * len(takes) == [bool(pattern.match(data)) for data in takes]
    assert [False] * len(leaves) == [bool(pattern.match(data)) for data in leaves]


def test_a_pattern_works_out_no_lengths():
    with pytest.raises(ValueError, match="brackets"):
        row.pattern('be[ "a" ]', {})


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters='"\\${}'), max_size=300))
def test_a_name_may_have_any_length(name):
    got = row.data('long[ o:[ len:t at:o.t t:[ u"${name}" ] ] ]', {"name": name})

    wide = name.encode("utf-16-le")
    assert len(got) - 4 == int.from_bytes(got[:4], "big")
    assert len(wide) == int.from_bytes(got[4:6], "little")
    assert wide == got[4 + int.from_bytes(got[6:10], "little") :]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    for read in (row.data, row.pattern):
        try:
            got = read(text, {})
        except (ValueError, KeyError, SyntaxError, ArithmeticError, TypeError):
            continue
        assert isinstance(got, bytes | re.Pattern)
