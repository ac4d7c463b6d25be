"""One HTTP question, and its answer read within bounds."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe import httpread
from scanner.observe.text import CAP

OK = b"HTTP/1.1 200 OK\r\n"


def facts(data):
    return list(httpread.parse(data))


def field(data, name):
    return [value for field, value in facts(data) if field == name]


class Stream:
    """A server that sends its parts one by one, then nothing."""

    def __init__(self, *parts):
        self.parts, self.sent, self.reads = list(parts), b"", 0

    async def send(self, data):
        self.sent += data

    async def some(self, limit=4096):
        self.reads += 1
        part = self.parts.pop(0) if self.parts else b""
        if len(part) > limit:
            self.parts.insert(0, part[limit:])
        return part[:limit]


class TestRequest:
    def test_it_says_who_asks_and_wants_nothing_special(self):
        lines = httpread.request("192.0.2.10").decode().split("\r\n")

        assert "GET / HTTP/1.1" == lines[0]
        assert "User-Agent: stalehost/0.1 (authorized network inventory)" in lines
        assert ["", ""] == lines[-2:]
        assert not [
            line for line in lines if line.lower().startswith(("range", "cookie", "accept-encoding", "auth"))
        ]

    @pytest.mark.parametrize(
        ("address", "number", "usual", "want"),
        [
            ("192.0.2.10", 80, 80, "192.0.2.10"),
            ("192.0.2.10", 8080, 80, "192.0.2.10:8080"),
            ("192.0.2.10", 443, 443, "192.0.2.10"),
            ("fe80::1", 80, 80, "[fe80::1]"),
            ("fe80::1", 81, 80, "[fe80::1]:81"),
        ],
    )
    def test_the_host_is_the_address(self, address, number, usual, want):
        assert want == httpread.host(address, number, usual)

    @pytest.mark.parametrize(("keep", "want"), [(False, "close"), (True, "keep-alive")])
    def test_the_connection_is_kept_only_on_request(self, keep, want):
        assert f"Connection: {want}" in httpread.request("192.0.2.10", keep=keep).decode().split("\r\n")


class TestGet:
    @pytest.mark.parametrize(
        "parts",
        [
            (OK + b"Content-Length: 2\r\n\r\nab", b"never read"),
            (OK + b"Content-Length: 2\r\n", b"\r\na", b"b", b"never read"),
            (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", b"never read"),
            (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\na", b"b\r\n0\r\n\r\n", b"never read"),
        ],
    )
    def test_it_stops_where_the_answer_says_that_it_ends(self, parts):
        stream = Stream(*parts)

        got = asyncio.run(httpread.get(stream, "192.0.2.10"))

        assert b"".join(parts[:-1]) == got
        assert [b"never read"] == stream.parts

    @pytest.mark.parametrize("head", [OK, OK + b"Content-Length: x\r\n", OK + b"Content-Length: 99\r\n", b""])
    def test_without_a_length_it_reads_to_the_end(self, head):
        stream = Stream(head + b"\r\n", b"a", b"b")

        assert head + b"\r\nab" == asyncio.run(httpread.get(stream, "192.0.2.10"))

    @pytest.mark.parametrize("body", [b"x" * 9000, b"0\r\n\r\n" * 3000])
    def test_it_reads_no_more_than_its_cap(self, body):
        stream = Stream(OK + b"Transfer-Encoding: chunked\r\n\r\n", *[body] * 60)

        assert httpread.MOST >= len(asyncio.run(httpread.get(stream, "192.0.2.10")))


class TestParse:
    @pytest.mark.parametrize(
        "data",
        [b"", b"SSH-2.0-x\r\n", b"HTTP/2 200\r\n", b"HTTP/1.1 abc\r\n", b"<html>", b"HTTP/1.1 2000 x\r\n"],
    )
    def test_what_is_not_http_is_none(self, data):
        assert httpread.parse(data) is None

    @pytest.mark.parametrize(
        "data", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200\r\n\r\n", b"HTTP/1.1 200", b"HTTP/1.0 200\n\n"]
    )
    def test_a_bare_answer_has_its_status(self, data):
        assert [("http.status", "200")] == facts(data)

    def test_headers_are_read_whatever_their_case_and_line_ends(self):
        for end in (b"\r\n", b"\n"):
            lines = [
                b"HTTP/1.1 401 x",
                b"SERVER: a",
                b'www-Authenticate: Basic realm="b"',
                b"no colon",
                b"",
                b"<title>t</title>",
            ]
            want = [
                ("http.status", "401"),
                ("http_header.server", "a"),
                ("http_header.wwwauth", 'Basic realm="b"'),
                ("html_title", "t"),
            ]

            assert want == facts(end.join(lines))

    @pytest.mark.parametrize(
        ("header", "field", "value"),
        [
            (b"Location: /x", "http_header.location", "/x"),
            (b"X-Powered-By: PHP/5.3", "http_header.x_powered_by", "PHP/5.3"),
            (b'ETag: "1"', "http.etag", '"1"'),
            (
                b"Last-Modified: Tue, 01 Jan 2008 00:00:00 GMT",
                "http.last_modified",
                "Tue, 01 Jan 2008 00:00:00 GMT",
            ),
            (b"Set-Cookie: sid=7fe933db0f; path=/", "http_header.cookie", "sid=0000000000; path=/"),
            (b"Server: caf\xe9", "http_header.server", "caf\\xe9"),
            (b"Server: " + b"x" * 9000, "http_header.server", "x" * CAP),
        ],
    )
    def test_a_header_becomes_its_field(self, header, field, value):
        assert (field, value) in facts(OK + header + b"\r\n\r\n")

    def test_a_page_made_on_the_spot_has_no_age(self):
        now = b"Mon, 02 Nov 2026 09:30:00 GMT"

        assert [] == field(
            OK + b"Date: " + now + b"\r\nLast-Modified: " + now + b"\r\n\r\n", "http.last_modified"
        )

    def test_many_headers_of_one_name_are_bounded(self):
        assert 8 == len(field(OK + b"Set-Cookie: a=b\r\n" * 50 + b"\r\n", "http_header.cookie"))

    @pytest.mark.parametrize(
        ("page", "want"),
        [
            (b"<title>HP LaserJet</title>", ["HP LaserJet"]),
            (b"<TITLE lang='en'>\r\n  a\n b&nbsp;&amp;&trade;</TITLE >", ["a b &\u2122"]),
            (b"<title></title>", []),
            (b"<title>never closed", []),
            (b"<title", []),
            (b"no title", []),
            ("<title>Fernw\u00e4rme</title>".encode(), ["Fernw\u00e4rme"]),
            (b"<title>" + b"x" * 9000 + b"</title>", ["x" * CAP]),
        ],
    )
    def test_the_title_is_read_from_the_page(self, page, want):
        assert want == field(OK + b"\r\n" + page, "html_title")

    @pytest.mark.parametrize(
        ("page", "want"),
        [
            (b'<meta name="generator" content="WordPress 4.1">', ["WordPress 4.1"]),
            (b"<META content='Drupal 7' NAME=generator />", ["Drupal 7"]),
            (b'<meta name="generator">', []),
            (b'<meta name="author" content="x">', []),
        ],
    )
    def test_the_generator_is_read_from_the_page(self, page, want):
        assert want == field(OK + b"\r\n" + page, "http.generator")

    @pytest.mark.parametrize(
        "body",
        [
            b"5\r\n<titl\r\n9\r\ne>a</titl\r\n2;x=y\r\ne>\r\n0\r\n\r\n",
            b"10\r\n<title>a</title>\r\n",
            b"10\n<title>a</title>\r\nnonsense",
            b"ffff\r\n<title>a</title>",
        ],
    )
    def test_a_chunked_body_is_put_together_as_far_as_it_goes(self, body):
        assert ["a"] == field(OK + b"Transfer-Encoding: chunked\r\n\r\n" + body, "html_title")

    @given(st.binary(max_size=300))
    def test_any_body_in_chunks_gives_no_more_than_was_sent(self, body):
        page, _ = httpread._unchunked(body)

        assert len(page) <= len(body)


class TestKept:
    @pytest.mark.parametrize(
        ("head", "want"),
        [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", False),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", True),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", False),
            (b"HTTP/1.1 200 OK\r\n\r\n", False),
            (b"nonsense", False),
        ],
    )
    def test_a_connection_is_kept_when_the_answer_ended_and_nobody_closed(self, head, want):
        assert want == httpread.kept(head)


class TestTelling:
    @pytest.mark.parametrize(
        ("headers", "want"),
        [
            (b"X-Jenkins: 2.319.1", ["x-jenkins: 2.319.1"]),
            (b"x-owa-version: 15.1.2507.6\r\nX-Jenkins: 1", ["x-jenkins: 1", "x-owa-version: 15.1.2507.6"]),
            (b"X-Confluence-Request-Time: 1700000000", ["x-confluence-request-time"]),
            (b"X-Jenkins: 1\r\nX-Jenkins: 2", ["x-jenkins: 1"]),
            (b"X-Other: 1", []),
        ],
    )
    def test_a_header_that_names_a_product_is_kept_with_its_name(self, headers, want):
        assert want == field(OK + headers + b"\r\n\r\n", "http.header")


class TestSteady:
    @pytest.mark.parametrize(
        ("sent", "want"),
        [
            (
                "JSESSIONID=3A92A25349FECF56; Path=/; HttpOnly",
                "JSESSIONID=0000000000000000; Path=/; HttpOnly",
            ),
            ("ASPSESSIONIDQSBRRTTB=BECILMBCPMGH; path=/", "ASPSESSIONIDQSBRRTTB=AAAAAAAAAAAA; path=/"),
            (
                "id=a; expires=Thu, 31-Dec-2020 23:59:59 GMT; path=/",
                "id=a; expires=xxx, xxxxxxxxxxx xx:xx:xx xxx; path=/",
            ),
            ("lang=en; path=/", "lang=en; path=/"),
            ("s=q7Zx+9/1=; path=/", "s=xxxxxxxxx; path=/"),
            ("s=abcxyz123; path=/", "s=aaaaaaaaa; path=/"),
        ],
    )
    def test_a_cookie_keeps_its_name_and_shape(self, sent, want):
        got = field(OK + b"Set-Cookie: " + sent.encode() + b"\r\n\r\n", "http_header.cookie")[0]

        assert want == got

    def test_a_nonce_keeps_its_shape_and_a_realm_stays(self):
        sent = b'Digest realm="GoAhead", nonce="d1ae40ca", opaque=5ccc, qop="auth"'

        got = field(OK + b"WWW-Authenticate: " + sent + b"\r\n\r\n", "http_header.wwwauth")

        assert ['Digest realm="GoAhead", nonce="00000000", opaque=0000, qop="auth"'] == got

    @given(st.text(max_size=80))
    def test_no_text_grows(self, text):
        assert len(httpread.shape(text)) <= len(text)


class TestMoved:
    @pytest.mark.parametrize(
        ("location", "want"),
        [
            ("/login", "/login"),
            ("login?x=1", "/login?x=1"),
            ("http://192.0.2.10/login#top", "/login"),
            ("http://192.0.2.10:80/a", "/a"),
            ("//192.0.2.10/a", "/a"),
            ("https://192.0.2.10/", None),
            ("http://192.0.2.11/", None),
            ("http://192.0.2.10:8080/", None),
            ("http://192.0.2.10:99999/", None),
            ("http://[bad/", None),
            ("http://device.example.org/", None),
            ("ftp://192.0.2.10/a", None),
            ("/", None),
            ("", None),
            ("/a b", None),
            ("/caf\u00e9", None),
            ("/a\x01b", None),
        ],
    )
    def test_only_another_page_of_the_same_port_is_followed(self, location, want):
        data = b"HTTP/1.1 302 x\r\nLocation: " + location.encode() + b"\r\n\r\n"

        assert want == httpread.moved(data, "http://192.0.2.10/")

    @pytest.mark.parametrize("status", [b"200", b"201", b"401", b"404"])
    def test_only_a_redirect_is_followed(self, status):
        assert (
            httpread.moved(b"HTTP/1.1 " + status + b" x\r\nLocation: /a\r\n\r\n", "http://192.0.2.10/")
            is None
        )

    @given(st.binary(max_size=60))
    def test_whatever_a_location_says_the_path_fits_one_request_line(self, location):
        path = httpread.moved(b"HTTP/1.1 302 x\r\nLocation: " + location + b"\r\n\r\n", "http://192.0.2.10/")

        assert path is None or (path.startswith("/") and not set(path) & set(" \r\n\t"))
