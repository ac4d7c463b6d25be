"""A page's icon: only the one that the page names on its own server, and its numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe import favicon

BASE = "http://192.0.2.10/"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"", 0),
        (b"foo", -156908512),
        (b"hello", 613153351),
        (b"The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)
def test_the_hash_gives_the_published_values(data, want):
    assert want == favicon.murmur3(data)


@given(st.binary(max_size=64))
def test_the_hash_is_a_signed_number_of_32_bits(data):
    assert -(2**31) <= favicon.murmur3(data) < 2**31


@pytest.mark.parametrize(
    ("page", "want"),
    [
        (b'<link rel="icon" href="/favicon.ico">', "/favicon.ico"),
        (b"<LINK REL='shortcut icon' HREF='img/a.png'>", "/img/a.png"),
        (b"<link href=/x/y.ico rel=icon>", "/x/y.ico"),
        (b'<link rel="icon" href="http://192.0.2.10/a.ico">', "/a.ico"),
        (b'<link rel="icon" href="/a.ico?v=3">', "/a.ico"),
        (b'<link rel="icon" href="http://192.0.2.11/a.ico">', None),
        (b'<link rel="icon" href="https://192.0.2.10/a.ico">', None),
        (b'<link rel="icon" href="http://192.0.2.10:81/a.ico">', None),
        (b'<link rel="icon" href="data:image/png;base64,AAAA">', None),
        (b'<link rel="icon" href="http://[bad/">', None),
        (b'<link rel="icon" href="/cgi-bin/%2e%2e/x">', None),
        (b'<link rel="icon" href="/a b.ico">', None),
        (b'<link rel="stylesheet" href="/a.css">', None),
        (b'<link rel="icon">', None),
        (b'<link rel="stylesheet" href="/a.css"><link rel="icon" href="/a.ico">', "/a.ico"),
        (b"<p>no icon", None),
    ],
)
def test_only_an_icon_on_the_same_server_is_looked_for(page, want):
    assert want == favicon.named(page, BASE)


@given(st.binary(max_size=60))
def test_whatever_a_page_names_the_path_fits_one_request_line(href):
    path = favicon.named(b'<link rel="icon" href="' + href + b'">', BASE)

    assert path is None or (path.startswith("/") and ".." not in path and not set(path) & set(" \r\n\t?%"))


def test_an_image_has_two_hashes():
    want = "murmur3=-1522510080; sha256=693d949d8c3fdc7fd4ace7c340b5f177a9f0c5be7bafee8bc93a7d88b7523d75"

    assert [("http.favicon", want)] == favicon.facts(GIF)


@pytest.mark.parametrize("body", [b"", b"<html>not found", b"GIF8" + b"x" * favicon.MOST])
def test_what_is_no_icon_has_none(body):
    assert [] == favicon.facts(body)
